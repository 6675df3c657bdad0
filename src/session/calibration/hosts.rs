//! Calibrations of the kernels on each host of an experiment.

use serde::ser::{Serialize, SerializeSeq as _, Serializer};

use crate::model::Host;
use crate::workload::{Calibration, Calibrations, Kernel};

/// One set of calibrations per host.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostCalibrations(Vec<(Host, Calibrations)>);

impl HostCalibrations {
    /// Returns the calibrations of a host, once it was calibrated.
    #[must_use]
    pub fn of(&self, host: &Host) -> Option<&Calibrations> {
        let base = host.base();
        self.0.iter().find(|(known, _)| *known == base).map(|(_, calibrations)| calibrations)
    }

    /// Adds or replaces the calibrations of a host.
    pub fn put(&mut self, host: &Host, calibrations: Calibrations) {
        let base = host.base();
        self.0.retain(|(known, _)| *known != base);
        self.0.push((base, calibrations));
    }

    /// Returns the host whose speed fixes the iterations of all hosts if the algorithm is the same: the reference's host,
    /// or the first one that was calibrated.
    #[must_use]
    pub fn base<'a>(&self, reference: &'a Host, mut hosts: impl Iterator<Item = &'a Host>) -> Option<&'a Host> {
        self.of(reference).map(|_| reference).or_else(|| hosts.find(|host| self.of(host).is_some()))
    }

    /// Iterates over all calibrations with their hosts.
    pub fn iter(&self) -> impl Iterator<Item = (&Host, &Calibration)> {
        self.0.iter().flat_map(|(host, calibrations)| calibrations.iter().map(move |one| (host, one)))
    }

    /// Returns the CPU nanoseconds per unit of a kernel on a host.
    #[must_use]
    pub fn nanos_per_unit(&self, host: &Host, kernel: Kernel) -> Option<f64> {
        self.of(host)?.nanos_per_unit(kernel)
    }
}

impl Serialize for HostCalibrations {
    /// Writes a list of the calibrations, each with the name of its host.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Entry<'a> {
            host: String,
            #[serde(flatten)]
            calibration: &'a Calibration,
        }
        let mut list = serializer.serialize_seq(None)?;
        for (host, calibration) in self.iter() {
            list.serialize_element(&Entry { host: host.name(), calibration })?;
        }
        list.end()
    }
}
