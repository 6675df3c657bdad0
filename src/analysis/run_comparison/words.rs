//! Sentences about a comparison of two runs, for window and terminal.

use std::fmt;

use super::contenders::row_name;
use super::difference::EnvironmentDifference;
use super::facts::{ContenderChange, MeanChange, RunComparison, Unmatched, WhyUnmatched};
use super::pair::{Changed, Side};
use super::unpaired::UnpairedRatio;
use crate::analysis::comparison::{figures, range};
use crate::analysis::finding::{Finding, MARGIN};
use crate::analysis::phrasing::join;
use crate::experiment::FEWEST_PAIRS;
use crate::model::Contender;
use crate::units;

/// Rows that a headline names before it counts them.
const MOST_NAMED: usize = 3;
/// Intervals from which the number that miss by chance is stated.
const MANY_INTERVALS: usize = 10;

impl RunComparison {
    /// Returns the finding in one sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        if self.rows.is_empty() {
            return "No model completed a trial with a correct result in both runs".to_owned();
        }
        let slower: Vec<&ContenderChange> = self.rows.iter().filter(|row| row.is_slower()).collect();
        let faster: Vec<&ContenderChange> = self.rows.iter().filter(|row| row.is_faster()).collect();
        let mut parts = Vec::new();
        for (rows, word) in [(&slower, "slower"), (&faster, "faster")] {
            parts.extend((!rows.is_empty()).then(|| format!("{word} under {}", named(rows))));
        }
        let undecided = self.rows.iter().filter(|row| !row.is_slower() && !row.is_faster());
        let (few, equal): (Vec<_>, Vec<_>) = undecided.partition(|row| matches!(row.finding, Finding::TooFew { .. }));
        if !parts.is_empty() {
            let mut text = format!("NEW is {}", parts.join(", and "));
            for (rows, word) in [(equal, "no detectable difference"), (few, "too few trials")] {
                if !rows.is_empty() {
                    text.push_str(&format!("; {word} in {}", units::plural(rows.len() as u64, "other comparison")));
                }
            }
            return text;
        }
        let shares = self.rows.iter().map(|row| match row.finding {
            Finding::NotDistinguishable { detectable_share } => Some(detectable_share),
            _ => None,
        });
        let rows = match self.rows.as_slice() {
            [one] => format!("for {}", one.name()),
            many => format!("in any of {}", units::plural(many.len() as u64, "comparison")),
        };
        match shares.collect::<Option<Vec<f64>>>().and_then(|shares| shares.into_iter().reduce(f64::max)) {
            Some(share) => {
                let percent = units::percent(share * 100.0);
                format!("No detectable difference {rows}; one of {percent} or more would have been detected")
            }
            None => {
                let few = match few.len() {
                    all if all == self.rows.len() => String::new(),
                    some => format!(" in {}", units::count(some as u64)),
                };
                format!("No clear difference {rows}; too few trials for an interval{few}")
            }
        }
    }

    /// Returns further sentences: what separate runs can show, the mean, and what limits the comparison.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut all = Vec::new();
        if self.started_at_ms.old > self.started_at_ms.new {
            all.push("OLD was started after NEW: are the two in the intended order?".to_owned());
        }
        all.extend(self.rows.iter().any(|row| row.wall.ci95.is_none()).then(|| {
            format!("An interval needs {FEWEST_PAIRS} trials in each run; without one, only a large lead of every trial counts.")
        }));
        all.extend(self.mean.map(|mean| mean.to_string()));
        all.extend(self.same_environment());
        all.push(self.blocked_order());
        all.extend(self.hidden_code());
        if self.amounts_differ {
            all.push(
                "Compute steps ran another number of iterations in each run, because their number follows the calibration: \
                 equal times are not equal work."
                    .to_owned(),
            );
        }
        let intervals = self.rows.iter().filter(|row| row.wall.ci95.is_some()).count();
        if intervals >= MANY_INTERVALS {
            let missed = units::significant(intervals as f64 / 20.0, 1);
            all.push(format!(
                "Of {intervals} intervals of 95 %, about {missed} can be expected to miss the true ratio."
            ));
        }
        all
    }

    /// Returns a sentence for each contender and point that was not compared.
    #[must_use]
    pub fn unmatched_sentences(&self) -> Vec<String> {
        let points = self.points_in_one.iter().map(|(side, point)| format!("{} is only in {side}", point.title()));
        self.unmatched.iter().map(ToString::to_string).chain(points).collect()
    }

    fn same_environment(&self) -> Option<String> {
        let machine = !self.differences.iter().any(EnvironmentDifference::is_machine);
        let course = |one: &EnvironmentDifference| {
            matches!(
                one,
                EnvironmentDifference::Disturbed(..)
                    | EnvironmentDifference::Calibration { .. }
                    | EnvironmentDifference::Incomplete(..)
            )
        };
        let settings = self.differences.iter().all(course);
        match (machine, settings) {
            (true, true) => {
                Some("Machine, system, lab version and settings are recorded alike in both runs.".to_owned())
            }
            (true, false) => Some("Machine, system and lab version are recorded alike in both runs.".to_owned()),
            (false, _) => None,
        }
    }

    fn blocked_order(&self) -> String {
        let start = "These are separate runs, a blocked order: whatever changed on the machine between them counts as a difference, too";
        let within = [self.drift.within_old, self.drift.within_new].into_iter().flatten().reduce(f64::max);
        let percent = |share: f64| units::percent(share * 100.0);
        let mut seen = Vec::new();
        seen.extend(within.map(|share| {
            format!("times moved by up to {} from the first to the second half of a run", percent(share))
        }));
        seen.extend(
            self.drift.calibration.map(|share| format!("the calibration by up to {} between them", percent(share))),
        );
        match self.drift.largest().filter(|_| !seen.is_empty()) {
            None => format!("{start}."),
            Some(largest) => {
                let seen = seen.join(", ");
                let largest = percent(largest.max(MARGIN - 1.0));
                format!("{start}. Seen: {seen}. A difference below {largest} can't be attributed to the change.")
            }
        }
    }

    fn hidden_code(&self) -> Option<String> {
        let hiding = self.differences.iter().filter(|one| one.hides_the_code());
        let (unknown, known): (Vec<_>, Vec<_>) =
            hiding.partition(|one| matches!(one, EnvironmentDifference::MachineUnknown(_)));
        let labels: Vec<String> = known.iter().map(|one| one.label()).collect();
        let reason = match (unknown.is_empty(), labels.as_slice()) {
            (false, _) => "The machine is not recorded in both runs".to_owned(),
            (true, []) => return None,
            (true, several) => format!("Not the same in both runs: {}", join(several)),
        };
        Some(format!("{reason}. A difference in time can't be attributed to the code that was run."))
    }
}

