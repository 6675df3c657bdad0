//! The state behind the window: draft experiment, presets, the run and its results, dialogs and views. Commands and
//! the events of sessions and jobs change it. Nothing here draws, blocks or knows a widget library.

mod budgets;
mod changes;
pub mod chips;
pub mod code_jobs;
pub mod command;
pub mod command_palette;
pub mod command_table;
mod compare_runs;
pub mod core_usage;
mod countdown;
pub mod descriptions;
pub mod dialog;
pub mod draft;
pub mod draft_chart;
pub mod draft_picture;
pub mod draft_words;
pub mod dropped;
mod follow_draft;
mod forecast;
pub mod guess;
pub mod guess_answer;
pub mod help;
pub mod highlight;
pub mod history;
mod history_jobs;
mod history_update;
pub mod jobs;
pub mod lane_details;
pub mod lanes;
mod learn;
mod learn_state;
pub mod lesson;
pub mod live_usage;
pub mod model_card;
pub mod notices;
mod own_code;
pub mod pace;
mod picture;
pub mod presentation;
pub mod preset_changes;
mod preset_list;
mod preset_update;
pub mod range;
pub mod recent;
mod records;
mod reports;
pub mod rounds;
pub mod row_order;
pub mod run;
mod run_lanes;
mod run_number;
pub mod run_picker;
pub mod run_row;
pub mod scale;
pub mod selfcheck;
mod selfcheck_update;
pub mod services;
mod shelf;
pub mod step_format;
pub mod table_columns;
mod timeline;
mod timeline_jobs;
pub mod timeline_view;
pub mod timeline_words;
pub mod typed;
pub mod undo;
mod update;
pub mod view;
pub mod view_data;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use crate::analysis::Caveat;
use crate::chart::Pixels;
use crate::experiment::Experiment;
use crate::model::Contender;
use crate::preset;
use crate::python::Interpreters;
use crate::session;
use crate::units;
pub use command::{Action, Command, Edit, ModelSet};
pub use dialog::Dialog;
pub use draft::Draft;
pub use draft_picture::DraftPicture;
use guess::{DraftGuess, Question};
use history::History;
use jobs::{Jobs, NoThread};
use notices::Notices;
pub use preset_list::Presets;
use recent::RecentFiles;
pub use run::Run;
use scale::Scale;
use selfcheck::LabSelfcheck;
pub use services::Services;
use undo::Undo;
pub use view::{Tab, View};

/// All state of the window.
pub struct Lab {
    /// Presets to choose from.
    pub presets: Presets,
    /// The experiment being edited.
    pub draft: Draft,
    /// Interpreters of this machine; `None` while the search is running.
    pub interpreters: Option<Arc<Interpreters>>,
    /// The user's guess for the next run.
    pub guess: DraftGuess,
    /// The picture of the draft; `None` until it was drawn.
    pub picture: Option<DraftPicture>,
    /// The run shown.
    pub run: Option<Run>,
    /// The run under way while another page is shown.
    pub background: Option<Run>,
    /// The stored runs.
    pub history: History,
    /// The files that were opened last.
    pub recent: RecentFiles,
    /// State of the views.
    pub view: View,
    /// The open dialog.
    pub dialog: Option<Dialog>,
    /// Messages to the user.
    pub notices: Notices,
    /// Last success to mention in the status line, until the next command.
    pub remark: Option<String>,
    /// Text for the clipboard; the window takes it.
    pub clipboard: Option<String>,
    /// Picture for the clipboard; the window takes it.
    pub clipboard_picture: Option<Pixels>,
    /// True where the window is dark; the window sets it.
    pub dark: bool,
    /// True while a picture for the clipboard is being rendered.
    copying_picture: bool,
    /// True while a job draws the picture of the draft.
    drawing_picture: bool,
    /// Address of a web page to open; the window takes it.
    pub open_link: Option<String>,
    /// True once the user has agreed to close the window in the middle of a run.
    pub closing: bool,
    /// Number of the user's current gesture: a drag, or the work in one field. The window counts it.
    pub gesture: u64,
    /// Changes of the draft, to undo and redo.
    pub undo: Undo,
    /// Finished runs of other presets.
    shelf: VecDeque<Run>,
    /// Presets of the user's that can be brought back.
    deleted_presets: Vec<preset::DeletedPreset>,
    /// Comparisons of runs opened so far.
    comparisons: u64,
    services: Services,
    jobs: Jobs,
    /// True if the run that is being started waits until other programs are quiet.
    when_quiet: bool,
    /// State of the tab Learn.
    learn: learn_state::Learn,
    /// The self-check.
    pub selfcheck: LabSelfcheck,
}

