//! Holders of locks: for each wait for a lock, the task whose section ended last before this one's began. Derived from
//! the stamps that a task takes inside its section; no lock is asked.

use super::spans::Spans;
use crate::workload::{Lock, LockAccess, PlanStep};

/// No holder is known.
const NONE: u32 = u32::MAX;
/// Most readers that are passed over to find the last writer.
const MOST_READERS: usize = 64;

/// The end of a wait for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockHandover {
    /// Index of the step.
    pub step: usize,
    /// Start of the wait, nanoseconds since the trial's clock started.
    pub asked: u64,
    /// The task got the lock.
    pub acquired: u64,
    /// Task whose section ended last before that, within the wait.
    pub holder: u32,
    /// End of its section; it gave the lock back after that.
    pub released: u64,
}

/// Holders for all waits of a trial.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockHolders {
    /// Steps with a section under a lock, and the position of their first stamp.
    steps: Vec<(usize, usize)>,
    /// Task that held the lock before, row-major: one for each of these steps per task.
    of: Vec<u32>,
    /// Stamps per task.
    stamps: usize,
}

/// A section of a task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Section {
    lock: u32,
    ended: u64,
    task: u32,
    writes: bool,
}

impl LockHolders {
    /// Finds the holders; none where no step has a section under a lock.
    #[must_use]
    pub fn of(spans: &Spans) -> Self {
        let mut steps = Vec::new();
        let mut before = 0;
        for (index, step) in spans.steps.iter().enumerate() {
            if matches!(step, PlanStep::Critical { .. }) {
                steps.push((index, before));
            }
            before += step.inner_timestamps();
        }
        if steps.is_empty() || spans.inner_timestamps.len() < before * spans.tasks.len() {
            return Self::default();
        }
        let mut holders = Self { of: vec![NONE; steps.len() * spans.tasks.len()], steps, stamps: before };
        let mut grouped = vec![false; holders.steps.len()];
        for first in 0..grouped.len() {
            if grouped[first] {
                continue;
            }
            let step = |at: usize| &spans.steps[holders.steps[at].0];
            let same: Vec<usize> = (first..grouped.len()).filter(|at| step(first).shares_with(step(*at))).collect();
            same.iter().for_each(|at| grouped[*at] = true);
            holders.fill(spans, &same);
        }
        holders
    }

    /// Fills in the holders of one lock, or of several of which each task takes one.
    fn fill(&mut self, spans: &Spans, same: &[usize]) {
        let mut sections = Vec::with_capacity(spans.tasks.len());
        for task in 0..spans.tasks.len() {
            for at in same {
                let Some((_, _, ended)) = self.section(spans, task, *at) else { continue };
                let Some(lock) = lock_of(spans, task, self.steps[*at].0) else { continue };
                let writes = spans.steps[self.steps[*at].0].access() == LockAccess::Write;
                sections.push(Section { lock, ended, task: task as u32, writes });
            }
        }
        sections.sort_unstable();
        for task in 0..spans.tasks.len() {
            for at in same {
                let Some((asked, acquired, _)) = self.section(spans, task, *at) else { continue };
                let Some(lock) = lock_of(spans, task, self.steps[*at].0) else { continue };
                let end = sections.partition_point(|one| (one.lock, one.ended) <= (lock, acquired));
                let writes = spans.steps[self.steps[*at].0].access() == LockAccess::Write;
                // A reader waits for writers alone.
                let mut earlier = sections[..end].iter().rev().take(if writes { 2 } else { MOST_READERS });
                let holder = earlier.find(|one| one.task as usize != task && (writes || one.writes));
                let holder = holder.filter(|one| one.lock == lock && one.ended >= asked);
                self.of[task * self.steps.len() + at] = holder.map_or(NONE, |one| one.task);
            }
        }
    }

    /// Returns when a task asked for the lock of a step, got it, and ended its section; `None` if it did not do the step.
    fn section(&self, spans: &Spans, task: usize, at: usize) -> Option<(u64, u64, u64)> {
        let (step, first) = self.steps[at];
        if !spans.steps_of(task).contains(&step) {
            return None;
        }
        let row = &spans.inner_timestamps[task * self.stamps..(task + 1) * self.stamps];
        let (acquired, ended) = (*row.get(first)?, *row.get(first + 1)?);
        if acquired == 0 || ended < acquired {
            return None;
        }
        let asked = match step.checked_sub(spans.steps_of(task).start) {
            Some(0) => spans.handovers.get(task).map_or(spans.tasks[task].started, |handover| handover.read),
            _ => spans.step_ends[task * (spans.steps.len() - 1) + step - 1],
        };
        Some((asked.min(acquired), acquired, ended))
    }

    /// Returns true where no step has a section under a lock.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the waits of a task that ended after another task's section had ended, in order.
    pub fn handovers<'a>(&'a self, spans: &'a Spans, task: usize) -> impl Iterator<Item = LockHandover> + 'a {
        let steps = self.steps.len();
        let row = self.of.get(task * steps..(task + 1) * steps).unwrap_or_default();
        row.iter().enumerate().filter(|(_, holder)| **holder != NONE).filter_map(move |(at, holder)| {
            let (asked, acquired, _) = self.section(spans, task, at)?;
            let step = self.steps[at].0;
            // The holder's last section of this lock that ended before.
            let ends = (0..steps).filter(|other| spans.steps[step].shares_with(&spans.steps[self.steps[*other].0]));
            let ends = ends.filter_map(|other| Some(self.section(spans, *holder as usize, other)?.2));
            let released = ends.filter(|ended| *ended <= acquired).max()?;
            Some(LockHandover { step, asked, acquired, holder: *holder, released })
        })
    }

