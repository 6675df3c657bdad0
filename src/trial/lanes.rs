//! Packs the tasks of a trial on lanes, so that no two tasks of a lane overlap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::spans::Span;

/// Returns the tasks of each lane in order of time, lanes from top to bottom. Tasks of a model with a thread, process or
/// coroutine per task go to the first free lane; those of other models to the lane of their worker, or to further lanes if
/// a worker's tasks overlap.
#[must_use]
pub fn lanes(spans: &[Span], per_task: bool) -> Vec<Vec<u32>> {
    let mut by_start: Vec<u32> = (0..spans.len() as u32).collect();
    by_start.sort_by_key(|task| (spans[*task as usize].started, *task));
    let most_worker = spans.iter().map(|span| span.worker).max();
    let groups: Vec<Vec<u32>> = if per_task || most_worker.is_none_or(|most| most as usize >= spans.len()) {
        vec![by_start]
    } else {
        let mut groups = vec![Vec::new(); most_worker.unwrap_or(0) as usize + 1];
        for task in by_start {
            groups[spans[task as usize].worker as usize].push(task);
        }
        groups
    };
    groups.iter().flat_map(|group| first_free(group, spans)).collect()
}

fn first_free(by_start: &[u32], spans: &[Span]) -> Vec<Vec<u32>> {
    let mut lanes: Vec<Vec<u32>> = Vec::new();
    let mut busy: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let mut free: BinaryHeap<Reverse<usize>> = BinaryHeap::new();
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
                lanes.push(Vec::new());
                lanes.len() - 1
            },
            |Reverse(lane)| lane,
        );
        lanes[lane].push(*task);
        busy.push(Reverse((span.finished, lane)));
    }
    lanes
}