fn named(rows: &[&ContenderChange]) -> String {
    let one = |row: &&ContenderChange| format!("{} ({})", row.name(), ratio(&row.wall));
    if rows.len() > MOST_NAMED {
        let shown: Vec<String> = rows.iter().take(MOST_NAMED - 1).map(one).collect();
        return format!("{} and {} others", shown.join(", "), rows.len() - shown.len());
    }
    join(&rows.iter().map(one).collect::<Vec<_>>())
}

/// "1.05 times as long, 95 % CI 1.03 to 1.07".
fn ratio(ratio: &UnpairedRatio) -> String {
    match ratio.ci95 {
        Some(interval) => {
            let [middle, low, high] = figures([ratio.ratio, interval.0, interval.1], interval);
            format!("{middle} times as long, 95 % CI {low} to {high}")
        }
        None => format!("{} times as long in the trials seen", range(ratio.range)),
    }
}

impl ContenderChange {
    /// Returns the title of the contender, and the point of a sweep: the head of a row.
    #[must_use]
    pub fn title(&self) -> String {
        let title = self.contender.title();
        self.point.as_ref().map_or_else(|| title.clone(), |point| format!("{title} at {}", point.words()))
    }

    /// Returns the contender, and the point of a sweep, as sentences name them.
    #[must_use]
    pub fn name(&self) -> String {
        row_name(&self.contender, self.point.as_ref())
    }

