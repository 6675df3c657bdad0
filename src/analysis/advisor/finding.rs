//! Typed parts of an advice. Times are in nanoseconds.

use crate::analysis::ratio::PairedRatio;
use crate::analysis::summary::Summary;
use crate::experiment::sweep::SweepKey;
use crate::model::{Contender, ModelId};

/// Advice that the trials of one point support.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// Reason why there is none.
    pub withheld: Option<Withheld>,
    /// One for each set of contenders whose times can be compared, the reference's first.
    pub answers: Vec<Answer>,
}

/// Answer for contenders whose times can be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Title of the host, where each has an answer of its own.
    pub host: Option<String>,
    /// The choice, or the reason why there is none.
    pub choice: Result<Choice, Withheld>,
    /// Measured facts about the choice.
    pub grounds: Vec<Ground>,
    /// Changes that would change the answer.
    pub changes: Vec<Change>,
    /// Contenders that are not advised, whatever their time.
    pub excluded: Vec<Exclusion>,
    /// Doubts to know before following the advice.
    pub reservations: Vec<Reservation>,
}

/// Reason why there is no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Withheld {
    /// The run is under way.
    Running,
    /// No trial completed.
    NothingMeasured,
    /// The lab was built without optimisation.
    DebugBuild,
    /// The tasks are of several classes.
    Classes,
    /// Times and order are in doubt.
    Disturbed {
        /// Percent of the usable cores that other programs used, at most.
        foreign_percent: Option<f64>,
        /// The same that the host of the virtual machine took.
        steal_percent: Option<f64>,
        /// True if a CPU quota stopped trials.
        throttled: bool,
    },
    /// There are too few rounds for an interval.
    FewRounds {
        /// Completed rounds.
        rounds: u32,
        /// Further rounds that are needed.
        missing: u32,
    },
    /// There is nothing to compare with.
    OnlyOne {
        /// The contender.
        contender: Box<Contender>,
    },
    /// Every contender failed or has a wrong result.
    NoneRight,
}

/// The fastest and all that can't be told apart from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The fastest by median first.
    pub leaders: Vec<Leader>,
    /// The fastest of those that are clearly slower.
    pub next: Option<Lead>,
    /// The experiment's reference, if it is clearly slower and not the next.
    pub reference: Option<Lead>,
    /// Contenders with fewer than six rounds in common with the fastest.
    pub undecided: Vec<Contender>,
    /// Difference from which on the leaders would have been told apart, as a share.
    pub detectable_share: Option<f64>,
}

impl Choice {
    /// Returns true if a contender is among the leaders.
    #[must_use]
    pub fn leads(&self, contender: &Contender) -> bool {
        self.leaders.iter().any(|leader| leader.contender == *contender)
    }
}

/// A leader with its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Leader {
    /// The contender.
    pub contender: Contender,
    /// Median wall time.
    pub median_nanos: f64,
    /// 95 % interval of the median.
    pub ci95: Option<(f64, f64)>,
}

impl Leader {
    pub(super) fn of(summary: &Summary) -> Self {
        let (median_nanos, ci95) = summary.wall.map_or((f64::NAN, None), |wall| (wall.median, wall.ci95));
        Self { contender: summary.contender.clone(), median_nanos, ci95 }
    }
}

/// A lead of the fastest over another contender.
#[derive(Debug, Clone, PartialEq)]
pub struct Lead {
    /// The slower contender.
    pub over: Contender,
    /// Its time / that of the fastest.
    pub ratio: PairedRatio,
}

/// Fault for which a contender is not advised.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Updates were lost.
    LostUpdates {
        /// Fewest and most lost in a trial.
        lost: (f64, f64),
        /// Updates made in a trial.
        expected: f64,
    },
    /// Processes count in memory of their own.
    CountsApart,
    /// Trials deadlocked.
    Deadlocked {
        /// Number of trials that did.
        trials: u32,
        /// Number of all its trials.
        of: u32,
    },
    /// Trials failed.
    Failed {
        /// Number of trials that did.
        trials: u32,
        /// Number of all its trials.
        of: u32,
    },
}

/// A contender that is not advised.
#[derive(Debug, Clone, PartialEq)]
pub struct Exclusion {
    /// The contender.
    pub contender: Contender,
    /// The reason.
    pub fault: Fault,
    /// True if it was clearly faster than the fastest right one.
    pub is_faster: bool,
}

/// A measured fact about the choice.
#[derive(Debug, Clone, PartialEq)]
pub enum Ground {
    /// Most tasks in flight at one moment.
    InFlight {
        /// The fastest.
        contender: Contender,
        /// Its tasks in flight.
        tasks: u32,
        /// Number of all tasks.
        of: u32,
        /// Slower contenders, and their tasks in flight.
        others: Vec<(Contender, u32)>,
    },
    /// Cores used on average.
    Cores {
        /// The fastest.
        contender: Contender,
        /// Cores that it used.
        cores: f64,
        /// Slower contenders, and the cores that they used.
        others: Vec<(Contender, f64)>,
    },
    /// Threads of one interpreter took turns at its lock.
    Gil {
        /// The slower contender.
        contender: Contender,
        /// Cores that it used.
        cores: f64,
    },
    /// The time is near the calculated least one.
    NearIdeal {
        /// The fastest.
        contender: Contender,
        /// Its ideal.
        ideal_nanos: f64,
        /// Its median.
        median_nanos: f64,
    },
    /// Tasks do next to nothing: the time per task is the price of handing it over.
    PerTask {
        /// The fastest.
        contender: Contender,
        /// Its time per task.
        nanos: f64,
        /// The slower contender, and its time per task.
        other: (Contender, f64),
    },
    /// Rates of reading memory.
    MemoryRate {
        /// The fastest, its bytes per second, and the cores that it used.
        fastest: (Contender, f64, f64),
        /// The same of the slower contender.
        other: (Contender, f64, f64),
    },
    /// Of several leaders, one needed clearly less memory than each of the others.
    LeastMemory {
        /// The contender.
        contender: Contender,
        /// The most that it needed in a trial, bytes.
        bytes: f64,
        /// The least that another leader needed in a trial, bytes.
        others_bytes: f64,
    },
}