impl Lab {
    /// Creates the lab with an experiment, or with the first preset.
    #[must_use]
    pub fn new(services: Services, experiment: Option<Experiment>) -> Self {
        let mut presets = Presets::default();
        let none = Arc::new(Interpreters { searching: true, ..Interpreters::default() });
        presets.set(preset::built_in(), &[], services.cpus, &none);
        let first = experiment.or_else(|| presets.all.first().map(|(experiment, _)| experiment.clone()));
        let draft = Draft::of(first.unwrap_or_else(blank_experiment), services.cpus, none);
        let pace = Arc::clone(&services.pace);
        let jobs = Jobs::new(Arc::clone(&services.wake), Arc::new(move || pace.work_done()));
        let mut lab = Self {
            presets,
            draft,
            interpreters: None,
            guess: DraftGuess::default(),
            picture: None,
            drawing_picture: false,
            run: None,
            background: None,
            history: History::default(),
            recent: RecentFiles::default(),
            view: View::default(),
            dialog: None,
            notices: Notices::default(),
            remark: None,
            clipboard: None,
            clipboard_picture: None,
            dark: true,
            copying_picture: false,
            open_link: None,
            closing: false,
            gesture: 0,
            undo: Undo::default(),
            shelf: VecDeque::new(),
            deleted_presets: Vec::new(),
            comparisons: 0,
            services,
            jobs,
            when_quiet: false,
            learn: learn_state::Learn::default(),
            selfcheck: LabSelfcheck::default(),
        };
        lab.follow_draft();
        lab.history.wants_last = true;
        lab
    }

    /// Starts reading the user's presets, searching for interpreters and examining the machine. Once, after the first
    /// frame: on a machine with few cores they would delay it.
    pub fn begin(&mut self) {
        if let Some(folder) = self.services.preset_folder.clone() {
            let started = self.jobs.load_presets(folder);
            self.check(started);
        }
        self.look_for_interpreters();
        self.examine();
    }

    /// Returns the confirmed interpreters near the current folder, to be stored.
    #[must_use]
    pub fn confirmed_interpreters(&self) -> &[PathBuf] {
        &self.services.confirmed_interpreters
    }

    fn look_for_interpreters(&mut self) {
        let find = Arc::clone(&self.services.find_interpreters);
        let looking = self.jobs.find_interpreters(find, self.services.confirmed_interpreters.clone());
        self.check(looking);
    }

    fn examine(&mut self) {
        let history = self.services.history.as_ref().map(|history| history.folder().to_owned());
        let started = self.jobs.examine(Arc::clone(&self.services.examine), history);
        self.check(started);
    }

