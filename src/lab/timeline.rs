//! The timeline: the part that is shown, lanes and their details, searching and selecting, and the list of starts and ends
//! as text. Draws nothing.

use std::collections::HashSet;
use std::sync::Arc;

use super::Lab;
use super::lane_details::{DetailFacts, TaskPlace};
use super::lanes::{FEW_LANES, Lanes, LanesKey};
use super::range::{Range, Zoom};
use super::row_order::rows;
use super::run::Run;
use super::timeline_view::{Found, Reveal, Selection, TimelineCommand};
use super::view::Tab;
use crate::chart::timeline::axis_end;
use crate::model::{Contender, Family};
use crate::trial::{SHORTEST_COUNTED_NANOS, Trial};
use crate::units::plural;

/// Largest share of the visible range that a task which is shown may take.
const MOST_OF_RANGE: f64 = 0.5;
/// Least share of it.
const LEAST_OF_RANGE: f64 = 0.004;

impl Lab {
    /// Returns the visible range and the end of the slowest model.
    #[must_use]
    pub fn timeline_range(&self) -> (Range, f64) {
        let walls: Vec<f64> = self.run.iter().flat_map(|run| self.shown_walls(run)).collect();
        let end = walls.iter().copied().fold(0.0, f64::max).max(1.0);
        let stuck = || self.run.iter().flat_map(|run| run.results().stuck_trials(self.view.timeline_round));
        let fit = Range { from: 0.0, to: axis_end(walls.iter().copied(), stuck()) };
        let end = stuck().map(|stuck| stuck.timeout_nanos).fold(end, f64::max);
        (self.view.range.unwrap_or(fit), end * 1.02)
    }

    fn shown_walls<'a>(&'a self, run: &'a Run) -> impl Iterator<Item = f64> + 'a {
        run.results().experiment.models.iter().filter_map(|contender| {
            let trial = run.shown_trial(contender, self.view.timeline_round)?;
            Some(trial.completed()?.wall_nanos as f64)
        })
    }

    pub(super) fn zoom(&mut self, zoom: Zoom) {
        let (range, end) = self.timeline_range();
        self.view.range = match zoom {
            Zoom::Fit => None,
            Zoom::All | Zoom::Pan(_) | Zoom::By { .. } => Some(range.moved(zoom, range, end)),
        };
    }

    pub(super) fn copy_order(&mut self) {
        let Some(run) = &self.run else { return };
        let models = &run.results().experiment.models;
        let round = self.view.timeline_round;
        let chosen = self.view.order_of.as_ref().filter(|one| models.contains(one));
        let Some(contender) = chosen.or_else(|| models.iter().find(|one| run.lanes_key(one, round).is_some())) else {
            return;
        };
        let Some(lanes) = run.lanes_of(contender, round) else { return };
        let workload = &run.results().experiment.workload;
        let lines: Vec<String> = lanes.order.iter().flatten().map(|event| lanes.order_line(*event, workload)).collect();
        self.clipboard = Some(lines.join("\n"));
        self.remark = Some(format!("Copied {}", plural(lines.len() as u64, "line")));
    }

    /// Starts packing the lanes that the timeline shows, on another thread, and drops those of other trials. Below the
    /// comparison they are shown only after the run.
    pub(super) fn pack_lanes(&mut self) {
        let wanted = match self.shown_tab() {
            Tab::Timeline => true,
            Tab::Compare => !self.is_running(),
            Tab::Cpu | Tab::TimeBudget | Tab::Distribution | Tab::Scaling | Tab::Learn => false,
        };
        if !wanted {
            return;
        }
        let Some(run) = &mut self.run else { return };
        let (mut missing, mut shown) = (Vec::new(), HashSet::new());
        for contender in &run.results().experiment.models {
            let Some(key) = run.lanes_key(contender, self.view.timeline_round) else { continue };
            let trial = run.shown_trial(contender, self.view.timeline_round);
            let Some(measured) = trial.and_then(Trial::completed) else { continue };
            if !run.lanes.contains_key(&key) {
                missing.push((key.clone(), measured.spans.clone(), measured.wall_nanos));
            }
            shown.insert(key);
        }
        // A million tasks take 50 MB: those of trials that are no longer shown are read again when they are.
        run.lanes.retain(|key, _| shown.contains(key));
        run.details.retain(|key, _| shown.contains(key));
        for (key, spans, wall_nanos) in missing {
            run.lanes.insert(key.clone(), None);
            if let Err(error) = self.jobs.pack(key.clone(), spans, wall_nanos) {
                run.lanes.insert(key, Some(Err(error.into())));
            }
        }
        self.detail_lanes();
    }

