//! Chart of the CPU usage over time: a panel per model, its own processes against everything else.

use super::axis::Axis;
use super::comparison::{absent, nanos_label};
use super::description::{Body, Chart, Group, Legend, Panel, Step, Symbol};
use super::kind::ChartKind;
use super::series::Series;
use crate::analysis::{RunAnalysis, Summary};
use crate::experiment::sweep::SweepPoint;
use crate::model::Contender;
use crate::results::{Results, RunResults};
use crate::trial::{CpuSample, SHORTEST_COUNTED_NANOS, Trial};
use crate::units;

/// Most steps of a panel; more are averaged.
const MOST_STEPS: usize = 400;

/// Builds the chart.
pub(super) fn chart(run: &RunResults, analysis: &RunAnalysis) -> Chart {
    let series = Series::of(&run.experiment.models);
    let groups: Vec<Group<Panel>> = run
        .points
        .iter()
        .zip(&analysis.points)
        .map(|(results, analysis)| {
            let models = results.experiment.models.iter().zip(&series);
            let panel = |(contender, series): (&Contender, &Series)| {
                let summary = analysis.summaries.iter().find(|summary| summary.contender == *contender);
                panel(results, contender, summary, series.clone())
            };
            Group { title: results.point.as_ref().map(SweepPoint::title), items: models.map(panel).collect() }
        })
        .collect();
    let panels = || groups.iter().flat_map(|group| &group.items);
    let longest = panels().flat_map(|panel| &panel.ends).copied().fold(0.0, f64::max);
    let axis = Axis::linear("time of the trials, one after the other", 0.0, longest, &|ms| {
        if longest > 0.0 { nanos_label(ms * units::NANOS_PER_MS) } else { String::new() }
    });
    let mut legend = vec![
        Legend { symbol: Symbol::Own, text: "the model's own processes, in its colour".into() },
        Legend { symbol: Symbol::Other, text: "everything else: other programs and the lab".into() },
    ];
    if panels().any(|panel| panel.steps.iter().any(|step| step.own.is_none())) {
        legend
            .push(Legend { symbol: Symbol::Unattributed, text: "any program: the model's share is not known".into() });
    }
    legend.push(Legend { symbol: Symbol::Gap, text: "idle, or not sampled".into() });
    legend.push(Legend { symbol: Symbol::End, text: "end of a trial".into() });
    Chart {
        id: ChartKind::Cpu.name().to_owned(),
        title: "CPU usage over time".to_owned(),
        sentence: sentence(run, &groups),
        body: Body::Panels { axis, groups },
        legend,
        subtitle: None,
        below: None,
    }
}

/// Returns why there is no usage of a model.
fn unmeasured(results: &Results, contender: &Contender, summary: Option<&Summary>) -> String {
    let of_model = results.trials.iter().filter(|trial| trial.contender == *contender);
    let walls: Vec<u64> = of_model.filter_map(|trial| Some(trial.completed()?.wall_nanos)).collect();
    match summary.and_then(absent) {
        _ if !walls.is_empty() && walls.iter().all(|nanos| *nanos < SHORTEST_COUNTED_NANOS) => {
            "not measured: the trials are too short for the system's counters".to_owned()
        }
        _ if !walls.is_empty() => "not measured".to_owned(),
        Some(reason) => reason,
        None => "not measured".to_owned(),
    }
}

fn panel(results: &Results, contender: &Contender, summary: Option<&Summary>, series: Series) -> Panel {
    let sampled = |trial: &&Trial| trial.contender == *contender && !trial.cpu.is_empty();
    let completed = || results.trials.iter().filter(sampled).filter(|trial| trial.completed().is_some());
    let is_long = |trial: &&Trial| trial.completed().is_some_and(|one| one.wall_nanos >= SHORTEST_COUNTED_NANOS);
    let measured: Vec<&Trial> = completed().filter(|trial| !trial.is_warmup()).filter(is_long).collect();
    let warmup = completed().find(|trial| trial.is_warmup());
    let (trials, origin) = match (measured.is_empty(), warmup) {
        (false, _) => {
            let completed = results.measured(contender).filter(|trial| trial.completed().is_some()).count();
            let shown = match measured.len() {
                all if all == completed => units::plural(all as u64, "trial"),
                some => format!(
                    "{some} of {}; the others are too short for the counters",
                    units::plural(completed as u64, "trial")
                ),
            };
            (measured.clone(), shown)
        }
        (true, Some(warmup)) => {
            (vec![warmup], "from the warm-up: measured trials are too short for the system's counters".to_owned())
        }
        (true, None) => (Vec::new(), unmeasured(results, contender, summary)),
    };
    let (mut steps, mut ends, mut before) = (Vec::new(), Vec::new(), 0.0);
    for trial in &trials {
        steps.extend(trial.cpu.iter().map(|sample| step(sample, before)));
        let last = trial.cpu.last().map_or(0.0, |sample| sample.at_ms);
        // A repeated warm-up is sampled for longer than its one timed pass.
        let timed = trial.completed().filter(|one| one.passes <= 1).map_or(0.0, |one| one.wall_nanos as f64 / 1e6);
        before += last.max(timed);
        ends.push(before);
    }
    let cores = trials.iter().flat_map(|trial| &trial.cpu).map(|sample| sample.usage_percent.len()).max();
    Panel { series, origin, cores: cores.unwrap_or(0) as u32, steps: fewer(steps), ends }
}

