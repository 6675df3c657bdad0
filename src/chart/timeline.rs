//! Chart of the tasks of one trial of each model: lanes over time, as the window's timeline shows them.

use std::collections::BTreeSet;

use super::axis::Axis;
use super::comparison::{absent, nanos_label};
use super::description::{Bar, BarState, Body, Chart, Group, LaneEnd, LaneGroup, LaneOwner, Legend, Symbol};
use super::kind::ChartKind;
use super::part::Part;
use super::series::Series;
use super::task_colour::{ColourBy, ColourKey};
use crate::analysis::{Analysis, RunAnalysis, Summary};
use crate::experiment::sweep::SweepPoint;
use crate::model::Contender;
use crate::results::{Results, RunResults};
use crate::trial::{
    LanePart, LaneSource, NO_SPANS, Phase, Resolution, Spans, Stuck, StuckPart, TaskLanes, Trial, longest_phases,
};
use crate::units;
use crate::workload::Workload;

/// Most lanes of a model; the note says how many there are.
const MOST_LANES: usize = 12;
/// Number of parts of the axis below which a task is drawn together with its neighbours.
const COLUMNS: f64 = 1_400.0;

/// Range of a picture of stuck tasks alone, over the time by which all of them waited.
const STUCK_RANGE: f64 = 3.0;

/// Returns the end of the time axis for trials of these wall times. Where the slowest takes many times as long as the
/// fastest, the fast ones would be a speck: then the axis ends before the slowest does.
#[must_use]
pub fn fit(walls: impl Iterator<Item = f64> + Clone) -> f64 {
    let longest = walls.clone().fold(0.0, f64::max).max(1.0);
    let fastest = walls.fold(longest, f64::min);
    if longest > 8.0 * fastest { 6.0 * fastest } else { longest * 1.02 }
}

/// Returns the end of the time axis: for completed trials that of [`fit`]. Stuck tasks alone are shown a little longer than
/// until all of them waited, since the time-out is so much later that nothing before it could be seen.
pub fn axis_end<'a>(walls: impl Iterator<Item = f64> + Clone, stuck: impl Iterator<Item = Stuck<'a>>) -> f64 {
    match walls.clone().next() {
        Some(_) => fit(walls),
        None => stuck.map(Stuck::settled_nanos).fold(1.0, f64::max) * STUCK_RANGE,
    }
}

/// Returns an axis of times in nanoseconds.
#[must_use]
pub fn time_axis(label: &str, (from, to): (f64, f64)) -> Axis {
    Axis::linear(label, from, to, &nanos_label)
}

/// Builds the chart.
pub(super) fn chart(run: &RunResults, analysis: &RunAnalysis, part: &Part) -> Chart {
    let series = Series::of(&run.experiment.models);
    let shown: Vec<Vec<(&Summary, Option<&Trial>)>> = run
        .points
        .iter()
        .zip(&analysis.points)
        .map(|(results, analysis)| shown_trials(results, analysis, part.round))
        .collect();
    let walls = shown.iter().flatten().filter_map(|(_, trial)| Some((*trial)?.completed()?.wall_nanos as f64));
    let stuck = run.points.iter().flat_map(|results| results.stuck_trials(part.round));
    let (from, to) = part.nanos.unwrap_or_else(|| (0.0, axis_end(walls, stuck)));
    let axis = time_axis("time since the start of the trial", (from, to));
    let mut sentences = Vec::new();
    let groups: Vec<Group<LaneGroup>> = run
        .points
        .iter()
        .zip(&shown)
        .map(|(results, shown)| {
            let items = shown.iter().filter_map(|(summary, trial)| {
                let index = run.experiment.models.iter().position(|one| *one == summary.contender)?;
                let series = series.get(index)?.clone();
                let (group, sentence) = match results.stuck_trial(&summary.contender, part.round) {
                    Some(stuck) => stuck_group(series, stuck, (from, to)),
                    None => group(series, summary, *trial, part, (from, to)),
                };
                sentences.extend(sentence);
                Some(group)
            });
            Group { title: results.point.as_ref().map(SweepPoint::title), items: items.collect() }
        })
        .collect();
    let legend = legend(&groups, &run.experiment.workload);
    let sentence = match sentences.is_empty() {
        true => "Timeline: no completed trial.".to_owned(),
        false => format!("Timeline of a trial of each model: {}.", sentences.join("; ")),
    };
    Chart {
        id: ChartKind::Timeline.name().to_owned(),
        title: "Timeline of the tasks".to_owned(),
        sentence,
        body: Body::Lanes { axis, groups },
        legend,
        subtitle: None,
        below: None,
    }
}