    /// Starts computing what the timeline shows beside the lanes that are packed. It takes longer than the lanes and
    /// would disturb the trials of an active run.
    fn detail_lanes(&mut self) {
        let Some(run) = self.run.as_mut().filter(|run| !run.is_running()) else { return };
        let shown: &Run = run;
        let ready = shown.lanes.iter().filter(|(key, _)| !shown.details.contains_key(*key));
        let ready = ready.filter_map(|(key, lanes)| Some((key, lanes.as_ref()?.as_ref().ok()?)));
        let ready: Vec<(LanesKey, Arc<Lanes>, DetailFacts)> = ready
            .filter_map(|(key, lanes)| Some((key.clone(), Arc::clone(lanes), detail_facts(shown, key)?)))
            .collect();
        let mut failed = None;
        for (key, lanes, facts) in ready {
            run.details.insert(key.clone(), None);
            failed = self.jobs.detail(key, lanes, facts).err().or(failed);
        }
        self.check(failed.map_or(Ok(()), Err));
    }

    pub(super) fn apply_to_timeline(&mut self, command: TimelineCommand) {
        match command {
            TimelineCommand::ColourBy(colour) => self.view.timeline.colour = colour,
            TimelineCommand::SearchText(words) => {
                self.view.timeline.search = words;
                self.view.timeline.found = Found::Nothing;
            }
            TimelineCommand::Search => self.search_task(),
            TimelineCommand::Select(selection) => {
                // The words on it take room, and may cover its lane.
                if let Selection::Task { contender, lane, .. } = &selection {
                    self.reveal(contender.clone(), *lane);
                }
                self.select(selection);
            }
            TimelineCommand::Step { contender, along, down } => self.step(&contender, along, down),
            TimelineCommand::ZoomToSelection => self.zoom_to_selection(),
            TimelineCommand::Clear => self.view.timeline.selection = None,
        }
    }

    fn select(&mut self, selection: Selection) {
        if matches!(selection, Selection::Task { .. }) {
            self.view.order_of = Some(selection.contender().clone());
        }
        if let (Selection::Moment { contender, range }, Some(run)) = (&selection, &self.run)
            && let Some(lanes) = run.lanes_of(contender, self.view.timeline_round)
        {
            let started = self.jobs.count_moment(Arc::clone(lanes), contender.clone(), *range);
            self.check(started);
        }
        let pattern = matches!(selection, Selection::Pattern { .. });
        self.view.timeline.selection = Some(selection);
        if pattern {
            self.zoom_to_selection();
        }
    }

    fn search_task(&mut self) {
        let Some(run) = &self.run else { return };
        let view = &self.view.timeline;
        let (after, selected) = match (&view.selection, &view.found) {
            (Some(Selection::Task { task, contender, .. }), Found::Task { task: found, .. }) if task == found => {
                (Some(*task), Some(contender))
            }
            (Some(selection), _) => (None, Some(selection.contender())),
            (None, _) => (None, None),
        };
        let mut models: Vec<(Contender, Arc<Lanes>)> = rows(self, run)
            .into_iter()
            .filter_map(|contender| {
                let lanes = Arc::clone(run.lanes_of(&contender, self.view.timeline_round)?);
                Some((contender, lanes))
            })
            .collect();
        // The model on whose lanes the user is goes first.
        models.sort_by_key(|(contender, _)| Some(contender) != selected);
        let request = view.requests + 1;
        let experiment = Arc::clone(&run.results().experiment);
        let started = self.jobs.search_task(request, (view.search.clone(), after), experiment, models);
        self.view.timeline.requests = request;
        self.view.timeline.found = Found::Searching;
        self.check(started);
    }

    /// Shows what a search has found, unless another one has been started since.
    pub(super) fn task_found(&mut self, request: u64, found: Found, place: Option<TaskPlace>) {
        if request != self.view.timeline.requests {
            return;
        }
        self.view.timeline.found = found;
        if let Some(TaskPlace { contender, task, lane }) = place {
            self.show_task(contender, task, lane);
        }
    }

