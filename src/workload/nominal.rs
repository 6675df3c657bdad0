//! Nominal durations of a workload, for ideals and estimates: what its tasks take together, whatever runs them.

use super::{Classes, ListedTask, PlanClasses, Step, Tasks, Workload};

/// The nominal durations behind a plan, for ideals and estimates. Nanoseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Nominal {
    /// Number of tasks.
    pub tasks: u32,
    /// Sum of computing over all tasks, critical sections included.
    pub compute_nanos: f64,
    /// Sum of waiting over all tasks: waits, latencies of servers, waiting inside critical sections.
    pub wait_nanos: f64,
    /// Sum of the waits in which an event loop stands still; a part of `wait_nanos`.
    pub blocking_nanos: f64,
    /// The longest single task, computing and waiting together.
    pub longest_nanos: f64,
    /// The least time that the critical sections need, whatever runs them: the largest sum of one lock's sections
    /// over its permits. Sections of equal length count as whole ones: 16 of them on 15 permits take two lengths.
    pub locked_nanos: f64,
    /// Time that no model can fill with computing.
    pub compute_edges: Edges,
    /// Time that no model can fill with tasks that hold the thread of an event loop.
    pub held_edges: Edges,
    /// Time that no model can fill with the critical sections that need the most time.
    pub locked_edges: Edges,
    /// True where every task takes the same time.
    pub equal: bool,
    /// True where a step has no nominal duration (file, memory, increment), so that there is no ideal.
    pub untimed: bool,
}

/// Time at the start and at the end of a run that no model can fill with an activity: every task that has it does other
/// things first and afterwards. Nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Edges {
    /// The least time before it.
    pub before: f64,
    /// The least time after it.
    pub after: f64,
}

impl Edges {
    /// Returns both together.
    #[must_use]
    pub const fn nanos(self) -> f64 {
        self.before + self.after
    }

    /// Returns the edges, longer or shorter.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self { before: self.before * factor, after: self.after * factor }
    }

    fn least(self, other: Self) -> Self {
        Self { before: self.before.min(other.before), after: self.after.min(other.after) }
    }
}

impl Workload {
    /// Sums of the nominal durations. Draws the spread anew: not for every frame.
    #[must_use]
    pub fn nominal(&self) -> Nominal {
        match &self.tasks {
            Tasks::Alike { count, steps } => Self::nominal_alike(*count, steps, self.factors(*count)),
            Tasks::List(list) => {
                let whole = |task: &ListedTask| (task.compute_ms + task.wait_ms) * 1e6;
                let first = list.first().map(|task| (task.compute_ms, task.wait_ms));
                // Each computes first: the wait of the last one to compute is still to come.
                let computing = list.iter().filter(|task| task.compute_ms > 0.0);
                let after = computing.map(|task| task.wait_ms * 1e6).reduce(f64::min).unwrap_or(0.0);
                let edges = Edges { before: 0.0, after };
                Nominal {
                    tasks: list.len() as u32,
                    compute_nanos: list.iter().map(|task| task.compute_ms * 1e6).sum(),
                    wait_nanos: list.iter().map(|task| task.wait_ms * 1e6).sum(),
                    blocking_nanos: 0.0,
                    longest_nanos: list.iter().map(whole).fold(0.0, f64::max),
                    locked_nanos: 0.0,
                    compute_edges: edges,
                    held_edges: edges,
                    locked_edges: Edges::default(),
                    equal: list.iter().all(|task| Some((task.compute_ms, task.wait_ms)) == first),
                    untimed: false,
                }
            }
            Tasks::Classes(classes) => self.nominal_classes(classes),
        }
    }