/// Returns the models of a point with the trial that is shown of each, the one that ended first at the top. Hosts whose
/// times can't be compared come one after the other, as in the other charts; models without a trial come last.
fn shown_trials<'a>(
    results: &'a Results,
    analysis: &'a Analysis,
    round: Option<i32>,
) -> Vec<(&'a Summary, Option<&'a Trial>)> {
    let order = analysis.fastest_first();
    let mut hosts: Vec<&Option<Contender>> = order.iter().map(|summary| &summary.reference).collect();
    hosts.dedup();
    let key = |(summary, trial): &(&Summary, Option<&Trial>)| {
        let wall = trial.and_then(Trial::completed).map_or(u64::MAX, |measured| measured.wall_nanos);
        (hosts.iter().position(|host| **host == summary.reference), wall)
    };
    let mut shown: Vec<_> =
        order.into_iter().map(|summary| (summary, shown_trial(results, &summary.contender, round))).collect();
    shown.sort_by_key(key);
    shown
}

fn shown_trial<'a>(results: &'a Results, contender: &Contender, round: Option<i32>) -> Option<&'a Trial> {
    let Some(round) = round else { return results.typical_trial(contender) };
    let of_round = |trial: &&Trial| trial.contender == *contender && trial.round == round;
    results.trials.iter().filter(of_round).find(|trial| trial.completed().is_some())
}

/// Returns the lanes of a model, and its part of the chart's sentence.
fn group(
    series: Series,
    summary: &Summary,
    trial: Option<&Trial>,
    part: &Part,
    range: (f64, f64),
) -> (LaneGroup, Option<String>) {
    let Some((trial, measured)) = trial.and_then(|trial| Some((trial, trial.completed()?))) else {
        let of_round = part.round.map(|_| "no completed trial in this round".to_owned());
        let reason = absent(summary).or(of_round).unwrap_or_else(|| "no completed trial".to_owned());
        return (LaneGroup::absent(LaneOwner::Model(series), reason), None);
    };
    let Ok(spans) = measured.spans.load() else {
        return (
            LaneGroup::absent(LaneOwner::Model(series), "the tasks of this trial can't be read back".to_owned()),
            None,
        );
    };
    if spans.tasks.is_empty() {
        return (LaneGroup::absent(LaneOwner::Model(series), NO_SPANS.to_owned()), None);
    }
    let packed = TaskLanes::pack(&spans.tasks, summary.contender.model.info().per_task);
    let shown = packed.len().min(MOST_LANES);
    let (tasks, lane_count) = (spans.tasks.len() as u64, packed.len() as u64);
    let peak = u64::from(measured.span_summary.peak_in_flight);
    let drawn = packed.tasks_on(shown) as u64;
    let note = match drawn < tasks {
        true => format!(
            "{} of {} tasks, {shown} of {} lanes",
            units::count(drawn),
            units::count(tasks),
            units::count(lane_count)
        ),
        false => units::plural(tasks, "task"),
    };
    let note = if trial.is_warmup() { format!("warm-up: {note}") } else { note };
    let end = units::duration(measured.wall_nanos as f64);
    let warmup = if trial.is_warmup() { ", a trial of the warm-up" } else { "" };
    let sentence = format!(
        "{}{warmup}: {}, {} at most at once, done after {end}",
        series.title,
        units::plural(tasks, "task"),
        units::count(if peak == 0 { lane_count } else { peak })
    );
    let longest_phase = longest_phases(&spans);
    let source = LaneSource { spans: &spans, lanes: &packed, longest_phase: &longest_phase, index: None };
    let lanes = (0..shown).map(|lane| bars(&source, lane, range, part.colour)).collect();
    let begin_nanos = spans.tasks.iter().map(|span| span.started.min(span.submitted)).min().unwrap_or(0) as f64;
    let end = LaneEnd::Trial { wall_nanos: measured.wall_nanos as f64, begin_nanos };
    let owner = LaneOwner::Model(series);
    (LaneGroup { owner, note, lanes, names: Vec::new(), end, absent: None }, Some(sentence))
}