/// A change of workload, settings or machine after which the answer may be another.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// More workers lower the ideal of a pool.
    MoreWorkers {
        /// The pool.
        contender: Contender,
        /// Workers that it had, and its ideal with them.
        now: (u32, f64),
        /// Fewest workers with which its ideal is least, and that ideal.
        then: (u32, f64),
        /// The fastest and its median, if that is another.
        fastest: Option<(Contender, f64)>,
    },
    /// Without the GIL, threads could compute on several cores.
    FreeThreaded {
        /// Contender whose threads share an interpreter.
        contender: Contender,
        /// Its ideal now.
        now_nanos: f64,
        /// Its ideal without the GIL.
        then_nanos: f64,
        /// Usable cores.
        cpus: u32,
        /// Tag of a free-threaded interpreter that is installed.
        installed: Option<String>,
    },
    /// The system limits the number of threads.
    ThreadLimit {
        /// Contender with a thread per task.
        contender: Contender,
        /// Most threads at once that the system can allow.
        limit: u64,
        /// Most tasks that were in flight.
        in_flight: u32,
    },
    /// Another contender needs clearly less memory.
    LessMemory {
        /// The contender, and the most bytes that it needed in a trial.
        instead: (Contender, f64),
        /// The fastest, and the least bytes that it needed in a trial.
        fastest: (Contender, f64),
        /// True if that is a lower bound: the memory of several processes right after the clock.
        is_bound: bool,
        /// Its time / that of the fastest; `None` if they can't be told apart.
        times: Option<PairedRatio>,
    },
    /// Longer tasks could repay their handing over.
    LongerTasks {
        /// The fastest, which uses one core.
        contender: Contender,
        /// The cheapest contender that could use a second core.
        other: Contender,
        /// Difference of the two per task.
        nanos: f64,
    },
    /// With setup included another contender is clearly faster.
    ColdStart {
        /// The contender, and its median of setup and wall time.
        instead: (Contender, f64),
        /// The fastest without setup, and the same of it.
        fastest: (Contender, f64),
    },
    /// On one core nothing is gained.
    OneCore {
        /// The fastest.
        contender: Contender,
        /// Its ideal on one core.
        ideal_nanos: f64,
        /// Cores that it used.
        cores: f64,
    },
    /// Sections under one lock take nearly all of the time.
    LockFloor {
        /// Least time of the sections.
        locked_nanos: f64,
        /// The fastest and its median.
        fastest: (Contender, f64),
    },
    /// Locks that every task takes in the same order can't deadlock.
    LockOrder,
    /// A protected counter loses no updates.
    Protection {
        /// Contenders that lost updates.
        contenders: Vec<Contender>,
    },
    /// A model that was not measured has a lower ideal than all that were.
    Untried {
        /// The model.
        model: ModelId,
        /// Its ideal.
        ideal_nanos: f64,
        /// The fastest and its median.
        fastest: (Contender, f64),
    },
    /// Another contender kept the timer beside the work clearly more punctual.
    Responsive {
        /// The contender, and its longest standstill in any trial.
        instead: (Contender, f64),
        /// The fastest, and the shortest of its trials' longest standstills.
        fastest: (Contender, f64),
    },
    /// More cores read memory at hardly a higher rate.
    MemoryBound {
        /// Cores of the fastest / cores of the slower.
        cores_ratio: f64,
        /// Rate of the fastest / rate of the slower.
        rate_ratio: f64,
    },
    /// At other values of the swept setting another contender is faster.
    Crossover {
        /// The setting.
        key: SweepKey,
        /// Clearly faster from the first to the second value, as people read them.
        below: (Contender, [String; 2]),
        /// The same of the other contender, at larger values.
        above: (Contender, [String; 2]),
    },
    /// More of the swept setting gains nothing measurable for a leader.
    Knee {
        /// The leader.
        contender: Contender,
        /// The setting.
        key: SweepKey,
        /// Value as people read it.
        value: String,
        /// Largest value measured.
        largest: String,
        /// Gain from which on it would have been detected, as a share.
        detectable_share: f64,
    },
}

/// A doubt that does not forbid the advice.
#[derive(Debug, Clone, PartialEq)]
pub enum Reservation {
    /// Other programs used the CPU.
    Background {
        /// Percent of the usable cores.
        percent: f64,
    },
    /// The host of the virtual machine took CPU time.
    Steal {
        /// Most percent of the usable cores during one contender's trials.
        percent: f64,
    },
    /// The HTTP server was nearly always busy.
    ServerBusy {
        /// Leader under which it was.
        contender: Contender,
        /// Percent of its one core.
        percent: f64,
    },
    /// The user's function returned different results.
    ResultsDiffer {
        /// Leader under which it did.
        contender: Contender,
    },
    /// Contenders have too few rounds in common with the fastest.
    Undecided {
        /// The contenders.
        contenders: Vec<Contender>,
    },
}
