//! Sentences of an advice, each made from one finding. None claims more than the finding holds.

use super::finding::{Advice, Answer, Choice, Exclusion, Fault, Ground, Lead, Leader, Reservation, Withheld};
use crate::analysis::comparison::figures;
use crate::analysis::phrasing::{cores, is_plural, join, possessive};
use crate::model::Contender;
use crate::units;

mod changes;

/// Most leaders that are named.
const MOST_LEADERS: usize = 4;

/// Role of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Host that the next lines are about.
    Host,
    /// The answer, or the reason why there is none.
    Answer,
    /// Its uncertainty.
    Uncertainty,
    /// A measured fact about it.
    Ground,
    /// A doubt.
    Reservation,
    /// A contender that is not advised.
    Excluded,
    /// Changes that would change the answer.
    Change,
}

/// One sentence of an advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its role.
    pub part: Part,
    /// The sentence.
    pub text: String,
}

impl Advice {
    /// Question that the advice answers.
    pub const QUESTION: &'static str = "Which model for a workload like this one?";
    /// Heading of the lines of [`Part::Change`].
    pub const CHANGES: &'static str = "What would change the answer";

    /// Returns the sentences in the order in which they are read.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let withheld = self.withheld.iter().map(|reason| Line { part: Part::Answer, text: reason.sentence() });
        withheld.chain(self.answers.iter().flat_map(Answer::lines)).collect()
    }
}

impl Answer {
    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut add = |part, text| lines.push(Line { part, text });
        if let Some(host) = &self.host {
            add(Part::Host, format!("On {host}"));
        }
        match &self.choice {
            Ok(choice) => {
                add(Part::Answer, choice.sentence());
                choice.uncertainty().into_iter().for_each(|text| add(Part::Uncertainty, text));
            }
            Err(withheld) => add(Part::Answer, withheld.sentence()),
        }
        self.grounds.iter().for_each(|one| add(Part::Ground, one.sentence()));
        self.reservations.iter().for_each(|one| add(Part::Reservation, one.sentence()));
        self.excluded.iter().for_each(|one| add(Part::Excluded, one.sentence()));
        self.changes.iter().for_each(|one| add(Part::Change, one.sentence()));
        lines
    }
}

/// Returns the form of a verb for a title.
fn verb(contender: &Contender, one: &'static str, many: &'static str) -> &'static str {
    if is_plural(contender) { many } else { one }
}

/// Joins alternatives: "A", "A or B", "A, B or C".
fn alternatives(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn tasks(count: u32) -> String {
    units::plural(u64::from(count), "task")
}

impl Withheld {
    /// Returns the reason in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Running => "The advice follows at the end of the run.".to_owned(),
            Self::NothingMeasured => "No advice: no measured trial has completed.".to_owned(),
            Self::DebugBuild => {
                "No advice: a debug build of the lab made this run, and its figures are no measurements.".to_owned()
            }
            Self::Classes => {
                "No advice on one model for all: the tasks are of several classes, and the models are to be \
                              compared by the figures of the class that counts."
                    .to_owned()
            }
            Self::Disturbed { foreign_percent, steal_percent, throttled } => {
                let foreign = foreign_percent.map(|percent| {
                    format!("other programs used up to {} of the usable cores", units::percent(percent))
                });
                let steal = steal_percent
                    .map(|percent| format!("the host took up to {} of the usable cores", units::percent(percent)));
                let quota = throttled.then(|| "a CPU quota stopped trials".to_owned());
                let causes: Vec<String> = [foreign, steal, quota].into_iter().flatten().collect();
                let causes = if causes.is_empty() { String::new() } else { format!(" ({})", join(&causes)) };
                format!("No advice: the run was disturbed{causes}. Run it again on a quiet machine.")
            }
            Self::FewRounds { rounds, missing } => {
                let rounds = units::plural((*rounds).into(), "round");
                let make = if *missing == 1 { "makes" } else { "make" };
                format!("No advice after {rounds}: {missing} more {make} an interval possible.")
            }
            Self::OnlyOne { contender } => {
                format!("No advice: only {} was measured, so there is nothing to compare it with.", contender.title())
            }
            Self::NoneRight => "None of the measured models: each failed, or its result was wrong.".to_owned(),
        }
    }
}

impl Choice {
    /// Returns the answer in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let timed =
            |leader: &Leader| format!("{} ({})", leader.contender.title(), units::duration(leader.median_nanos));
        match (self.leaders.as_slice(), &self.next) {
            ([one], Some(next)) => {
                let (title, ratio) = (next.over.title(), times(next.ratio.median));
                format!("{}, {ratio} times as fast as the next, {title}.", timed(one))
            }
            ([one], None) if self.undecided.is_empty() => {
                format!("{}, the only measured model that completed every trial with a right result.", timed(one))
            }
            ([one], None) => format!("{}, as far as the rounds allow to say.", timed(one)),
            (several, next) => {
                let rest = match next {
                    Some(next) => {
                        format!(" The next, {}, took {} times as long.", next.over.title(), times(next.ratio.median))
                    }
                    None => String::new(),
                };
                let mut shown: Vec<String> = several.iter().take(MOST_LEADERS).map(timed).collect();
                match &several[shown.len()..] {
                    [] => {}
                    [one] => shown.push(timed(one)),
                    others => shown.push(format!("one of {} others", others.len())),
                }
                format!("{}: they can't be told apart here.{rest}", alternatives(&shown))
            }
        }
    }

    /// Returns the intervals behind the answer.
    fn uncertainty(&self) -> Option<String> {
        let fastest = &self.leaders.first()?.contender;
        let mut parts: Vec<String> =
            self.next.iter().chain(&self.reference).map(|lead| lead.sentence(fastest)).collect();
        parts.extend(self.detectable_share.map(|share| match share > 1.0 {
            true => format!(
                "Among those named first only a difference of more than {} times would have shown.",
                units::significant(1.0 + share, 2)
            ),
            false => format!(
                "Among those named first a difference of {} or more would have shown.",
                units::percent(share * 100.0)
            ),
        }));
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}