/// Returns the lanes of tasks that were stuck: bars that go on to the time-out.
fn stuck_group(series: Series, stuck: Stuck<'_>, (from, to): (f64, f64)) -> (LaneGroup, Option<String>) {
    let sentence = format!("{}: {}: {}", series.title, stuck.end(), stuck.graph);
    let bar = |part: &StuckPart| Bar {
        from: part.from.max(from),
        to: part.to.min(to),
        state: BarState::Phase(part.phase),
        key: None,
    };
    let lanes = stuck.bars().map(|(_, parts)| parts.iter().map(bar).filter(|bar| bar.to > bar.from).collect());
    let group = LaneGroup {
        owner: LaneOwner::Model(series),
        note: stuck.end(),
        lanes: lanes.collect(),
        names: Vec::new(),
        end: LaneEnd::Trial { wall_nanos: stuck.timeout_nanos, begin_nanos: 0.0 },
        absent: None,
    };
    (group, Some(sentence))
}

/// Returns the parts of the bars of a lane that lie in a range of time.
#[must_use]
pub fn bars(source: &LaneSource<'_>, lane: usize, (from, to): (f64, f64), colour: ColourBy) -> Vec<Bar> {
    let column = (to - from) / COLUMNS;
    let mut bars = Vec::new();
    let mut push = |bar: Bar| {
        let clipped = Bar { from: bar.from.max(from), to: bar.to.min(to), ..bar };
        bars.extend((clipped.to > clipped.from).then_some(clipped));
    };
    let resolution = Resolution { narrow: column, gap: column };
    source.visit(lane, (from, to), resolution, |part| match part {
        LanePart::Queue(from, to) => {
            push(Bar { from: from as f64, to: to as f64, state: BarState::Queue, key: None });
        }
        LanePart::Merged(merged) => {
            let state = BarState::Phase(merged.phase());
            let key = colour.key_of_several(&merged.sums);
            push(Bar { from: merged.from as f64, to: merged.to as f64, state, key });
        }
        LanePart::Task(task) => {
            let key = colour.key_of(source.spans, task);
            task_bars(source.spans, task as usize, column, &mut |from, to, state| push(Bar { from, to, state, key }));
        }
    });
    bars
}

fn task_bars(spans: &Spans, task: usize, column: f64, push: &mut impl FnMut(f64, f64, BarState)) {
    let span = spans.tasks[task];
    let (started, finished) = (span.started as f64, span.finished as f64);
    if spans.steps.is_empty() && spans.handovers.is_empty() {
        push(started, finished, BarState::Phase(Phase::Compute));
        return;
    }
    for (_, phase, from, to) in spans.phases(task) {
        let (from, to) = (from as f64, to as f64);
        if to - from >= column * 0.3 {
            push(from, to, BarState::Phase(phase));
        }
    }
    let gil_wait = spans.gil_waits.get(task).map_or(0.0, |nanos| *nanos as f64);
    if gil_wait >= column {
        push((finished - gil_wait).max(started), finished, BarState::GilWait);
    }
}

/// Most meanings of colours that are named.
const MOST_KEYS: usize = 12;

/// Explains the states and colours that are drawn.
#[must_use]
pub fn legend(groups: &[Group<LaneGroup>], workload: &Workload) -> Vec<Legend> {
    let all = || groups.iter().flat_map(|group| &group.items).flat_map(|item| item.lanes.iter().flatten());
    let entries = [
        (BarState::Phase(Phase::Compute), "computing"),
        (BarState::Phase(Phase::Wait), "waiting"),
        (BarState::Phase(Phase::Http), "fetching"),
        (BarState::Phase(Phase::File), "file"),
        (BarState::Phase(Phase::LockWait), "waiting for a lock"),
        (BarState::Phase(Phase::Payload), "reading or making a payload"),
        (BarState::Phase(Phase::Transfer), "transfer of a payload"),
        (BarState::Phase(Phase::OwnCode), "own code"),
        (BarState::GilWait, "waiting for the GIL, estimated, at the end of the task"),
        (BarState::Queue, "submitted, not started"),
    ];
    let drawn = entries.into_iter().filter(|(state, _)| all().any(|bar| bar.state == *state));
    let mut legend: Vec<Legend> =
        drawn.map(|(state, text)| Legend { symbol: Symbol::Bar(state), text: text.into() }).collect();
    let keys: BTreeSet<ColourKey> = all().filter_map(|bar| bar.key).collect();
    let named = keys.iter().take(MOST_KEYS);
    legend.extend(named.map(|key| Legend { symbol: Symbol::Key(*key), text: key.meaning(workload).into() }));
    if let (Some(last), more @ 1..) = (legend.last_mut(), keys.len().saturating_sub(MOST_KEYS)) {
        last.text.to_mut().push_str(&format!(", and {more} more"));
    }
    legend
}