    /// Returns start and end of the sections of a task, in order.
    pub fn sections<'a>(&'a self, spans: &'a Spans, task: usize) -> impl Iterator<Item = (u64, u64)> + 'a {
        (0..self.steps.len()).filter_map(move |at| {
            let (_, acquired, ended) = self.section(spans, task, at)?;
            Some((acquired, ended))
        })
    }

    /// Returns the bytes that the holders take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.of.capacity() * size_of::<u32>()
    }
}

/// Returns the number of the lock that a task takes; `None` if it is not known.
fn lock_of(spans: &Spans, task: usize, step: usize) -> Option<u32> {
    match &spans.steps[step] {
        // A repetition takes the lock of its repeater, whose number is not recorded.
        PlanStep::Critical { locks, .. } if *locks > 1 => (!spans.is_repetition(task)).then(|| task as u32 % *locks),
        _ => Some(0),
    }
}

/// Returns true if a step has a lock that one task holds at a time.
#[must_use]
pub fn is_exclusive(step: &PlanStep) -> bool {
    match step {
        PlanStep::Critical { lock: Lock::Mutex, .. } => true,
        PlanStep::Critical { lock: Lock::Semaphore | Lock::Condvar, permits, .. } => *permits == 1,
        PlanStep::Critical { lock: Lock::Rwlock, access, .. } => *access == LockAccess::Write,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Span;
    use crate::workload::SectionWork;

    fn with(steps: Vec<PlanStep>, tasks: &[(u64, &[u64])], ends: &[u64]) -> Spans {
        let span = |(started, stamps): &(u64, &[u64])| Span {
            submitted: 0,
            started: *started,
            finished: stamps.last().map_or(0, |last| last + 1),
            worker: 0,
            core: None,
        };
        Spans {
            tasks: tasks.iter().map(span).collect(),
            inner_timestamps: tasks.iter().flat_map(|(_, stamps)| stamps.iter().copied()).collect(),
            step_ends: ends.to_vec(),
            steps,
            ..Spans::default()
        }
    }

    fn holders(spans: &Spans) -> Vec<Vec<(u32, u64, u64)>> {
        let all = LockHolders::of(spans);
        let of = |task| all.handovers(spans, task).map(|one| (one.holder, one.asked, one.released)).collect();
        (0..spans.tasks.len()).map(of).collect()
    }

    #[test]
    fn the_holder_is_the_task_whose_section_ended_when_this_one_began() {
        let mutex = PlanStep::critical(Lock::Mutex, 1, SectionWork::Compute);
        // The third got the lock before the second, though it asked later; the fourth found it free.
        let spans = with(vec![mutex], &[(0, &[1, 100]), (10, &[202, 300]), (20, &[101, 201]), (500, &[500, 600])], &[]);
        assert_eq!(holders(&spans), [vec![], vec![(2, 10, 201)], vec![(0, 20, 100)], vec![]]);
        let all = LockHolders::of(&spans);
        assert_eq!(all.sections(&spans, 2).collect::<Vec<_>>(), [(101, 201)]);
    }

    #[test]
    fn a_task_waits_only_for_its_own_lock_and_for_steps_that_share_it() {
        let step = |locks| PlanStep::Critical {
            lock: Lock::Mutex,
            permits: 1,
            holds: SectionWork::Compute,
            access: LockAccess::Write,
            locks,
        };
        let tasks: [(u64, &[u64]); 4] = [(0, &[1, 100]), (0, &[2, 90]), (0, &[101, 200]), (0, &[91, 150])];
        let spans = with(vec![step(2)], &tasks, &[]);
        assert_eq!(holders(&spans), [vec![], vec![], vec![(0, 0, 100)], vec![(1, 0, 90)]]);
        // Two sections of each task under one lock, between them a wait.
        let spans = with(
            vec![step(1), PlanStep::Wait, step(1)],
            &[(0, &[1, 10, 31, 40]), (0, &[11, 30, 50, 60])],
            &[11, 20, 31, 35],
        );
        assert_eq!(holders(&spans), [vec![(1, 20, 30)], vec![(0, 0, 10), (0, 35, 40)]]);
    }

    #[test]
    fn readers_wait_for_writers_alone() {
        let step =
            |access| PlanStep::Critical { lock: Lock::Rwlock, permits: 1, holds: SectionWork::Wait, access, locks: 1 };
        let (read, write) = (step(LockAccess::Read), step(LockAccess::Write));
        // Each task writes, then reads; 0 stands for a step that it did not get to.
        let spans = with(
            vec![write, read],
            &[(0, &[1, 100, 0, 0]), (0, &[0, 0, 101, 150]), (0, &[0, 0, 101, 160]), (0, &[161, 200, 0, 0])],
            &[101, 1, 1, 201],
        );
        assert_eq!(holders(&spans), [vec![], vec![(0, 1, 100)], vec![(0, 1, 100)], vec![(2, 0, 160)]]);
        assert!(LockHolders::of(&Spans { steps: vec![PlanStep::Wait], ..spans }).is_empty());
    }
}
