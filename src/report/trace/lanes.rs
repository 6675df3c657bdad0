//! Tracks for tasks: slices of one track must not overlap, and tasks of one event loop do.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::trial::{Span, Spans};

/// Returns the tasks by worker, then by start.
pub(super) fn order(spans: &Spans) -> Vec<u32> {
    let mut order: Vec<u32> = (0..spans.tasks.len() as u32).collect();
    order.sort_unstable_by_key(|task| {
        let span = spans.tasks[*task as usize];
        (span.worker, span.started, *task)
    });
    order
}

/// Track of a task.
pub(super) struct Lane {
    pub(super) index: usize,
    /// True for the first task of the track.
    pub(super) is_new: bool,
}

/// Tracks of one worker at a time. Tasks come in the order of [`order`].
#[derive(Default)]
pub(super) struct Lanes {
    worker: Option<u32>,
    /// End of each track's last task, and the track.
    busy: BinaryHeap<Reverse<(u64, usize)>>,
    /// Thread number of each track.
    threads: Vec<u32>,
}

impl Lanes {
    /// Returns the track for the next task: the one that has been free for longest, or a new one.
    pub(super) fn place(&mut self, span: &Span) -> Lane {
        if self.worker != Some(span.worker) {
            self.worker = Some(span.worker);
            self.busy.clear();
            self.threads.clear();
        }
        // A task without length occupies a moment, so that the next one is not inside it.
        let end = span.finished.max(span.started);
        let free = self.busy.peek().map(|Reverse(first)| *first).filter(|(until, _)| *until <= span.started);
        let index = match free {
            Some((_, index)) => {
                self.busy.pop();
                index
            }
            None => self.threads.len(),
        };
        self.busy.push(Reverse((end, index)));
        Lane { index, is_new: free.is_none() }
    }

    /// Sets the thread number of a new track.
    pub(super) fn set_thread(&mut self, lane: usize, thread: u32) {
        debug_assert_eq!(lane, self.threads.len());
        self.threads.push(thread);
    }

    /// Returns the thread number of a track.
    pub(super) fn thread(&self, lane: usize) -> u32 {
        self.threads.get(lane).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_that_overlap_get_tracks_of_their_own() {
        let span = |worker, started, finished| Span { submitted: 0, started, finished, worker, core: None };
        let tasks = vec![span(1, 0, 10), span(0, 5, 20), span(0, 0, 10), span(0, 10, 12), span(0, 20, 20)];
        let spans = Spans { tasks, ..Spans::default() };
        assert_eq!(order(&spans), [2, 1, 3, 4, 0]);
        let mut lanes = Lanes::default();
        let mut thread = 0;
        let placed: Vec<usize> = order(&spans)
            .into_iter()
            .map(|task| {
                let lane = lanes.place(&spans.tasks[task as usize]);
                if lane.is_new {
                    thread += 1;
                    lanes.set_thread(lane.index, thread);
                }
                lane.index
            })
            .collect();
        assert_eq!(placed, [0, 1, 0, 0, 0]);
        assert_eq!(thread, 3);
    }
}
