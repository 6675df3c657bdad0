//! Values that a contender really runs with: its own settings, and those of the workload for what it does not set.

use std::borrow::Cow;

use super::{Contender, Gil, Host, ModelId, Workers};
use crate::cpus::{CpuSelection, Cpus};
use crate::workload::{WorkerCount, Workload};

/// Threads of tokio's blocking pool where none are asked for.
const TOKIO_BLOCKING_THREADS: u32 = 512;
/// Most workers of `ProcessPoolExecutor` on Windows, which can wait for 63 handles.
const MOST_PROCESSES_ON_WINDOWS: u32 = 61;

impl Contender {
    /// Returns the workload with the contender's own values for what it sets.
    #[must_use]
    pub fn workload<'a>(&self, workload: &'a Workload) -> Cow<'a, Workload> {
        if self.settings.workers.is_none() && self.settings.in_flight.is_none() && self.settings.cpus.is_none() {
            return Cow::Borrowed(workload);
        }
        let mut own = workload.clone();
        own.workers = self.settings.workers.or(own.workers);
        own.in_flight = self.settings.in_flight.or(own.in_flight);
        own.cpus = self.settings.cpus.clone().or(own.cpus);
        Cow::Owned(own)
    }

    /// Returns the CPUs that its processes are limited to; `None` for all that the lab may use.
    #[must_use]
    pub fn cpu_selection<'a>(&'a self, workload: &'a Workload) -> Option<&'a CpuSelection> {
        self.settings.cpus.as_ref().or(workload.cpus.as_ref())
    }

    /// Returns the number of CPUs that its processes may use.
    #[must_use]
    pub fn cpus(&self, workload: &Workload, machine: Cpus) -> u32 {
        machine.within(self.cpu_selection(workload))
    }

    /// Returns true if its interpreter is expected to have a GIL, by its tag and settings; also for native models.
    #[must_use]
    pub fn expects_gil(&self) -> bool {
        self.settings.gil.map_or_else(|| !self.host.is_free_threaded(), |gil| gil == Gil::On)
    }

    /// Returns true if the library of its pool chooses the number of workers.
    #[must_use]
    pub fn has_library_workers(&self, workload: &Workload) -> bool {
        self.model.info().workers != Workers::None
            && self.settings.workers.or(workload.workers) == Some(WorkerCount::Default)
    }

    /// Returns the planned number of workers of its pool; what the library really chose is known after a trial.
    #[must_use]
    pub fn workers(&self, workload: &Workload, machine: Cpus) -> u32 {
        let cpus = self.cpus(workload, machine);
        if let Some(loops) = self.settings.loops {
            // The workers of a model with several event loops are its loops.
            return loops.max(1);
        }
        match self.settings.workers.or(workload.workers) {
            Some(WorkerCount::Number(number)) => number.max(1),
            Some(WorkerCount::Default) => self.library_workers(cpus, machine),
            None => cpus,
        }
    }

    /// Returns the number of workers that the library of its pool is expected to choose. Up to Python 3.12, the standard
    /// library counts all CPUs of the machine, later those that the process may use.
    fn library_workers(&self, cpus: u32, machine: Cpus) -> u32 {
        let counted = match &self.host {
            Host::Python(python) if !counts_own_cpus(&python.tag) => machine.online.unwrap_or(machine.usable),
            _ => cpus,
        };
        match self.model {
            ModelId::AsyncBlocking => TOKIO_BLOCKING_THREADS,
            ModelId::PyThreadPool | ModelId::PyAsyncioThreads | ModelId::PyInterpreters => {
                counted.saturating_add(4).min(32)
            }
            ModelId::PyProcessPool if cfg!(windows) => counted.min(MOST_PROCESSES_ON_WINDOWS),
            ModelId::PyProcessPool | ModelId::PyPool | ModelId::PyJoblib | ModelId::PyDask => counted,
            _ => cpus,
        }
    }
}

/// Returns true for an interpreter with `os.process_cpu_count`, by its tag: "3.13t".
fn counts_own_cpus(tag: &str) -> bool {
    let mut parts = tag.split('.').map(|part| {
        let digits = part.find(|letter: char| !letter.is_ascii_digit()).map_or(part, |end| &part[..end]);
        digits.parse::<u32>().unwrap_or(0)
    });
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (3, 13)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(name: &str, workload: &Workload) -> u32 {
        let machine = Cpus { online: Some(64), ..Cpus::from(8) };
        name.parse::<Contender>().expect("a contender").workers(workload, machine)
    }

    #[test]
    fn a_setting_beats_the_workload_and_both_beat_the_number_of_cpus() {
        let mut workload = Workload::of(1, Vec::new());
        assert_eq!((workers("thread-pool", &workload), workers("thread-pool{cpus=0-2}", &workload)), (8, 3));
        workload.workers = Some(WorkerCount::Number(5));
        assert_eq!((workers("rayon", &workload), workers("rayon{workers=2}", &workload)), (5, 2));
        workload.in_flight = Some(7);
        let own: Contender = "async{in_flight=2}".parse().expect("a contender");
        assert_eq!((own.workload(&workload).in_flight, own.workload(&workload).workers), (Some(2), workload.workers));
    }

    #[test]
    fn the_default_of_a_library_is_what_it_documents() {
        let workload = Workload { workers: Some(WorkerCount::Default), ..Workload::of(1, Vec::new()) };
        assert_eq!((workers("rayon", &workload), workers("async-blocking", &workload)), (8, 512));
        assert_eq!((workers("py-thread-pool@3.12", &workload), workers("py-thread-pool@3.13t", &workload)), (32, 12));
        assert_eq!(workers("py-process-pool@3.13{cpus=0-1}", &workload), 2);
        assert!(cfg!(windows) || workers("py-process-pool@3.9{cpus=0-1}", &workload) == 64);
    }
}