    /// Sums over the classes that do not repeat.
    fn nominal_classes(&self, classes: &Classes) -> Nominal {
        let mut sum = Nominal { equal: true, ..Nominal::default() };
        let factors = self.factors(classes.task_count());
        let plan = if factors.is_some() { classes.plan() } else { PlanClasses::default() };
        for (class, one) in classes.list.iter().enumerate().filter(|(_, one)| !one.repeat) {
            let own = factors.as_ref().map(|all| {
                let of = plan.of_tasks().iter().zip(all).filter(|(of, _)| usize::from(**of) == class);
                of.map(|(_, factor)| *factor).collect()
            });
            let own = Self::nominal_alike(one.tasks, classes.steps_of(class), own);
            // A class that does not compute has no say in what the others wait before and behind it.
            let least = |so_far: Edges, known: bool, own: Edges| if known { so_far.least(own) } else { own };
            if own.compute_nanos > 0.0 {
                sum.compute_edges = least(sum.compute_edges, sum.compute_nanos > 0.0, own.compute_edges);
            }
            if own.compute_nanos + own.blocking_nanos > 0.0 {
                let known = sum.compute_nanos + sum.blocking_nanos > 0.0;
                sum.held_edges = least(sum.held_edges, known, own.held_edges);
            }
            if own.locked_nanos + own.locked_edges.nanos() > sum.locked_nanos + sum.locked_edges.nanos() {
                (sum.locked_nanos, sum.locked_edges) = (own.locked_nanos, own.locked_edges);
            }
            sum.equal &= own.equal && (sum.tasks == 0 || sum.longest_nanos == own.longest_nanos);
            sum.tasks = sum.tasks.saturating_add(own.tasks);
            sum.compute_nanos += own.compute_nanos;
            sum.wait_nanos += own.wait_nanos;
            sum.blocking_nanos += own.blocking_nanos;
            sum.longest_nanos = sum.longest_nanos.max(own.longest_nanos);
            sum.untimed |= own.untimed;
        }
        sum
    }

    fn nominal_alike(count: u32, steps: &[Step], factors: Option<Vec<f64>>) -> Nominal {
        let (sum, largest, equal) = match &factors {
            None => (f64::from(count), 1.0, true),
            Some(factors) => (
                factors.iter().sum(),
                factors.iter().copied().fold(0.0, f64::max),
                factors.windows(2).all(|pair| pair[0] == pair[1]),
            ),
        };
        let nanos = |computing: bool| -> f64 {
            steps.iter().filter(|step| step.computes() == computing).filter_map(Step::ms).sum::<f64>() * 1e6
        };
        let (compute, wait) = (nanos(true), nanos(false));
        let blocking = steps.iter().filter(|step| step.blocks_the_loop()).filter_map(Step::ms).sum::<f64>() * 1e6;
        // The largest sum of the factors of the tasks that take the same lock.
        let busiest = |locks: u32| match &factors {
            Some(factors) if locks > 1 => {
                let of_lock = |lock: u32| factors.iter().skip(lock as usize).step_by(locks as usize).sum::<f64>();
                (0..locks.min(count)).map(of_lock).fold(0.0, f64::max) * f64::from(locks)
            }
            _ => sum,
        };
        let least = factors.iter().flatten().copied().reduce(f64::min).unwrap_or(1.0);
        let edges = |inside: &dyn Fn(&Step) -> bool| outside(steps, inside).scaled(1e6 * least);
        let locked = |(index, step): (usize, &Step)| {
            let (nanos, permits) = (step.ms()? * 1e6, step.permits()?.max(1));
            let locks = if let Step::Critical { locks, .. } = step { (*locks).max(1) } else { 1 };
            let shared = nanos * busiest(locks) / f64::from(permits);
            let sections =
                if equal { shared.max(f64::from(count.div_ceil(permits)) * nanos * largest) } else { shared };
            let edges = Edges { before: sum_of(&steps[..index]), after: sum_of(&steps[index + 1..]) };
            Some((sections, edges.scaled(1e6 * least)))
        };
        let together = |(nanos, edges): &(f64, Edges)| nanos + edges.nanos();
        let most = |one, other| if together(&other) > together(&one) { other } else { one };
        let (locked_nanos, locked_edges) = steps.iter().enumerate().filter_map(locked).reduce(most).unwrap_or_default();
        Nominal {
            tasks: count,
            compute_nanos: compute * sum,
            wait_nanos: wait * sum,
            blocking_nanos: blocking * sum,
            longest_nanos: (compute + wait) * largest,
            locked_nanos,
            compute_edges: edges(&|step| step.computes()),
            held_edges: edges(&|step| step.computes() || step.blocks_the_loop()),
            locked_edges,
            equal,
            untimed: steps.iter().any(|step| step.ms().is_none()),
        }
    }
}

