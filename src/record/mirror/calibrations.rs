//! The kernels' speeds as rows of `calibration`.

use super::row::{RowIn, RowOut};
use crate::model::{Host, Python};
use crate::record::error::Problem;
use crate::session::HostCalibrations;
use crate::workload::{Calibration, Calibrations, Kernel};

pub(in crate::record) fn write(all: &HostCalibrations) -> Vec<RowOut> {
    let row = |(host, one): (&Host, &Calibration)| {
        let tag = match host {
            Host::Rust => None,
            Host::Python(python) => Some(python.tag.as_str()),
        };
        let mut row = RowOut::default();
        row.put("host", host.name())
            .text("python_tag", tag)
            .text("kernel", one.kernel.name())
            .put("nanos_per_unit", one.nanos_per_unit)
            .put("wall_over_cpu", one.wall_over_cpu);
        row
    };
    all.iter().map(row).collect()
}

/// Adds one row to the calibrations.
pub(in crate::record) fn read(row: &RowIn<'_>, all: &mut HostCalibrations) -> Result<(), Problem> {
    let host = row.text("python_tag")?.map_or(Host::Rust, |tag| Host::Python(Python { tag, named: false }));
    let kernel = row.named("kernel", |name| Kernel::ALL.into_iter().find(|one| one.name() == name), "a kernel")?;
    let (nanos_per_unit, wall_over_cpu) = (row.real("nanos_per_unit")?, row.real("wall_over_cpu")?);
    let mut of_host: Calibrations = all.of(&host).cloned().unwrap_or_default();
    of_host.put(Calibration {
        kernel: row.needed("kernel", kernel)?,
        nanos_per_unit: row.needed("nanos_per_unit", nanos_per_unit)?,
        wall_over_cpu: row.needed("wall_over_cpu", wall_over_cpu)?,
    });
    all.put(&host, of_host);
    Ok(())
}
