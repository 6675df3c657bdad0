//! Facts by which lists tell the machines of runs apart. There are no names of hosts in a record.

use rusqlite::Connection;

use super::error::Problem;
use super::mirror::row::RowIn;
use crate::session::Machine;

/// CPU, instruction set and number of CPUs of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineFacts {
    /// Model name of the CPU.
    pub cpu: Option<String>,
    /// Instruction set.
    pub arch: String,
    /// CPUs that were online; those that could be used where that is unknown.
    pub cpus: u32,
}

impl MachineFacts {
    /// Returns the facts of a machine.
    #[must_use]
    pub fn of(machine: &Machine) -> Self {
        let cpus = machine.cpus.online.unwrap_or(machine.cpus.usable);
        Self { cpu: machine.cpu.clone(), arch: machine.arch.clone(), cpus }
    }

    /// Returns a short description: "AMD EPYC 7763, 8 CPUs".
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{}, {}", self.cpu.as_ref().unwrap_or(&self.arch), crate::units::plural(u64::from(self.cpus), "CPU"))
    }

    /// Reads them; `None` for a run that ended before the session looked at the machine.
    pub(super) fn read(connection: &Connection) -> Result<Option<Self>, Problem> {
        let mut statement = connection.prepare("SELECT cpu, arch, logical_cpus, online_cpus FROM machine")?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let row = RowIn { row, table: "machine", number: 1 };
        let usable = row.small("logical_cpus")?;
        let usable = row.needed("logical_cpus", usable)?;
        let cpus = row.small("online_cpus")?.unwrap_or(usable);
        Ok(Some(Self { cpu: row.line("cpu")?, arch: row.needed_line("arch")?, cpus }))
    }
}
