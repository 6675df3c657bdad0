//! Packs the tasks of a trial on lanes, so that no two tasks of a lane overlap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::spans::Span;

/// The tasks of each lane in order of time, lanes from top to bottom. Takes 4 bytes per task, and 4 per lane where a lane
/// has more than one task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskLanes {
    /// The tasks of all lanes, one lane after the other.
    tasks: Vec<u32>,
    /// Position of the first task of each lane, then the number of tasks; empty if each lane has one task.
    begins: Vec<u32>,
}

impl TaskLanes {
    /// Packs the tasks. Those of a model with a thread, process or coroutine per task go to the first free lane; those of
    /// other models to the lane of their worker, or to further lanes if a worker's tasks overlap.
    #[must_use]
    pub fn pack(spans: &[Span], per_task: bool) -> Self {
        let count = spans.len() as u32;
        let workers = spans.iter().map(|span| span.worker as usize + 1).max().unwrap_or(0);
        let mut lanes = Self { tasks: Vec::with_capacity(spans.len()), begins: vec![0] };
        if per_task || workers > spans.len() {
            lanes.add(&mut (0..count).collect::<Vec<_>>(), spans);
        } else {
            let worker_of: Vec<u32> = spans.iter().map(|span| span.worker).collect();
            let (mut by_worker, begins) = grouped(0..count, &worker_of, workers);
            for pair in begins.windows(2) {
                lanes.add(&mut by_worker[pair[0] as usize..pair[1] as usize], spans);
            }
        }
        if lanes.begins.len() == spans.len() + 1 {
            lanes.begins = Vec::new();
        }
        lanes.begins.shrink_to_fit();
        lanes
    }

    /// Adds lanes for tasks that share none with the others.
    fn add(&mut self, tasks: &mut [u32], spans: &[Span]) {
        let follow = |pair: &[u32]| spans[pair[0] as usize].finished <= spans[pair[1] as usize].started;
        // Mostly a worker has done its tasks one after the other, in their order.
        if tasks.windows(2).all(follow) {
            if !tasks.is_empty() {
                self.tasks.extend_from_slice(tasks);
                self.begins.push(self.tasks.len() as u32);
            }
            return;
        }
        sort_by_start(tasks, spans);
        let (lane_of, count) = first_free(tasks, spans);
        let first = self.tasks.len() as u32;
        let (sorted, begins) = grouped(tasks.iter().copied(), &lane_of, count as usize);
        self.tasks.extend(sorted);
        self.begins.extend(begins[1..].iter().map(|begin| first + begin));
    }

    /// Returns the number of lanes.
    #[must_use]
    pub const fn len(&self) -> usize {
        if self.begins.is_empty() { self.tasks.len() } else { self.begins.len() - 1 }
    }

    /// Returns true without any lane.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Returns the tasks of all lanes, one lane after the other.
    #[must_use]
    pub fn all(&self) -> &[u32] {
        &self.tasks
    }

    /// Returns the positions of a lane's tasks among those of all lanes; empty for a lane that there is not.
    #[must_use]
    pub fn range(&self, lane: usize) -> Range<usize> {
        if lane >= self.len() {
            return 0..0;
        }
        if self.begins.is_empty() {
            return lane..lane + 1;
        }
        self.begins[lane] as usize..self.begins[lane + 1] as usize
    }

    /// Returns the tasks of a lane.
    #[must_use]
    pub fn tasks(&self, lane: usize) -> &[u32] {
        &self.tasks[self.range(lane)]
    }

    /// Returns the number of tasks on the first lanes.
    #[must_use]
    pub fn tasks_on(&self, lanes: usize) -> usize {
        lanes.checked_sub(1).map_or(0, |last| self.range(last.min(self.len().saturating_sub(1))).end)
    }

    /// Returns the lane of a task. Looks through all tasks.
    #[must_use]
    pub fn lane_of(&self, task: u32) -> Option<usize> {
        let position = self.tasks.iter().position(|one| *one == task)?;
        if self.begins.is_empty() {
            return Some(position);
        }
        Some(self.begins.partition_point(|begin| *begin as usize <= position).saturating_sub(1))
    }

    /// Returns the bytes that the lanes take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        (self.tasks.capacity() + self.begins.capacity()) * size_of::<u32>()
    }
}