    /// Returns the finding in a few words: "slower", "no detectable difference".
    #[must_use]
    pub fn finding_words(&self) -> &'static str {
        match self.finding {
            _ if self.is_slower() => "slower",
            _ if self.is_faster() => "faster",
            Finding::NotDistinguishable { .. } => "no detectable difference",
            _ => "too few trials",
        }
    }

    /// Returns one sentence: times, ratio with its interval, finding, and other costs that clearly differ.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Changed { old, new } = self.median_nanos;
        let times = format!("{} in OLD, {} in NEW", units::duration(old), units::duration(new));
        let mut text = format!("{}: {times}, {}: {}", self.name(), ratio(&self.wall), self.finding_words());
        if let Finding::NotDistinguishable { detectable_share } = self.finding {
            text.push_str(&format!("; {} or more would have been detected", units::percent(detectable_share * 100.0)));
        }
        for cost in self.costs() {
            text.push_str(&format!("; {cost}"));
        }
        text
    }

    /// Returns what else clearly differs: CPU time, peak memory, and trials that did not complete.
    #[must_use]
    pub fn costs(&self) -> Vec<String> {
        let times = |what: &str, ratio: &UnpairedRatio| format!("{what} {} times", units::ratio(ratio.ratio));
        let mut all = Vec::new();
        all.extend(self.cpu.as_ref().map(|ratio| times("CPU time", ratio)));
        all.extend(self.memory.as_ref().map(|ratio| times("peak memory", ratio)));
        for (side, failed, completed) in
            [(Side::Old, self.failed.old, self.wall.trials.0), (Side::New, self.failed.new, self.wall.trials.1)]
        {
            all.extend(
                (failed > 0).then(|| format!("{failed} of {} trials did not complete in {side}", failed + completed)),
            );
        }
        all
    }
}

impl fmt::Display for MeanChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows;
        match self.ci95 {
            Some(interval) => {
                let [middle, low, high] = figures([self.ratio, interval.0, interval.1], interval);
                write!(
                    f,
                    "Over all {rows} comparisons NEW takes {middle} times as long (geometric mean, 95 % CI {low} to {high})."
                )
            }
            None => {
                let ratio = units::ratio(self.ratio);
                write!(
                    f,
                    "Over all {rows} comparisons NEW takes {ratio} times as long (geometric mean; too few trials for an interval)."
                )
            }
        }
    }
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = row_name(&self.contender, self.point.as_ref());
        match &self.why {
            WhyUnmatched::OnlyIn(side) => write!(f, "{name} is only in {side}"),
            WhyUnmatched::NoTrial(side, None) => write!(f, "{name} was not measured in {side}"),
            WhyUnmatched::NoTrial(side, Some(reason)) => {
                write!(f, "{name} completed no measured trial in {side}: {}", reason.trim_end_matches('.'))
            }
            WhyUnmatched::WrongResult(sides) => {
                let sides = join(&sides.iter().map(ToString::to_string).collect::<Vec<_>>());
                write!(f, "{name} is not compared: its counter was wrong in {sides}, so it did not do the same work")
            }
        }
    }
}

