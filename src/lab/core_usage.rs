//! Usage of each core during one trial, from the system's counters, or from the tasks' own records where the trial is too
//! short for those. Draws nothing.

use std::ops::Range;

use crate::trial::{CpuSample, Spans};

/// Parts of a trial whose usage comes from the tasks.
const PARTS: u64 = 1_024;

/// Origin of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageOrigin {
    /// The system's counters: any program.
    Counters,
    /// The records of the tasks: those that computed, by the core on which they ended.
    Tasks,
}

/// Usage of each core over time.
#[derive(Debug, Clone, PartialEq)]
pub struct CoreUsage {
    /// Origin of the figures.
    pub origin: UsageOrigin,
    /// Numbers of the cores.
    pub cores: Vec<u32>,
    /// Start and end of each interval, nanoseconds since the trial's clock started, in order.
    pub intervals: Vec<(u64, u64)>,
    /// Percent of each core in each interval, interval by interval.
    percent: Vec<f32>,
}

impl CoreUsage {
    /// Takes the samples of a trial; `None` without any.
    #[must_use]
    pub fn of_counters(samples: &[CpuSample]) -> Option<Self> {
        let cores = samples.iter().map(|sample| sample.usage_percent.len()).max().filter(|cores| *cores > 0)?;
        let nanos = |ms: f64| (ms.max(0.0) * 1e6) as u64;
        let interval = |sample: &CpuSample| (nanos(sample.at_ms - sample.width_ms), nanos(sample.at_ms));
        let mut percent = Vec::with_capacity(samples.len() * cores);
        for sample in samples {
            percent.extend((0..cores).map(|core| sample.usage_percent.get(core).copied().unwrap_or(0.0)));
        }
        Some(Self {
            origin: UsageOrigin::Counters,
            cores: (0..cores as u32).collect(),
            intervals: samples.iter().map(interval).collect(),
            percent,
        })
    }

    /// Counts the time in which at least one task computed on each core. `None` if the core of a task is not known, or if
    /// more than tasks decide: waits for the GIL, and repetitions that go on after the clock.
    #[must_use]
    pub fn of_tasks(spans: &Spans, wall_nanos: u64) -> Option<Self> {
        if !spans.gil_waits.is_empty() || spans.classes.repeats_any() || wall_nanos == 0 {
            return None;
        }
        let computing = spans.busy_by_core()?;
        let mut cores: Vec<u32> = computing.iter().map(|(core, _, _)| *core).collect();
        cores.dedup();
        if cores.is_empty() {
            return None;
        }
        let parts = PARTS.min(wall_nanos);
        let edge = |part: u64| (u128::from(wall_nanos) * u128::from(part) / u128::from(parts)) as u64;
        let mut percent = vec![0.0_f32; cores.len() * parts as usize];
        for (row, of_core) in computing.chunk_by(|one, other| one.0 == other.0).enumerate() {
            let mut covered_to = 0;
            for (_, from, to) in of_core {
                let (mut from, to) = ((*from).max(covered_to), (*to).min(wall_nanos));
                while from < to {
                    let part = ((u128::from(from) * u128::from(parts) / u128::from(wall_nanos)) as u64).min(parts - 1);
                    let part = if edge(part + 1) <= from { part + 1 } else { part };
                    let end = edge(part + 1).min(to);
                    let length = (edge(part + 1) - edge(part)).max(1);
                    percent[part as usize * cores.len() + row] += ((end - from) as f64 / length as f64 * 100.0) as f32;
                    from = end;
                }
                covered_to = covered_to.max(to);
            }
        }
        let intervals = (0..parts).map(|part| (edge(part), edge(part + 1))).collect();
        Some(Self { origin: UsageOrigin::Tasks, cores, intervals, percent })
    }

    /// Returns the intervals that touch a part of the time.
    #[must_use]
    pub fn visible(&self, from: f64, to: f64) -> Range<usize> {
        let first = self.intervals.partition_point(|(_, end)| (*end as f64) < from);
        let end = self.intervals.partition_point(|(begin, _)| (*begin as f64) <= to);
        first..end.max(first)
    }