    /// Returns true during a run, on the page or behind it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.active().is_some()
    }

    /// Applies everything that sessions and jobs have sent. Returns true if anything changed.
    pub fn drain(&mut self) -> bool {
        let mut changed = false;
        for run in self.run.iter_mut().chain(&mut self.background) {
            if run.drain() {
                changed = true;
                if let Some(machine) = &run.results().machine {
                    self.draft.set_cpus(machine.cpus);
                }
            }
        }
        while let Some(report) = self.jobs.next_report() {
            self.apply_report(report);
            changed = true;
        }
        let checked = self.selfcheck.drain();
        if changed {
            self.follow_record();
            self.settle_background();
            self.restore_run();
            self.follow_history();
            self.pack_lanes();
            self.follow_draft();
        }
        if changed || checked {
            self.prepare_learning();
        }
        changed || checked
    }

    /// Returns true if an action is available now.
    #[must_use]
    pub fn can(&self, action: Action) -> bool {
        // What tells of all models waits for the end of a presentation.
        let tells = [
            Action::Caveats,
            Action::CompareWith,
            Action::CopyPicture,
            Action::CopyTable,
            Action::Explanation,
            Action::Export,
            Action::SavePicture,
        ];
        if tells.contains(&action) && self.keeps_secret() {
            return false;
        }
        match action {
            Action::RunNow => self.active().is_some_and(|run| !run.cancelling && run.waits_for_quiet()),
            Action::RunWhenQuiet => session::knows_other_programs() && self.can(Action::Run),
            Action::Run => !self.is_measuring() && !self.waits_for_python() && self.draft.chosen().next().is_some(),
            Action::Cancel => self.active().is_some_and(|run| !run.cancelling),
            Action::MoreRounds => {
                let can_continue = |run: &Run| run.finished_rounds() > 0 && !run.is_stored();
                !self.is_measuring() && self.shows_draft() && self.run.as_ref().is_some_and(can_continue)
            }
            Action::Export => self.has_results(),
            Action::CopyPicture => self.has_picture() && !self.copying_picture,
            Action::SavePicture => self.has_picture(),
            Action::CopyTable => {
                self.run.as_ref().is_some_and(|run| run.analysis().is_some()) && self.shown_tab() == Tab::Compare
            }
            Action::CopyCode => self.card_shown().is_some(),
            Action::LoadTinyTasks => !self.is_running(),
            Action::StartSelfcheck => !self.is_measuring(),
            Action::CancelSelfcheck => self.is_selfchecking() && !self.selfcheck.cancelling,
            Action::CompareWith => self.has_results() && self.services.history.is_some(),
            Action::Revert => self.draft.edited(),
            Action::Caveats => self.run.as_ref().is_some_and(|run| caveats(run).next().is_some()),
            Action::CloseDialog => self.dialog.is_some(),
            Action::Present => self.has_results() && self.presented().is_none(),
            Action::PresentNext => self.keeps_secret(),
            Action::PresentPrevious => self.presented().is_some_and(|presented| presented.shown > 1),
            Action::EndPresentation => self.presented().is_some(),
            Action::BeforeRun => self.run.as_ref().is_some_and(|run| !run.is_running()) && self.presented().is_none(),
            Action::ShowIdeals => self.run.is_none() && !self.shows_ideals() && self.has_ideals(),
            Action::CloseSheet => self.view.sheet.is_some(),
            Action::Undo => self.undo.undoes().is_some(),
            Action::Redo => self.undo.redoes().is_some(),
            Action::Larger => self.presented().is_none() && self.view.scale.larger().is_some(),
            Action::Smaller => self.presented().is_none() && self.view.scale.smaller().is_some(),
            Action::ActualSize => self.presented().is_none() && self.view.scale != Scale::default(),
            Action::Explanation => !self.explained().explanation.is_empty(),
            Action::CopyOrder
            | Action::Open
            | Action::ImportTaskList
            | Action::SavePreset
            | Action::OwnFunction
            | Action::OwnCommand
            | Action::Interpreters
            | Action::Help
            | Action::Selfcheck
            | Action::Palette
            | Action::NextPane => true,
            Action::Tab(Tab::Scaling) => {
                !self.hides(Tab::Scaling) && self.run.as_ref().is_some_and(|run| run.all.is_sweep())
            }
            Action::Tab(tab) => !self.hides(tab),
        }
    }

    /// Returns true if the page before a run shows the ideals, where there are some.
    #[must_use]
    pub fn shows_ideals(&self) -> bool {
        let hides = |question: Question| question.is_answered_by_ideals() && !self.guess.reveals();
        !Question::of(self.draft.to_run()).is_some_and(hides)
    }

    /// Returns true unless no ideal can be calculated for the draft.
    fn has_ideals(&self) -> bool {
        self.picture.as_ref().is_none_or(|picture| picture.no_ideal().is_none())
    }

    /// Returns true if the run shown has ended with results.
    fn has_results(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.analysis().is_some() && !run.is_running())
    }

    /// Returns true if a Python model is wanted, or would be with an interpreter, and the search for interpreters is
    /// not over.
    #[must_use]
    pub fn waits_for_python(&self) -> bool {
        self.awaits_models(self.draft.experiment())
    }

    /// Returns true while an experiment's models are not all known, because interpreters are still searched for. Its
    /// time is unknown, too.
    #[must_use]
    pub fn awaits_models(&self, experiment: &Experiment) -> bool {
        self.interpreters.is_none() && (experiment.uses_python() || experiment.models_by_default)
    }

    /// Returns the tags of the interpreters whose columns are kept for the next start: those wanted, without those that
    /// an undo has taken away.
    #[must_use]
    pub fn kept_python_columns(&self) -> Vec<&str> {
        let found =
            |tag: &str| self.interpreters.as_deref().is_some_and(|found| found.usable.iter().any(|one| one.tag == tag));
        let wanted = self.view.python_columns.iter().map(String::as_str);
        wanted.filter(|tag| !found(tag) || self.draft.shows_python(tag)).collect()
    }

    /// Returns true if the results shown are those of the draft and nothing is running.
    #[must_use]
    pub fn shows_draft(&self) -> bool {
        self.run.as_ref().is_some_and(|run| !run.is_running() && self.measures_draft(run))
    }

    /// Returns true if a run measures what the draft describes, whatever their titles.
    #[must_use]
    pub fn measures_draft(&self, run: &Run) -> bool {
        let (ran, draft) = (&run.all.experiment, self.draft.to_run());
        Arc::ptr_eq(ran, draft) || ran.measures_same(draft)
    }

    /// Returns the experiment of the explanation: that of the results shown, else the draft.
    #[must_use]
    pub fn explained(&self) -> &Experiment {
        self.run.as_ref().map_or(self.draft.experiment(), |run| &run.all.experiment)
    }

    /// Returns the view to draw: the chosen one, but Compare where that is for sweeps and the run is none. Before a run
    /// there are only Compare and Learn.
    #[must_use]
    pub fn shown_tab(&self) -> Tab {
        let is_sweep = self.run.as_ref().is_some_and(|run| run.all.is_sweep());
        match self.view.tab {
            Tab::Scaling if !is_sweep => Tab::Compare,
            tab if self.hides(tab) || (self.run.is_none() && tab != Tab::Learn) => Tab::Compare,
            tab => tab,
        }
    }

    /// Returns the title of the explanation: "About the preset Quick tour (edited)". A run may have another name by now.
    #[must_use]
    pub fn explained_title(&self) -> String {
        let title = &self.explained().title;
        let edited = self.run.as_ref().map_or(self.draft.edited(), |run| run.name == draft::edited_name(title));
        format!("About the preset {}", if edited { draft::edited_name(title) } else { title.clone() })
    }

    fn check(&mut self, started: Result<(), NoThread>) {
        if let Err(error) = started {
            self.problem(error.to_string());
        }
    }

    fn inform(&mut self, text: String) {
        self.notices.add(&text, false, None);
    }

    /// Shows a problem that the window has met.
    pub fn report_problem(&mut self, problem: &dyn std::error::Error) {
        self.problem(units::capitalised(&problem.to_string()));
    }

    fn problem(&mut self, text: String) {
        self.notices.add(&text, true, None);
    }
}

/// Returns all caveats of a run: first those of the run, then those of each model.
pub fn caveats(run: &Run) -> impl Iterator<Item = (Option<&Contender>, &Caveat)> {
    let of_run = run.analysis().into_iter().flat_map(|analysis| &analysis.caveats).map(|caveat| (None, caveat));
    let summaries = run.analysis().into_iter().flat_map(|analysis| &analysis.summaries);
    of_run.chain(summaries.flat_map(|one| one.caveats.iter().map(move |caveat| (Some(&one.contender), caveat))))
}

/// Returns the experiment to start with if there is no preset.
fn blank_experiment() -> Experiment {
    use crate::workload::{Step, Workload};
    Experiment {
        id: "new-experiment".to_owned(),
        title: "New experiment".to_owned(),
        summary: "20 tasks that wait 50 ms each".to_owned(),
        workload: Workload::of(20, vec![Step::wait(50.0)]),
        models_by_default: false,
        ..Experiment::default()
    }
}