/// Returns the milliseconds of the timed steps before the first and after the last step for which `inside` holds; none if
/// there is no such step.
fn outside(steps: &[Step], inside: &dyn Fn(&Step) -> bool) -> Edges {
    let is_inside = |step: &Step| step.ms().is_some_and(|ms| ms > 0.0) && inside(step);
    match (steps.iter().position(is_inside), steps.iter().rposition(is_inside)) {
        (Some(first), Some(last)) => Edges { before: sum_of(&steps[..first]), after: sum_of(&steps[last + 1..]) },
        _ => Edges::default(),
    }
}

fn sum_of(steps: &[Step]) -> f64 {
    steps.iter().filter_map(Step::ms).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{Class, DurationDistribution, Kernel, Lock, SectionWork};

    #[test]
    fn the_sections_of_each_of_several_locks_add_up() {
        let striped = |count, spread, locks| {
            let section = Step::critical(10.0, Lock::Mutex, 1, SectionWork::Wait);
            let Step::Critical { ms, lock, permits, holds, access, .. } = section else { panic!("a section") };
            let steps = vec![Step::Critical { ms, lock, permits, holds, access, locks }];
            Workload { seed: 9, spread, ..Workload::of(count, steps) }.nominal().locked_nanos
        };
        assert_eq!(striped(10, DurationDistribution::Constant, 4), 30e6, "three of ten tasks take the first lock");
        assert_eq!(striped(2, DurationDistribution::Constant, 4), 10e6);
        let uneven = |locks| striped(100, DurationDistribution::Exponential, locks);
        assert!(uneven(4) > uneven(1) / 4.0 && uneven(4) < uneven(1), "the busiest lock decides");
    }

    #[test]
    fn the_edges_are_what_a_task_waits_before_and_behind() {
        let compute = Step::Compute { ms: 4.0, kernel: Kernel::Splitmix };
        let steps = vec![Step::wait(1.0), compute.clone(), Step::Wait { ms: 2.0, blocking: true }, Step::wait(8.0)];
        let nominal = Workload::of(3, steps).nominal();
        assert_eq!(nominal.compute_edges, Edges { before: 1e6, after: 10e6 });
        assert_eq!(nominal.held_edges, Edges { before: 1e6, after: 8e6 });
        let nominal = Workload::of(3, vec![Step::wait(1.0)]).nominal();
        assert_eq!([nominal.compute_edges, nominal.held_edges, nominal.locked_edges], [Edges::default(); 3]);
        let section = Step::critical(5.0, Lock::Mutex, 1, SectionWork::Compute);
        let nominal = Workload::of(3, vec![compute.clone(), section, Step::wait(7.0)]).nominal();
        assert_eq!(
            (nominal.locked_nanos, nominal.locked_edges.nanos(), nominal.compute_edges.nanos()),
            (15e6, 11e6, 7e6)
        );
        let mut classes = Classes::default();
        let class = |name: &str| Class { name: name.into(), tasks: 2, repeat: false, workers: None, steps: 0 };
        classes.push(class("waits"), vec![Step::wait(1.0)]);
        classes.push(class("long"), vec![compute.clone(), Step::wait(9.0)]);
        classes.push(class("short"), vec![Step::wait(2.0), compute, Step::wait(3.0)]);
        let nominal = Workload { tasks: Tasks::Classes(classes), ..Workload::default() }.nominal();
        let edges = Edges { before: 0.0, after: 3e6 };
        assert_eq!(nominal.compute_edges, edges, "one class may begin and another end, and the first does not compute");
    }
}
