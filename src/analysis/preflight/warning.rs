//! A warning that a run may need more than the machine has, with its sentence.

use std::fmt;
use std::path::PathBuf;

use crate::experiment::sweep::SweepPoint;
use crate::model::Contender;
use crate::printable;
use crate::units;

/// A resource that a run may need more of than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Threads at once.
    Threads,
    /// Processes at once.
    Processes,
    /// Open files and connections of one process.
    OpenFiles,
    /// Memory of all processes, bytes.
    Memory,
    /// Space for the files of one trial, bytes.
    TrialDisk,
    /// Space for the record of the run, bytes.
    RecordDisk,
    /// Milliseconds of a trial, which a time-out ends.
    Time,
}

/// A need that exceeds a limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    /// The model; `None` for the run as a whole.
    pub contender: Option<Contender>,
    /// The point of a sweep at which it needs most.
    pub point: Option<SweepPoint>,
    /// The resource.
    pub resource: Resource,
    /// Expected need.
    pub needed: u64,
    /// The limit.
    pub allowed: u64,
    /// Folder on the file system with too little space.
    pub folder: Option<PathBuf>,
    /// Points at which it may need more than allowed.
    pub points: usize,
}

impl fmt::Display for Warning {
    /// "Threads may need about 86,000 threads at once; this system allows about 16,382".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut who = self.contender.as_ref().map_or_else(|| "This run".to_owned(), Contender::title);
        if let Some(point) = &self.point {
            who.push_str(&format!(" at {}", point.words()));
        }
        let (needed, allowed) = (rounded(self.needed, self.allowed), units::count(self.allowed));
        let bytes = |bytes: u64| units::bytes(bytes as f64);
        match self.resource {
            Resource::Threads => {
                write!(f, "{who} may need about {needed} threads at once; this system allows about {allowed}")
            }
            Resource::Processes => {
                write!(f, "{who} may need about {needed} processes at once; this system allows about {allowed}")
            }
            Resource::OpenFiles => {
                write!(
                    f,
                    "{who} may need about {needed} open files and connections at once; this system allows a process {allowed}"
                )
            }
            Resource::Memory => {
                let (needed, allowed) = (bytes(self.needed), bytes(self.allowed));
                write!(f, "{who} may need about {needed} of memory; there are {allowed}")
            }
            Resource::TrialDisk | Resource::RecordDisk => {
                let what =
                    if self.resource == Resource::TrialDisk { "for the files of a trial" } else { "to be stored" };
                let folder = self
                    .folder
                    .as_deref()
                    .map_or_else(String::new, |folder| format!(" in {}", printable::path(folder)));
                let (needed, allowed) = (bytes(self.needed), bytes(self.allowed));
                write!(f, "{who} may need about {needed} {what}; {allowed} are free{folder}")
            }
            Resource::Time => {
                let needed = match self.needed {
                    ms if ms < 1000 => format!("about {}", units::duration(ms as f64 * 1e6)),
                    ms => units::about(ms as f64 / 1e3),
                };
                let allowed = units::duration(self.allowed as f64 * 1e6);
                write!(f, "{who} may take {needed} a trial; the time-out would end it after {allowed}")
            }
        }?;
        if self.points > 1 {
            write!(f, " (exceeded at {} points of the sweep)", self.points)?;
        }
        Ok(())
    }
}

/// An estimated count, to two digits; rounded up where it would not be above the limit any more.
fn rounded(count: u64, limit: u64) -> String {
    let step = 10_u64.pow(count.max(1).ilog10().saturating_sub(1));
    let nearest = (count + step / 2) / step * step;
    units::count(if nearest > limit { nearest } else { count.div_ceil(step) * step })
}