fn step(sample: &CpuSample, before: f64) -> Step {
    let cores = sample.usage_percent.len() as f64;
    let all = sample.usage_percent.iter().map(|percent| f64::from(*percent)).filter(|percent| percent.is_finite());
    Step {
        from: before + (sample.at_ms - sample.width_ms).max(0.0),
        to: before + sample.at_ms,
        own: sample.tree_percent.map(|percent| (f64::from(percent) / 100.0).clamp(0.0, cores)),
        all: (all.sum::<f64>() / 100.0).clamp(0.0, cores),
    }
}

/// Merges neighbours until there are few enough.
fn fewer(steps: Vec<Step>) -> Vec<Step> {
    let size = steps.len().div_ceil(MOST_STEPS).max(1);
    if size == 1 {
        return steps;
    }
    steps
        .chunks(size)
        .map(|some| Step {
            from: some[0].from,
            to: some[some.len() - 1].to,
            own: mean(some, |step| step.own),
            all: mean(some, |step| Some(step.all)).unwrap_or(0.0),
        })
        .collect()
}

/// Returns the mean over the time of the steps; `None` if a step lacks the figure.
fn mean(steps: &[Step], figure: fn(&Step) -> Option<f64>) -> Option<f64> {
    let (mut sum, mut length) = (0.0, 0.0);
    for step in steps {
        sum += figure(step)? * (step.to - step.from);
        length += step.to - step.from;
    }
    (length > 0.0).then(|| sum / length)
}

fn sentence(run: &RunResults, groups: &[Group<Panel>]) -> String {
    let part = |panel: &Panel, at: &str| {
        let all = mean(&panel.steps, |step| Some(step.all))?;
        let (title, cores) = (format!("{}{at}", panel.series.title), units::plural(panel.cores.into(), "core"));
        Some(match mean(&panel.steps, |step| step.own) {
            Some(own) => format!("{title} {own:.2} of {cores}, everything else {:.2}", (all - own).max(0.0)),
            None => format!("{title}: the machine {all:.2} of {cores}"),
        })
    };
    let of_group = |(group, results): (&Group<Panel>, &Results)| -> Vec<String> {
        let at = results.point.as_ref().map_or_else(String::new, |point| format!(" at {}", point.words()));
        group.items.iter().filter_map(|panel| part(panel, &at)).collect()
    };
    let parts: Vec<String> = groups.iter().zip(&run.points).flat_map(of_group).take(MOST_PARTS).collect();
    if parts.is_empty() {
        return "CPU usage over time: not measured.".to_owned();
    }
    format!("CPU usage over time, on average: {}.", parts.join("; "))
}

/// Most models that the sentence names.
const MOST_PARTS: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_steps_are_averaged_over_their_time() {
        let step =
            |index: u32, own| Step { from: f64::from(index), to: f64::from(index + 1), own, all: f64::from(index % 2) };
        let few = fewer((0..1_000).map(|index| step(index, Some(0.5))).collect());
        assert!(few.len() <= MOST_STEPS);
        assert_eq!((few[0].from, few[0].to, few[0].own), (0.0, 3.0, Some(0.5)));
        assert!((few[0].all - 1.0 / 3.0).abs() < 1e-9);
        let unknown = fewer((0..1_000).map(|index| step(index, None)).collect());
        assert_eq!(unknown[0].own, None);
    }
}
