//! Index over the tasks on lanes: blocks of neighbouring tasks with what a picture needs to know of them, so that tasks
//! that are narrower than a pixel are merged block by block and not one by one. It changes no picture.

use std::ops::Range;

use super::lanes::TaskLanes;
use super::longest_phase::PHASES;
use super::spans::Spans;
use crate::workload::Phase;

/// Tasks in a block, and blocks in a block of the next level.
const FANOUT: usize = 32;

/// Attribute that all of several tasks share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Common<T> {
    /// There is no task yet.
    #[default]
    Nothing,
    /// All have it.
    All(T),
    /// They differ.
    Several,
}

impl<T: Copy + PartialEq> Common<T> {
    /// Returns what these and others have in common.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, one) | (one, Self::Nothing) => one,
            (Self::All(one), Self::All(other)) if one == other => Self::All(one),
            _ => Self::Several,
        }
    }
}

/// Sums over tasks that are drawn as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaskSums {
    /// Nanoseconds of the tasks by their longest phase, and one for each task.
    pub nanos: [u64; PHASES],
    /// Core on which they ended; an inner `None` is a core that is not known.
    pub core: Common<Option<u16>>,
    /// Class of the tasks.
    pub class: Common<Option<u8>>,
    /// The only task.
    pub task: Common<u32>,
}

impl TaskSums {
    /// Returns those of one task.
    #[must_use]
    pub fn of(spans: &Spans, longest: &[Phase], task: u32) -> Self {
        let index = task as usize;
        let span = &spans.tasks[index];
        let mut nanos = [0; PHASES];
        // One more, so that tasks of no length count too.
        nanos[longest[index] as usize] = span.finished.saturating_sub(span.started) + 1;
        let class = Common::All(spans.classes.of.get(index).copied());
        Self { nanos, core: Common::All(span.core), class, task: Common::All(task) }
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.nanos.iter_mut().zip(other.nanos).for_each(|(mine, theirs)| *mine = mine.saturating_add(theirs));
        self.core = self.core.and(other.core);
        self.class = self.class.and(other.class);
        self.task = self.task.and(other.task);
    }
}

/// Blocks of one size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Level {
    /// Longest task of each block, nanoseconds. What does not fit counts as longer than everything.
    longest: Vec<u32>,
    /// Widest gap between two neighbours within the block.
    widest: Vec<u32>,
    /// Nanoseconds by phase, for the phases that there are.
    nanos: Vec<u64>,
    core: Vec<Common<Option<u16>>>,
    class: Vec<Common<Option<u8>>>,
}

/// The index. Positions are those of [`TaskLanes::all`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneIndex {
    levels: Vec<Level>,
    /// Phases that are the longest of a task.
    phases: Vec<u8>,
}

impl LaneIndex {
    /// Builds the index. It is empty where no lane has enough tasks for it to be worth its memory.
    #[must_use]
    pub fn build(spans: &Spans, lanes: &TaskLanes, longest: &[Phase]) -> Self {
        let all = lanes.all();
        if (0..lanes.len()).all(|lane| lanes.range(lane).len() < 2 * FANOUT) {
            return Self::default();
        }
        let mut present = [false; PHASES];
        longest.iter().for_each(|phase| present[*phase as usize] = true);
        let phases: Vec<u8> = (0_u8..PHASES as u8).filter(|phase| present[usize::from(*phase)]).collect();
        let mut index = Self { levels: Vec::new(), phases };
        let mut level = Level::default();
        for block in all.chunks_exact(FANOUT) {
            let mut sums = TaskSums::default();
            let (mut most, mut widest, mut before) = (0, 0, None);
            for task in block {
                let span = &spans.tasks[*task as usize];
                sums.add(&TaskSums::of(spans, longest, *task));
                most = most.max(span.finished.saturating_sub(span.started));
                widest = widest.max(before.map_or(0, |before| span.started.saturating_sub(before)));
                before = Some(span.finished);
            }
            level.push(most, widest, &sums, &index.phases);
        }
        while level.longest.len() >= FANOUT {
            let size = FANOUT.pow(index.levels.len() as u32 + 1);
            let next = index.above(&level, size, spans, all);
            index.levels.push(level);
            level = next;
        }
        if !level.longest.is_empty() {
            index.levels.push(level);
        }
        index.levels.iter_mut().for_each(Level::shrink);
        index
    }