fn sort_by_start(tasks: &mut [u32], spans: &[Span]) {
    let started = |task: u32| spans[task as usize].started;
    if tasks.is_sorted_by_key(|task| started(*task)) {
        return;
    }
    // The times stand beside the tasks: looking each of them up would take longer than sorting.
    let mut starts: Vec<(u64, u32)> = tasks.iter().map(|task| (started(*task), *task)).collect();
    starts.sort_unstable();
    tasks.iter_mut().zip(starts).for_each(|(task, (_, sorted))| *task = sorted);
}

/// Returns the tasks group by group, in their order within each, and where each group begins. `group_of` has the group
/// of each task, in the same order.
fn grouped(tasks: impl Iterator<Item = u32>, group_of: &[u32], groups: usize) -> (Vec<u32>, Vec<u32>) {
    let mut begins = vec![0_u32; groups + 1];
    for group in group_of {
        begins[*group as usize + 1] += 1;
    }
    for group in 0..groups {
        begins[group + 1] += begins[group];
    }
    let mut next = begins.clone();
    let mut sorted = vec![0; group_of.len()];
    for (task, group) in tasks.zip(group_of) {
        let slot = &mut next[*group as usize];
        sorted[*slot as usize] = task;
        *slot += 1;
    }
    (sorted, begins)
}

/// Gives each task the first free lane. Returns the lane of each, in the same order, and the number of lanes.
fn first_free(by_start: &[u32], spans: &[Span]) -> (Vec<u32>, u32) {
    let mut next = 0;
    let mut lanes = Vec::with_capacity(by_start.len());
    let mut busy: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    let mut free: BinaryHeap<Reverse<u32>> = BinaryHeap::new();
    for task in by_start {
        let span = &spans[*task as usize];
        while let Some(Reverse((end, lane))) = busy.peek().copied() {
            if end > span.started {
                break;
            }
            busy.pop();
            free.push(Reverse(lane));
        }
        let lane = free.pop().map_or_else(
            || {
                next += 1;
                next - 1
            },
            |Reverse(lane)| lane,
        );
        lanes.push(lane);
        busy.push(Reverse((span.finished, lane)));
    }
    (lanes, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(started: u64, finished: u64, worker: u32) -> Span {
        Span { submitted: 0, started, finished, worker, core: None }
    }

    #[test]
    fn every_task_is_on_one_lane_and_no_two_of_a_lane_overlap() {
        let mut random = fastrand::Rng::with_seed(3);
        for (workers, per_task) in [(1, false), (4, false), (4, true), (300, true)] {
            let spans: Vec<Span> = (0..300)
                .map(|_| {
                    let started = random.u64(0..1_000);
                    span(started, started + random.u64(0..60), random.u32(0..workers))
                })
                .collect();
            let lanes = TaskLanes::pack(&spans, per_task);
            let mut seen: Vec<u32> = lanes.all().to_vec();
            seen.sort_unstable();
            assert_eq!(seen, (0..300).collect::<Vec<u32>>());
            assert_eq!(lanes.tasks_on(lanes.len()), 300);
            for lane in 0..lanes.len() {
                let tasks = lanes.tasks(lane);
                assert!(!tasks.is_empty());
                for pair in tasks.windows(2) {
                    assert!(spans[pair[0] as usize].finished <= spans[pair[1] as usize].started);
                }
                assert!(tasks.iter().all(|task| lanes.lane_of(*task) == Some(lane)));
            }
        }
    }

    #[test]
    fn a_lane_for_each_task_takes_four_bytes_a_task() {
        let spans: Vec<Span> = (0..1_000).map(|task| span(task, 5_000 + task, task as u32)).collect();
        let lanes = TaskLanes::pack(&spans, true);
        assert_eq!((lanes.len(), lanes.bytes()), (1_000, 4_000));
        assert_eq!((lanes.tasks(7), lanes.tasks_on(3), lanes.lane_of(999)), (&[7][..], 3, Some(999)));
        assert_eq!((lanes.tasks(1_000), lanes.tasks_on(5_000)), (&[][..], 1_000));
    }

    #[test]
    fn no_tasks_make_no_lanes() {
        let lanes = TaskLanes::pack(&[], false);
        assert_eq!((lanes.len(), lanes.tasks_on(8), lanes.lane_of(0)), (0, 0, None));
    }
}