    /// Returns the interval that covers a moment.
    #[must_use]
    pub fn at(&self, nanos: f64) -> Option<usize> {
        let index = self.intervals.partition_point(|(_, end)| (*end as f64) < nanos);
        self.intervals.get(index).filter(|(begin, _)| *begin as f64 <= nanos).map(|_| index)
    }

    /// Returns the percent of a core, by its position among the cores.
    #[must_use]
    pub fn percent(&self, interval: usize, core: usize) -> f32 {
        self.percent.get(interval * self.cores.len() + core).copied().unwrap_or(0.0).min(100.0)
    }

    /// Returns the mean percent of a core between two moments; `None` if no interval touches them.
    #[must_use]
    pub fn mean(&self, core: usize, from: f64, to: f64) -> Option<f64> {
        let (mut sum, mut length) = (0.0, 0.0);
        for index in self.visible(from, to) {
            let (begin, end) = self.intervals[index];
            let within = ((end as f64).min(to) - (begin as f64).max(from)).max(0.0);
            sum += f64::from(self.percent(index, core)) * within;
            length += within;
        }
        (length > 0.0).then(|| sum / length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Span;
    use crate::workload::{Kernel, PlanStep};

    fn spans(tasks: &[(u64, u64, Option<u16>)]) -> Spans {
        let span = |(started, finished, core): &(u64, u64, Option<u16>)| Span {
            submitted: 0,
            started: *started,
            finished: *finished,
            worker: 0,
            core: *core,
        };
        let tasks = tasks.iter().map(span).collect();
        Spans { tasks, steps: vec![PlanStep::Compute(Kernel::Splitmix)], ..Spans::default() }
    }

    #[test]
    fn tasks_on_one_core_are_a_union() {
        let wall = 1_024_000;
        let usage =
            CoreUsage::of_tasks(&spans(&[(0, 2_500, Some(3)), (1_000, 3_000, Some(3)), (0, wall, Some(0))]), wall)
                .expect("known cores");
        assert_eq!((&*usage.cores, usage.intervals.len()), (&[0, 3][..], 1_024));
        assert_eq!((usage.percent(0, 0), usage.percent(1_023, 0)), (100.0, 100.0));
        assert_eq!([0, 1, 2, 3].map(|part| usage.percent(part, 1)), [100.0, 100.0, 100.0, 0.0]);
        assert_eq!(usage.at(1_500.0), Some(1));
        assert!((usage.mean(1, 0.0, 6_000.0).expect("covered") - 50.0).abs() < 0.1);
        assert_eq!(usage.mean(1, 2e9, 3e9), None);
    }

    #[test]
    fn an_odd_length_loses_nothing_and_an_unknown_core_is_no_usage() {
        let wall = 999_999_937;
        let usage = CoreUsage::of_tasks(&spans(&[(0, wall, Some(1))]), wall).expect("known cores");
        assert!((0..usage.intervals.len()).all(|part| (99.9..=100.0).contains(&usage.percent(part, 0))));
        assert_eq!(CoreUsage::of_tasks(&spans(&[(0, 9, None)]), 10), None);
        assert_eq!(CoreUsage::of_tasks(&Spans::default(), 10), None);
        let tiny = CoreUsage::of_tasks(&spans(&[(1, 2, Some(0))]), 3).expect("known cores");
        assert_eq!((tiny.intervals.len(), tiny.percent(0, 0), tiny.percent(1, 0)), (3, 0.0, 100.0));
    }

    #[test]
    fn samples_are_taken_as_they_are() {
        let sample = |at_ms: f64, percent: [f32; 2]| CpuSample {
            at_ms,
            width_ms: 100.0,
            usage_percent: percent.to_vec(),
            lab_percent: None,
            tree_percent: None,
        };
        let usage =
            CoreUsage::of_counters(&[sample(100.0, [10.0, 90.0]), sample(250.0, [30.0, 50.0])]).expect("samples");
        assert_eq!(usage.intervals, [(0, 100_000_000), (150_000_000, 250_000_000)]);
        assert_eq!((usage.at(120e6), usage.at(200e6)), (None, Some(1)));
        assert_eq!(usage.mean(0, 0.0, 1e9), Some(20.0));
        assert_eq!(usage.visible(110e6, 140e6), 1..1);
        assert_eq!(CoreUsage::of_counters(&[]), None);
    }
}
