//! CPU usage of a model over time: the samples of its trials one after the other on one axis, and fewer of them where a
//! screen can't show all.

use crate::trial::CpuSample;

/// A sampled interval on the axis of all trials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UsageSample {
    /// Index of the trial, from 0.
    pub trial: usize,
    /// Start on the axis, milliseconds.
    pub from_ms: f64,
    /// End on the axis, milliseconds.
    pub to_ms: f64,
    /// End since the start of the trial's clock, milliseconds.
    pub at_ms: f64,
    /// Cores busy with anything.
    pub busy_cores: f64,
    /// Cores that the trial's own processes used; `None` if it was not measured.
    pub own_cores: Option<f64>,
    /// Cores that the lab itself used; `None` if it was not measured.
    pub lab_cores: Option<f64>,
}

impl UsageSample {
    /// Returns the cores that everything but the trial's own processes used; `None` if those were not measured.
    #[must_use]
    pub fn other_cores(&self) -> Option<f64> {
        Some((self.busy_cores - self.own_cores?).max(0.0))
    }

    fn width(&self) -> f64 {
        self.to_ms - self.from_ms
    }
}

/// Mean usage over the sampled time, in cores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UsageMeans {
    /// Busy with anything.
    pub busy_cores: f64,
    /// Used by the trials' own processes, and by everything else; `None` if a sample lacks it.
    pub own_and_other: Option<(f64, f64)>,
    /// Used by the lab itself, over the samples that have it.
    pub lab_cores: Option<f64>,
}

/// CPU usage over the trials of one model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CpuUsage {
    /// Number of cores sampled.
    pub cores: usize,
    /// Samples in order of time. Where there is none, nothing was sampled.
    pub samples: Vec<UsageSample>,
    /// Usage of each core in each sample, percent, sample by sample.
    core_percent: Vec<f32>,
    /// End of each trial on the axis, milliseconds.
    pub trial_ends_ms: Vec<f64>,
}