    /// Selects a task, and brings it into sight.
    fn show_task(&mut self, contender: Contender, task: u32, lane: usize) {
        let Some(lanes) = self.run.as_ref().and_then(|run| run.lanes_of(&contender, self.view.timeline_round)) else {
            return;
        };
        let Some(span) = lanes.spans.tasks.get(task as usize).copied() else { return };
        let (range, end) = self.timeline_range();
        let (from, to) = (span.started as f64, span.finished.max(span.started) as f64);
        let (length, width) = ((to - from).max(1.0), range.to - range.from);
        let too_narrow = length < width * LEAST_OF_RANGE;
        let too_wide = length > width * MOST_OF_RANGE;
        if too_narrow || too_wide || from < range.from || to > range.to {
            let width = if too_narrow || too_wide { length * 8.0 } else { width };
            let whole = Range { from: (from + to - width) / 2.0, to: (from + to + width) / 2.0 };
            // Moving by nothing clamps the range.
            self.view.range = Some(whole.moved(Zoom::By { factor: 1.0, around: 0.5 }, range, end));
        }
        if lane >= FEW_LANES {
            self.view.open_lanes.insert(contender.clone());
        }
        self.reveal(contender.clone(), lane);
        self.select(Selection::Task { contender, task, lane });
    }

    /// Has a lane scrolled into sight. A search that is under way is over.
    fn reveal(&mut self, contender: Contender, lane: usize) {
        let view = &mut self.view.timeline;
        view.requests += 1;
        view.reveal = Some(Reveal { request: view.requests, contender, lane });
        if view.found == Found::Searching {
            view.found = Found::Nothing;
        }
    }

    fn step(&mut self, contender: &Contender, along: i32, down: i32) {
        let (range, _) = self.timeline_range();
        let Some(lanes) = self.run.as_ref().and_then(|run| run.lanes_of(contender, self.view.timeline_round)) else {
            return;
        };
        let source = lanes.source();
        let selected = match &self.view.timeline.selection {
            Some(Selection::Task { contender: on, task, lane }) if on == contender => Some((*task, *lane)),
            _ => None,
        };
        let next = match selected {
            None => source.task_from(0, range.from.max(0.0) as u64).map(|task| (task, 0)),
            Some((task, lane)) if down == 0 => source.position(lane, task).and_then(|at| {
                let own = lanes.lanes.range(lane);
                let next = at.saturating_add_signed(along as isize).clamp(own.start, own.end.saturating_sub(1));
                lanes.lanes.all().get(next).map(|task| (*task, lane))
            }),
            Some((task, lane)) => {
                let other = lane.saturating_add_signed(down as isize).min(lanes.lanes.len().saturating_sub(1));
                let started = lanes.spans.tasks.get(task as usize).map_or(0, |span| span.started);
                source.task_from(other, started).map(|task| (task, other))
            }
        };
        if let Some((task, lane)) = next {
            self.show_task(contender.clone(), task, lane);
        }
    }

    fn zoom_to_selection(&mut self) {
        let Some((run, selection)) = self.run.as_ref().zip(self.view.timeline.selection.as_ref()) else { return };
        let round = self.view.timeline_round;
        let wanted = match selection {
            Selection::Task { contender, task, .. } => {
                run.lanes_of(contender, round).and_then(|lanes| lanes.spans.tasks.get(*task as usize)).map(|span| {
                    let margin = (span.finished.saturating_sub(span.started) as f64 * 0.5).max(50.0);
                    Range { from: span.started as f64 - margin, to: span.finished as f64 + margin }
                })
            }
            Selection::Moment { range, .. } => Some(*range),
            Selection::Pattern { contender, index } => {
                let pattern = run.details_of(contender, round).and_then(|details| details.patterns.get(*index));
                pattern.map(|pattern| {
                    let margin = (pattern.range().end - pattern.range().start) as f64 * 0.1;
                    Range { from: pattern.range().start as f64 - margin, to: pattern.range().end as f64 + margin }
                })
            }
        };
        let (range, end) = self.timeline_range();
        self.view.range =
            wanted.map(|wanted| wanted.moved(Zoom::By { factor: 1.0, around: 0.5 }, range, end)).or(self.view.range);
    }
}

/// Returns the facts of a trial beside its spans.
fn detail_facts(run: &Run, key: &LanesKey) -> Option<DetailFacts> {
    let results = run.results();
    let of_key = |trial: &&Trial| trial.contender == key.contender && trial.position == key.position;
    let trial = results.trials.iter().find(of_key)?;
    let measured = trial.completed()?;
    // A repeated warm-up is sampled over all its passes, and short trials are too short for the counters.
    let counted = measured.passes <= 1 && measured.wall_nanos >= SHORTEST_COUNTED_NANOS;
    Some(DetailFacts {
        cpu: if counted { trial.cpu.clone() } else { Vec::new() },
        workers: measured.workers,
        cpus: results.machine.as_ref().map(|_| results.cpus_of(&key.contender)),
        cpu_nanos: (measured.passes <= 1).then(|| measured.usage.cpu_nanos()).flatten(),
        is_loop: key.contender.model.info().family == Family::EventLoops,
    })
}
