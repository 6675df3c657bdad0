//! The part of the timeline that is shown, and the list of starts and ends as text. Draws nothing.

use super::Lab;
use super::run::Run;
use super::view::{Range, Zoom};
use crate::chart::timeline::fit;

impl Lab {
    /// Returns the visible range and the end of the slowest model.
    #[must_use]
    pub fn timeline_range(&self) -> (Range, f64) {
        let walls: Vec<f64> = self.run.iter().flat_map(|run| self.shown_walls(run)).collect();
        let end = walls.iter().copied().fold(0.0, f64::max).max(1.0);
        let fit = Range { from: 0.0, to: fit(walls.iter().copied()) };
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
        self.inform(format!("Copied {} lines", lines.len()));
    }
}