impl EnvironmentDifference {
    /// Returns what differs: "CPU", "usable CPUs".
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::MachineUnknown(side) => format!("machine of {side}"),
            Self::Cpu(_) => "CPU".to_owned(),
            Self::Arch(_) => "instruction set".to_owned(),
            Self::UsableCpus(_) => "usable CPUs".to_owned(),
            Self::OnlineCpus(_) => "CPUs of the machine".to_owned(),
            Self::CpuQuota(_) => "CPU quota".to_owned(),
            Self::Memory(_) => "memory".to_owned(),
            Self::Cache(_) => "last-level cache".to_owned(),
            Self::VirtualMachine(_) => "virtual machine".to_owned(),
            Self::Os(_) => "operating system".to_owned(),
            Self::Kernel(_) => "kernel".to_owned(),
            Self::Governor(_) => "frequency governor".to_owned(),
            Self::OnBattery(_) => "battery".to_owned(),
            Self::ClockSource(_) => "clock source".to_owned(),
            Self::SpanClock(_) => "clock of the spans".to_owned(),
            Self::LabVersion(_) => "lab version".to_owned(),
            Self::DebugBuild(_) => "debug build".to_owned(),
            Self::Interpreter { contenders, .. } => {
                format!("interpreter of {}", join(&contenders.iter().map(Contender::title).collect::<Vec<_>>()))
            }
            Self::Calibration { kernel, host, .. } => format!("calibration of {} on {}", kernel.name(), host.title()),
            Self::Code { step, .. } => format!("own code of step {step}"),
            Self::Seed(_) => "seed".to_owned(),
            Self::Rounds(_) => "measured rounds".to_owned(),
            Self::Warmups(_) => "warm-up rounds".to_owned(),
            Self::Disturbed(side, _) => format!("other programs or the host during {side}"),
            Self::Incomplete(side, _) => format!("rounds of {side}"),
        }
    }

    /// Returns the values of both runs as texts; `None` for what is no pair of values.
    #[must_use]
    pub fn values(&self) -> Option<Changed<String>> {
        let unknown = || "not known".to_owned();
        let text = |value: &Option<String>| value.clone().unwrap_or_else(unknown);
        let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        let flag = |value: Option<bool>| value.map_or_else(unknown, yes);
        let bytes = |value: Option<u64>| value.map_or_else(unknown, |bytes| units::bytes(bytes as f64));
        let pair = |old: String, new: String| Some(Changed { old, new });
        let texts = |change: &Changed<Option<String>>| pair(text(&change.old), text(&change.new));
        match self {
            Self::Cpu(one) | Self::Kernel(one) | Self::Governor(one) | Self::ClockSource(one) => texts(one),
            Self::Arch(one) | Self::Os(one) | Self::SpanClock(one) | Self::LabVersion(one) => Some(one.clone()),
            Self::Interpreter { change, .. } | Self::Code { change, .. } => Some(change.clone()),
            Self::UsableCpus(one) | Self::Rounds(one) | Self::Warmups(one) => {
                pair(units::count(one.old.into()), units::count(one.new.into()))
            }
            Self::OnlineCpus(one) => {
                let count = |cpus: Option<u32>| cpus.map_or_else(unknown, |cpus| units::count(cpus.into()));
                pair(count(one.old), count(one.new))
            }
            Self::CpuQuota(one) => {
                let cpus = |quota: Option<f64>| quota.map_or_else(|| "none".to_owned(), units::short);
                pair(cpus(one.old), cpus(one.new))
            }
            Self::Memory(one) | Self::Cache(one) => pair(bytes(one.old), bytes(one.new)),
            Self::VirtualMachine(one) | Self::OnBattery(one) => pair(flag(one.old), flag(one.new)),
            Self::DebugBuild(one) => pair(yes(one.old), yes(one.new)),
            Self::Seed(one) => pair(one.old.to_string(), one.new.to_string()),
            Self::MachineUnknown(_) | Self::Calibration { .. } | Self::Disturbed(..) | Self::Incomplete(..) => None,
        }
    }
}

impl fmt::Display for EnvironmentDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = units::capitalised(&self.label());
        match (self, self.values()) {
            (_, Some(Changed { old, new })) => write!(f, "{label}: {old} in OLD, {new} in NEW"),
            (Self::Calibration { ratio, .. }, _) => {
                let percent = units::percent(ratio.ln().abs().exp_m1() * 100.0);
                let word = if *ratio > 1.0 { "slower" } else { "faster" };
                write!(f, "{label}: {percent} {word} in NEW")
            }
            (Self::Disturbed(_, percent), _) => {
                write!(f, "{label}: {} of the usable CPUs' time", units::percent(*percent))
            }
            (Self::Incomplete(side, incomplete), _) => write!(f, "{side} {incomplete}"),
            _ => write!(f, "{label}: not recorded"),
        }
    }
}
