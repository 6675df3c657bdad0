//! Samples the machine's per-core CPU usage while a trial's clock runs, on a separate thread, at the resolution of the
//! system's counters.

use std::io;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use sysinfo::{CpuRefreshKind, MINIMUM_CPU_UPDATE_INTERVAL, RefreshKind, System};

use super::tree_usage;
use crate::trial::CpuSample;
use crate::usage;

/// Interval between two samples. The counters have a resolution of 10 ms: over 250 ms, usage is accurate to about 5
/// percentage points.
const SAMPLE_EVERY: Duration = Duration::from_millis(250);

enum SamplerCommand {
    Start,
    Stop(Sender<Vec<CpuSample>>),
}

/// The sampling thread. Idle between trials; ends when dropped.
pub struct Sampler {
    commands: Option<Sender<SamplerCommand>>,
    thread: Option<JoinHandle<()>>,
}

impl Sampler {
    /// Starts the thread. It calls `sampled` with each sample.
    ///
    /// # Errors
    /// Returns the system's error if the thread can't be started or the counters can't be read.
    pub fn start(sampled: impl Fn(&CpuSample) + Send + 'static) -> io::Result<Self> {
        let system =
            System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing().with_usage()))
                .map_err(io::Error::other)?;
        let (commands, receive) = unbounded();
        let thread =
            thread::Builder::new().name("cpu-sampler".into()).spawn(move || sample(system, &receive, &sampled))?;
        Ok(Self { commands: Some(commands), thread: Some(thread) })
    }

    fn send(&self, command: SamplerCommand) {
        if let Some(commands) = &self.commands {
            // The thread lives as long as the channel.
            let _ = commands.send(command);
        }
    }

    /// Starts sampling: the clock of a trial has started.
    pub fn clock_started(&self) {
        self.send(SamplerCommand::Start);
    }

    /// Stops sampling and returns the samples since its start; empty if it was not started.
    #[must_use]
    pub fn clock_stopped(&self) -> Vec<CpuSample> {
        let (reply, samples) = bounded(1);
        self.send(SamplerCommand::Stop(reply));
        samples.recv().unwrap_or_default()
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // The samples were sent before: nothing is lost if it panicked.
            let _ = thread.join();
        }
    }
}

fn sample(mut system: System, commands: &Receiver<SamplerCommand>, sampled: &dyn Fn(&CpuSample)) {
    let mut running: Option<Running> = None;
    loop {
        let next = match &running {
            None => commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(running) => commands.recv_timeout(SAMPLE_EVERY.saturating_sub(running.last.elapsed())),
        };
        match next {
            Ok(SamplerCommand::Start) => {
                system.refresh_cpu_usage();
                running = Some(Running::begin());
            }
            Ok(SamplerCommand::Stop(reply)) => {
                let samples = running.take().map_or_else(Vec::new, |mut running| {
                    if running.last.elapsed() >= MINIMUM_CPU_UPDATE_INTERVAL {
                        running.take_sample(&mut system, sampled);
                    }
                    running.samples
                });
                // The session waits for this.
                let _ = reply.send(samples);
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Some(running) = &mut running {
                    running.take_sample(&mut system, sampled);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

struct Running {
    start: Instant,
    last: Instant,
    lab_nanos: Option<u64>,
    tree_ms: Option<u64>,
    samples: Vec<CpuSample>,
}

impl Running {
    fn begin() -> Self {
        let now = Instant::now();
        Self {
            start: now,
            last: now,
            lab_nanos: usage::of_this_process().cpu_nanos(),
            tree_ms: tree_usage::of_descendants_ms(),
            samples: Vec::new(),
        }
    }

    fn take_sample(&mut self, system: &mut System, sampled: &dyn Fn(&CpuSample)) {
        system.refresh_cpu_usage();
        let now = Instant::now();
        let width = now.duration_since(self.last);
        let lab_nanos = usage::of_this_process().cpu_nanos();
        let lab_percent = self
            .lab_nanos
            .zip(lab_nanos)
            .map(|(before, after)| (after.saturating_sub(before) as f64 / width.as_nanos() as f64 * 100.0) as f32);
        let tree_ms = tree_usage::of_descendants_ms();
        let tree_percent = self
            .tree_ms
            .zip(tree_ms)
            .map(|(before, after)| (after.saturating_sub(before) as f64 / width.as_secs_f64() / 10.0) as f32);
        let sample = CpuSample {
            at_ms: now.duration_since(self.start).as_secs_f64() * 1e3,
            width_ms: width.as_secs_f64() * 1e3,
            usage_percent: system.cpus().iter().map(|core| core.usage().clamp(0.0, 100.0)).collect(),
            lab_percent,
            tree_percent,
        };
        sampled(&sample);
        self.samples.push(sample);
        self.last = now;
        self.lab_nanos = lab_nanos;
        self.tree_ms = tree_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_cover_the_time_between_start_and_stop() {
        let (send, received) = unbounded();
        let sampler = Sampler::start(move |sample| drop(send.send(sample.clone()))).expect("a thread");
        sampler.clock_started();
        let first = received.recv_timeout(Duration::from_secs(10)).expect("a sample after 250 ms");
        let all = sampler.clock_stopped();
        assert_eq!(all.first(), Some(&first));
        assert!(!first.usage_percent.is_empty() && first.width_ms >= 200.0, "{first:?}");
        assert!(first.usage_percent.iter().all(|usage| (0.0..=100.0).contains(usage)));
        assert!(sampler.clock_stopped().is_empty(), "no trial, no samples");
    }
}
