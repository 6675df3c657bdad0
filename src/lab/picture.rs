//! Copies of the views: pictures, copied or saved, and the table of results.

use super::Lab;
use super::dialog::{ExportSubject, PictureSubject};
use super::draft_chart;
use super::jobs::PictureContent;
use super::row_order;
use super::view::{Axis, BudgetUnit, Tab, TaskPlot, TrialScale};
use crate::chart::{ChartKind, Part, Pixels, TaskPart};
use crate::model::Contender;
use crate::report::table::ResultTable;
use crate::report::{Kind, Picture, Shown, ThemedChart};
use crate::units::plural;

impl Lab {
    /// Returns the chart of the view shown, with the part of the run that it shows.
    fn shown_picture(&self) -> Option<Shown> {
        let run = self.run.as_ref()?;
        let order: Vec<String> = row_order::all(self, run).iter().map(Contender::title).collect();
        let titles = |hidden: &mut dyn Iterator<Item = &Contender>| hidden.map(Contender::title).collect();
        let point = run.all.is_sweep().then_some(run.point);
        let (chart, part) = match self.shown_tab() {
            Tab::Compare => {
                let logarithmic = match self.view.axis {
                    Axis::Auto => None,
                    Axis::Linear => Some(false),
                    Axis::Logarithmic => Some(true),
                };
                (ChartKind::Comparison, Part { point, order, logarithmic, ..Part::default() })
            }
            Tab::Cpu => (ChartKind::Cpu, Part { point, order, ..Part::default() }),
            Tab::Timeline => {
                let (range, _) = self.timeline_range();
                let (round, nanos) = (self.view.timeline_round, Some((range.from, range.to)));
                (
                    ChartKind::Timeline,
                    Part {
                        point,
                        order,
                        round,
                        nanos,
                        colour: self.view.timeline.colour_of(&run.results().experiment.workload),
                        ..Part::default()
                    },
                )
            }
            Tab::TimeBudget => {
                let seconds = self.view.budget_unit == BudgetUnit::Seconds;
                (ChartKind::TimeBudget, Part { point, order, seconds, ..Part::default() })
            }
            Tab::Distribution => {
                let hidden = titles(&mut self.view.distribution.hidden.iter());
                let choices = &self.view.distribution;
                let wall_times = choices.trials == TrialScale::WallTime;
                let histogram = choices.plot == TaskPlot::Histogram;
                let tasks = Some(TaskPart { time: choices.time, histogram });
                (ChartKind::Distribution, Part { point, hidden, order, wall_times, tasks, ..Part::default() })
            }
            Tab::Scaling => {
                let hidden = titles(&mut self.view.hidden_curves.iter());
                (ChartKind::Scaling, Part { metric: self.view.curve, hidden, ..Part::default() })
            }
            // It is text.
            Tab::Learn => return None,
        };
        Some(Shown { chart, part, dark: self.dark })
    }

    /// Returns the chart of the page before a run, with what that shows; `None` until the draft was drawn.
    fn draft_picture(&self) -> Option<ThemedChart> {
        let picture = self.picture.as_ref().filter(|_| self.shows_picture_of_draft())?;
        let (title, order) = (&self.draft.name(), &self.guess.order);
        let chart = draft_chart::chart(picture, draft_chart::Shown { title, order, reveals: self.shows_ideals() });
        Some(ThemedChart { chart, dark: self.dark })
    }

    /// Returns true if the view shown can be drawn as a picture. Learn is text.
    pub(super) fn has_picture(&self) -> bool {
        let is_drawn = match &self.run {
            Some(run) => run.analysis().is_some(),
            None => self.shows_picture_of_draft(),
        };
        is_drawn && self.shown_tab() != Tab::Learn
    }

    fn picture_subject(&self) -> Option<PictureSubject> {
        match self.run {
            Some(_) => self.shown_picture().map(PictureSubject::Run),
            None => self.draft_picture().map(PictureSubject::Draft),
        }
    }

    pub(super) fn picture_content(&self, subject: PictureSubject) -> Option<PictureContent> {
        match subject {
            PictureSubject::Run(shown) => Some(PictureContent::Run(shown, self.analysed_run()?)),
            PictureSubject::Draft(chart) => Some(PictureContent::Draft(chart)),
        }
    }

    pub(super) fn copy_picture(&mut self) {
        let content = self.picture_subject().and_then(|subject| self.picture_content(subject));
        let Some(content) = content else { return };
        let started = self.jobs.picture(content);
        self.copying_picture = started.is_ok();
        self.check(started);
    }

    /// Copies the table of the point shown, in the order of its rows.
    pub(super) fn copy_table(&mut self) {
        let Some((run, analysis)) = self.run.as_ref().and_then(|run| Some((run, run.analysis()?))) else { return };
        let mut table = ResultTable::of(run.results(), analysis);
        let order = row_order::all(self, run);
        table.rows.sort_by_key(|row| order.iter().position(|one| *one == row.summary.contender));
        self.remark = Some(format!("Copied the figures of {}", plural(table.rows.len() as u64, "model")));
        self.clipboard = Some(table.tab_separated());
    }

    pub(super) fn save_picture(&mut self) {
        let Some(subject) = self.picture_subject() else { return };
        let id = self.exported_id();
        let name = match &subject {
            PictureSubject::Run(shown) => Kind::Chart(shown.chart, Picture::Png).file_name(id),
            PictureSubject::Draft(_) => format!("{}.png", draft_chart::file_stem(id)),
        };
        self.open_export(ExportSubject::Picture(Box::new(subject)), &name);
    }

    /// Gives a rendered picture to the window.
    pub(super) fn pictured(&mut self, rendered: std::io::Result<Pixels>) {
        self.copying_picture = false;
        match rendered {
            Ok(pixels) => {
                self.clipboard_picture = Some(pixels);
                self.remark = Some("Copied a picture of this view".to_owned());
            }
            Err(error) => self.problem(format!("The picture can't be copied: {error}")),
        }
    }
}