fn times(ratio: f64) -> String {
    crate::analysis::phrasing::times(ratio)
}

impl Lead {
    /// "Threads took 1.32 times as long as Async (95 % interval 1.30 to 1.35, 15 rounds)."
    fn sentence(&self, fastest: &Contender) -> String {
        let (over, fastest) = (self.over.title(), fastest.title());
        let rounds = units::plural(self.ratio.pairs.into(), "round");
        match self.ratio.ci95 {
            Some(interval) => {
                let [middle, low, high] = figures([self.ratio.median, interval.0, interval.1], interval);
                format!("{over} took {middle} times as long as {fastest} (95 % interval {low} to {high}, {rounds}).")
            }
            None => format!("{over} took {} times as long as {fastest} ({rounds}).", times(self.ratio.median)),
        }
    }
}

impl Exclusion {
    /// Returns the reason in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let title = self.contender.title();
        let though = if self.is_faster { ", though it was faster" } else { "" };
        match &self.fault {
            Fault::LostUpdates { lost, expected } => {
                let amount = match lost.0 > 0.0 {
                    true => units::count_range(lost.0, lost.1),
                    false => format!("up to {}", units::count_range(lost.1, lost.1)),
                };
                let of = units::count(expected.round() as u64);
                format!("Not {title}{though}: it lost {amount} of {of} updates in a trial.")
            }
            Fault::CountsApart => format!(
                "Not {title}{though}: its workers counted in memory of their own, and the main program saw no update."
            ),
            Fault::Deadlocked { trials, of } => format!("Not {title}: {} deadlocked.", of_trials(*trials, *of)),
            Fault::Failed { trials, of } => format!("Not {title}: {} failed.", of_trials(*trials, *of)),
        }
    }
}

/// "its only trial", "all 4 trials", "2 of 7 trials".
fn of_trials(trials: u32, of: u32) -> String {
    match (trials, of) {
        (1, 1) => "its only trial".to_owned(),
        (trials, of) if trials >= of => format!("all {trials} trials"),
        (trials, of) => format!("{trials} of {of} trials"),
    }
}

impl Reservation {
    /// Returns the doubt in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Background { percent } => format!(
                "Other programs used {} of the usable cores meanwhile; small differences may be theirs.",
                units::percent(*percent)
            ),
            Self::Steal { percent } => format!(
                "The host of this virtual machine took up to {} of the usable cores; small differences may be its.",
                units::percent(*percent)
            ),
            Self::ServerBusy { contender, percent } => format!(
                "The lab's HTTP server was busy for {} of the time under {}: a faster server may change the order.",
                units::percent(*percent),
                contender.title()
            ),
            Self::ResultsDiffer { contender } => format!(
                "The function returned other results under {} than in the first trial: check that this is intended.",
                contender.title()
            ),
            Self::Undecided { contenders } => {
                let names: Vec<String> = contenders.iter().map(Contender::title).collect();
                format!("Too few rounds in common with the fastest to judge: {}.", join(&names))
            }
        }
    }
}

impl Ground {
    /// Returns the fact in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::InFlight { contender, tasks: count, of, others } => {
                let all = if count == of { "all ".to_owned() } else { String::new() };
                let one =
                    |(other, count): &(Contender, u32)| format!("{} {}", other.title(), units::count((*count).into()));
                let others: Vec<String> = others.iter().map(one).collect();
                format!("{} had {all}{} in flight at once, {}.", contender.title(), tasks(*count), join(&others))
            }
            Self::Cores { contender, cores: used, others } => {
                let one = |(other, used): &(Contender, f64)| format!("{} {}", other.title(), cores(*used));
                let others: Vec<String> = others.iter().map(one).collect();
                format!("{} kept {} cores busy, {}.", contender.title(), cores(*used), join(&others))
            }
            Self::Gil { contender, cores: used } => format!(
                "Under {} one thread at a time runs Python code (GIL): it used {} cores.",
                contender.title(),
                cores(*used)
            ),
            Self::NearIdeal { contender, ideal_nanos, median_nanos } => format!(
                "{} took {}; the least that its schedule allows is {} (calculated).",
                contender.title(),
                units::duration(*median_nanos),
                units::duration(*ideal_nanos)
            ),
            Self::PerTask { contender, nanos, other } => format!(
                "A task costs {} under {} and {} under {}.",
                units::duration(*nanos),
                contender.title(),
                units::duration(other.1),
                other.0.title()
            ),
            Self::MemoryRate { fastest, other } => format!(
                "{} read {} with {} cores, {} {} with {}.",
                fastest.0.title(),
                units::bytes_per_second(fastest.1),
                cores(fastest.2),
                other.0.title(),
                units::bytes_per_second(other.1),
                cores(other.2)
            ),
            Self::LeastMemory { contender, bytes, others_bytes } => format!(
                "Of these, {} needed the least memory: at most {}, each of the others at least {}.",
                contender.title(),
                units::bytes(*bytes),
                units::bytes(*others_bytes)
            ),
        }
    }
}

/// "Thread pool's ideal".
fn ideal_of(contender: &Contender) -> String {
    format!("{} ideal", possessive(&contender.title()))
}