    /// Builds the next level. A block of the given one has `size` tasks.
    fn above(&self, level: &Level, size: usize, spans: &Spans, all: &[u32]) -> Level {
        let mut above = Level::default();
        for first in (0..level.longest.len() / FANOUT).map(|block| block * FANOUT) {
            let mut sums = TaskSums::default();
            let (mut most, mut widest) = (0, 0);
            for block in first..first + FANOUT {
                sums.add(&self.sums(level, block));
                most = most.max(u64::from(level.longest[block]));
                widest = widest.max(u64::from(level.widest[block]));
                if block > first {
                    let at = block * size;
                    let (before, here) = (&spans.tasks[all[at - 1] as usize], &spans.tasks[all[at] as usize]);
                    widest = widest.max(here.started.saturating_sub(before.finished));
                }
            }
            above.push(most, widest, &sums, &self.phases);
        }
        above
    }

    fn sums(&self, level: &Level, block: usize) -> TaskSums {
        let mut nanos = [0; PHASES];
        for (at, phase) in self.phases.iter().enumerate() {
            nanos[usize::from(*phase)] = level.nanos[block * self.phases.len() + at];
        }
        TaskSums { nanos, core: level.core[block], class: level.class[block], task: Common::Several }
    }

    /// Returns the largest block that begins at the first of these positions and lies within them, whose tasks are all
    /// shorter than `narrow` and their gaps shorter than `gap`: its number of tasks, and their sums.
    #[must_use]
    pub fn block(&self, within: Range<usize>, narrow: f64, gap: f64) -> Option<(usize, TaskSums)> {
        let mut found = None;
        let mut size = FANOUT;
        for level in &self.levels {
            let block = within.start / size;
            let fits = within.start.is_multiple_of(size) && within.start + size <= within.end;
            if !fits || block >= level.longest.len() {
                break;
            }
            if !is_below(level.longest[block], narrow) || !is_below(level.widest[block], gap) {
                break;
            }
            found = Some((size, level, block));
            size *= FANOUT;
        }
        found.map(|(size, level, block)| (size, self.sums(level, block)))
    }

    /// Returns the bytes that the index takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.levels.iter().map(Level::bytes).sum()
    }
}

/// Returns true for a length below a limit. The largest value stands for everything that does not fit.
fn is_below(nanos: u32, limit: f64) -> bool {
    nanos < u32::MAX && f64::from(nanos) < limit
}

impl Level {
    fn push(&mut self, longest: u64, widest: u64, sums: &TaskSums, phases: &[u8]) {
        let nanos = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        self.longest.push(nanos(longest));
        self.widest.push(nanos(widest));
        self.nanos.extend(phases.iter().map(|phase| sums.nanos[usize::from(*phase)]));
        self.core.push(sums.core);
        self.class.push(sums.class);
    }

    fn shrink(&mut self) {
        self.longest.shrink_to_fit();
        self.widest.shrink_to_fit();
        self.nanos.shrink_to_fit();
        self.core.shrink_to_fit();
        self.class.shrink_to_fit();
    }

    fn bytes(&self) -> usize {
        (self.longest.capacity() + self.widest.capacity()) * size_of::<u32>()
            + self.nanos.capacity() * size_of::<u64>()
            + self.core.capacity() * size_of::<Common<Option<u16>>>()
            + self.class.capacity() * size_of::<Common<Option<u8>>>()
    }
}
