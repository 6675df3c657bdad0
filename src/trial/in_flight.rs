//! Number of tasks in flight over time: exactly for few tasks, else the most in each of many equal parts of the trial.

use super::spans::Spans;

/// Most tasks whose every start and end is a step of the curve.
const MOST_EXACT: usize = 1 << 15;
/// Parts of the trial for more tasks.
const PARTS: usize = 1 << 15;
/// Pieces of the curve in a block of which only the largest value is looked at.
const BLOCK: usize = 64;

/// Returns the most tasks of a trial at once, without repetitions.
#[must_use]
pub fn peak_in_flight(spans: &Spans) -> u32 {
    let tasks = || (0..spans.tasks.len()).filter(|task| !spans.is_repetition(*task)).map(|task| &spans.tasks[task]);
    most_at_once(tasks().map(|span| span.started).collect(), tasks().map(|span| span.finished).collect())
}

/// Returns the largest number of intervals that overlap. Two do not if one ends where the other starts, and one without
/// length is one.
pub(super) fn most_at_once(mut starts: Vec<u64>, mut ends: Vec<u64>) -> u32 {
    starts.sort_unstable();
    ends.sort_unstable();
    let (mut ended, mut most) = (0, 0);
    for (begun, start) in starts.iter().enumerate() {
        while ended < ends.len() && ends[ended] <= *start {
            ended += 1;
        }
        most = most.max((begun + 1).saturating_sub(ended).max(1));
    }
    u32::try_from(most).unwrap_or(u32::MAX)
}

/// The curve, as pieces that follow each other. Repetitions count, since they keep a worker busy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InFlight {
    /// Start of each piece, nanoseconds since the trial's clock started.
    begins: Vec<u64>,
    /// Most tasks at once within the piece.
    most: Vec<u32>,
    /// Largest of each block of pieces.
    blocks: Vec<u32>,
    /// True if each piece has one value; false if it is the largest of several.
    pub exact: bool,
}

impl InFlight {
    /// Computes the curve of a trial of this wall time.
    #[must_use]
    pub fn of(spans: &Spans, wall_nanos: u64) -> Self {
        let mut starts: Vec<u64> = spans.tasks.iter().map(|span| span.started).collect();
        let mut ends: Vec<u64> = spans.tasks.iter().map(|span| span.finished).collect();
        starts.sort_unstable();
        ends.sort_unstable();
        let exact = starts.len() <= MOST_EXACT;
        let mut curve = Self { exact, ..Self::default() };
        let (mut begun, mut ended) = (0, 0);
        if exact {
            curve.push(0, 0);
            while begun < starts.len() || ended < ends.len() {
                let next = match (starts.get(begun), ends.get(ended)) {
                    (Some(start), Some(end)) => *start.min(end),
                    (Some(one), None) | (None, Some(one)) => *one,
                    (None, None) => break,
                };
                // Two tasks do not overlap if one ends at the moment at which the other starts.
                ended += ends[ended..].iter().take_while(|end| **end <= next).count();
                begun += starts[begun..].iter().take_while(|start| **start <= next).count();
                curve.push(next, begun.saturating_sub(ended) as u32);
            }
        } else {
            let last = starts.last().copied().max(ends.last().copied()).unwrap_or(0);
            let part = (wall_nanos.max(last) / PARTS as u64).max(1);
            let mut from = 0;
            while from <= last {
                let to = from + part;
                let mut most = begun.saturating_sub(ended);
                while begun < starts.len() && starts[begun] < to {
                    ended += ends[ended..].iter().take_while(|end| **end <= starts[begun]).count();
                    begun += 1;
                    most = most.max(begun.saturating_sub(ended));
                }
                ended += ends[ended..].iter().take_while(|end| **end < to).count();
                curve.push(from, most as u32);
                from = to;
            }
            curve.push(from, 0);
        }
        curve.blocks = curve.most.chunks(BLOCK).map(|block| block.iter().copied().max().unwrap_or(0)).collect();
        curve
    }

    fn push(&mut self, begin: u64, most: u32) {
        match self.begins.last() {
            Some(last) if *last == begin => self.most.last_mut().into_iter().for_each(|known| *known = most),
            _ => {
                self.begins.push(begin);
                self.most.push(most);
            }
        }
    }

    /// Returns the most tasks that were in flight at once between two moments.
    #[must_use]
    pub fn most_between(&self, from: f64, to: f64) -> u32 {
        let first = self.begins.partition_point(|begin| *begin as f64 <= from).saturating_sub(1);
        let end = self.begins.partition_point(|begin| (*begin as f64) < to).max(first + 1).min(self.most.len());
        let (mut at, mut most) = (first, 0);
        while at < end {
            if at.is_multiple_of(BLOCK) && at + BLOCK <= end {
                most = most.max(self.blocks[at / BLOCK]);
                at += BLOCK;
            } else {
                most = most.max(self.most[at]);
                at += 1;
            }
        }
        most
    }

    /// Returns the most tasks at once in the whole trial.
    #[must_use]
    pub fn peak(&self) -> u32 {
        self.blocks.iter().copied().max().unwrap_or(0)
    }

    /// Returns the bytes that the curve takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.begins.capacity() * size_of::<u64>() + (self.most.capacity() + self.blocks.capacity()) * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Span;

    fn spans(times: impl IntoIterator<Item = (u64, u64)>) -> Spans {
        let span = |(started, finished)| Span { submitted: 0, started, finished, worker: 0, core: None };
        Spans { tasks: times.into_iter().map(span).collect(), ..Spans::default() }
    }

    #[test]
    fn few_tasks_are_counted_exactly() {
        let curve = InFlight::of(&spans([(10, 20), (20, 40), (30, 50)]), 60);
        assert!(curve.exact);
        let at = |nanos: f64| curve.most_between(nanos, nanos);
        assert_eq!([5.0, 10.0, 19.0, 20.0, 29.0, 30.0, 39.0, 40.0, 50.0].map(at), [0, 1, 1, 1, 1, 2, 2, 1, 0]);
        assert_eq!((curve.most_between(0.0, 100.0), curve.peak()), (2, 2));
        assert_eq!(curve.most_between(45.0, 100.0), 1);
        assert_eq!(InFlight::of(&Spans::default(), 0).peak(), 0);
    }

    #[test]
    fn many_tasks_keep_their_peaks() {
        let mut random = fastrand::Rng::with_seed(9);
        let mut times: Vec<(u64, u64)> =
            (0..60_000_u64).map(|task| (task * 100, task * 100 + random.u64(0..900))).collect();
        // A spike of a microsecond in a trial of 6 ms.
        times.extend((0..500).map(|_| (3_000_000, 3_001_000)));
        let spans = spans(times);
        let curve = InFlight::of(&spans, 6_000_000);
        assert!(!curve.exact && curve.bytes() < 900_000);
        assert_eq!(curve.peak(), peak_in_flight(&spans));
        assert_eq!(curve.most_between(0.0, 6e6), curve.peak());
        assert!(curve.most_between(2_999_900.0, 3_001_000.0) >= 500);
        assert!(curve.most_between(0.0, 2_900_000.0) < 20);
        assert_eq!(curve.most_between(7e6, 8e6), 0);
    }
}