impl CpuUsage {
    /// Puts the samples of trials one after the other. The length of a trial is that of its timed part, and at least to its
    /// last sample; `None` ends it there.
    #[must_use]
    pub fn of<'a>(trials: impl Iterator<Item = (&'a [CpuSample], Option<u64>)>) -> Self {
        let trials: Vec<(&[CpuSample], Option<u64>)> = trials.collect();
        let all = || trials.iter().flat_map(|(samples, _)| samples.iter());
        let cores = all().map(|sample| sample.usage_percent.len()).max().unwrap_or(0);
        let mut usage = Self { cores, ..Self::default() };
        let mut before = 0.0;
        for (trial, (samples, wall_nanos)) in trials.iter().enumerate() {
            for sample in *samples {
                usage.samples.push(UsageSample {
                    trial,
                    from_ms: before + (sample.at_ms - sample.width_ms).max(0.0),
                    to_ms: before + sample.at_ms,
                    at_ms: sample.at_ms,
                    busy_cores: sample.usage_percent.iter().map(|one| f64::from(*one)).sum::<f64>() / 100.0,
                    own_cores: sample
                        .tree_percent
                        .map(|percent| (f64::from(percent) / 100.0).min(sample.usage_percent.len() as f64)),
                    lab_cores: sample.lab_percent.map(|percent| f64::from(percent) / 100.0),
                });
                usage
                    .core_percent
                    .extend((0..cores).map(|core| sample.usage_percent.get(core).copied().unwrap_or(0.0)));
            }
            let last = samples.last().map_or(0.0, |sample| sample.at_ms);
            before += wall_nanos.map_or(last, |nanos| (nanos as f64 / 1e6).max(last));
            usage.trial_ends_ms.push(before);
        }
        usage
    }

    /// Returns the length of the axis, milliseconds.
    #[must_use]
    pub fn length_ms(&self) -> f64 {
        self.trial_ends_ms.last().copied().unwrap_or(0.0)
    }

    /// Returns the usage of each core in a sample, percent.
    #[must_use]
    pub fn core_percent(&self, sample: usize) -> &[f32] {
        self.core_percent.get(sample * self.cores..(sample + 1) * self.cores).unwrap_or_default()
    }

    /// Returns the index of the sample that covers a moment.
    #[must_use]
    pub fn sample_at(&self, ms: f64) -> Option<usize> {
        let index = self.samples.partition_point(|sample| sample.to_ms < ms);
        self.samples.get(index).filter(|sample| sample.from_ms <= ms).map(|_| index)
    }

    /// Returns the means of all samples; 0 without any.
    #[must_use]
    pub fn means(&self) -> UsageMeans {
        let own_and_other = || {
            let all_known = self.samples.iter().all(|sample| sample.own_cores.is_some());
            let means = (self.mean(|sample| sample.own_cores)?, self.mean(UsageSample::other_cores)?);
            all_known.then_some(means)
        };
        UsageMeans {
            busy_cores: self.mean(|sample| Some(sample.busy_cores)).unwrap_or(0.0),
            own_and_other: own_and_other(),
            lab_cores: self.mean(|sample| sample.lab_cores),
        }
    }

    /// Returns the mean of a figure over the samples that have it; `None` if none has.
    fn mean(&self, figure: impl Fn(&UsageSample) -> Option<f64>) -> Option<f64> {
        let known = || self.samples.iter().filter_map(|sample| Some((figure(sample)?, sample.width())));
        let width: f64 = known().map(|(_, width)| width).sum();
        let sum: f64 = known().map(|(value, width)| value * width).sum();
        (width > 0.0).then(|| sum / width)
    }

    /// Returns the part between two moments with about one sample for each of `columns`: neighbours in a column become one
    /// sample with their mean. A gap wider than a column stays a gap.
    #[must_use]
    pub fn thinned(&self, from_ms: f64, to_ms: f64, columns: usize) -> Self {
        self.thin(from_ms, to_ms, columns, self.cores)
    }

    /// Returns the same without the single cores, which takes less time.
    #[must_use]
    pub fn thinned_totals(&self, from_ms: f64, to_ms: f64, columns: usize) -> Self {
        self.thin(from_ms, to_ms, columns, 0)
    }

    fn thin(&self, from_ms: f64, to_ms: f64, columns: usize, cores: usize) -> Self {
        let first = self.samples.partition_point(|sample| sample.to_ms <= from_ms);
        let end = self.samples.partition_point(|sample| sample.from_ms < to_ms);
        let visible = first..end.max(first);
        let mut thin = Self { cores, trial_ends_ms: self.trial_ends_ms.clone(), ..Self::default() };
        if visible.len() <= columns {
            thin.samples = self.samples[visible.clone()].to_vec();
            if cores > 0 {
                thin.core_percent = self.core_percent[visible.start * cores..visible.end * cores].to_vec();
            }
            return thin;
        }
        let column_ms = (to_ms - from_ms) / columns.max(1) as f64;
        let mut start = visible.start;
        while start < visible.end {
            let head = &self.samples[start];
            let column_end = from_ms + (((head.from_ms - from_ms) / column_ms).floor() + 1.0) * column_ms;
            let mut stop = start + 1;
            while stop < visible.end
                && self.samples[stop].trial == head.trial
                && self.samples[stop].from_ms < column_end
                && self.samples[stop].from_ms - self.samples[stop - 1].to_ms < column_ms
            {
                stop += 1;
            }
            self.merge_into(&mut thin, start..stop);
            start = stop;
        }
        thin
    }

    /// Appends the mean of these samples.
    fn merge_into(&self, thin: &mut Self, range: std::ops::Range<usize>) {
        let part = &self.samples[range.clone()];
        let width: f64 = part.iter().map(UsageSample::width).sum::<f64>().max(f64::MIN_POSITIVE);
        let mean = |figure: fn(&UsageSample) -> Option<f64>| {
            part.iter().map(|sample| Some(figure(sample)? * sample.width())).sum::<Option<f64>>().map(|sum| sum / width)
        };
        thin.samples.push(UsageSample {
            from_ms: part[0].from_ms,
            busy_cores: mean(|sample| Some(sample.busy_cores)).unwrap_or(0.0),
            own_cores: mean(|sample| sample.own_cores),
            lab_cores: mean(|sample| sample.lab_cores),
            ..part[part.len() - 1]
        });
        if thin.cores == 0 {
            return;
        }
        let begin = thin.core_percent.len();
        thin.core_percent.resize(begin + self.cores, 0.0);
        for index in range {
            let weight = (self.samples[index].width() / width) as f32;
            for (sum, percent) in thin.core_percent[begin..].iter_mut().zip(self.core_percent(index)) {
                *sum += percent * weight;
            }
        }
    }
}

#[cfg(test)]
#[path = "cpu_usage_tests.rs"]
mod tests;
