//! The effect of each command on the lab. Reports of jobs are in `reports`.

use std::path::PathBuf;
use std::sync::Arc;

use super::Lab;
use super::command::{Action, Command};
use super::dialog::{
    Dialog, ExportDialog, ExportSubject, LinkDialog, OwnCodeDialog, PaletteDialog, PathField, PresetDialog, id_from,
};
use super::guess::{Guess, GuessEdit};
use super::jobs::{AnalysedRun, ExportContent};
use super::run::Run;
use super::scale::Scale;
use super::view::{Sheet, Tab, bounded_share};
use crate::analysis::estimate;
use crate::clock;
use crate::code::{self, OwnCode};
use crate::experiment::Experiment;
use crate::export;
use crate::printable;
use crate::record::NewRun;
use crate::report::Kind;
use crate::results::RunResults;
use crate::session::QuietWait;

impl Lab {
    /// Applies a command. Commands that are not available now do nothing.
    pub fn apply(&mut self, command: Command) {
        self.remark = None;
        self.undo.message = None;
        match command {
            Command::Do(action) if self.can(action) => self.act(action),
            Command::Do(_) => {}
            Command::SelectPreset(index) => {
                if let Some((experiment, _)) = self.presets.all.get(index) {
                    self.load_experiment(experiment.clone());
                }
            }
            Command::Edit(edit) => self.edit(edit),
            Command::Guess(edit) => self.guess.edit(edit),
            Command::SearchPresets(words) => self.presets.set_search(words),
            Command::Theme(theme) => self.view.theme = theme,
            Command::Sort(sort) => self.view.sort = sort,
            Command::Column(metric) => self.view.columns.toggle(metric),
            Command::Axis(axis) => self.view.axis = axis,
            Command::ToggleCurve(contender) => toggle(&mut self.view.hidden_curves, contender),
            Command::Curve(metric) => self.view.curve = Some(metric),
            Command::TaskTime(time) => self.view.distribution.time = time,
            Command::TaskPlot(plot) => self.view.distribution.plot = plot,
            Command::TrialScale(scale) => self.view.distribution.trials = scale,
            Command::BudgetUnit(unit) => self.view.budget_unit = unit,
            Command::ToggleDistribution(contender) => toggle(&mut self.view.distribution.hidden, contender),
            Command::Point(point) => {
                if let Some(run) = &mut self.run {
                    run.show_point(point);
                }
            }
            Command::ToggleRow(contender) => toggle(&mut self.view.open_rows, contender),
            Command::ToggleLanes(contender) => toggle(&mut self.view.open_lanes, contender),
            Command::OrderOf(contender) => self.view.order_of = Some(contender),
            Command::TimelineRound(round) => self.view.timeline_round = round,
            Command::Zoom(zoom) => self.zoom(zoom),
            Command::Timeline(command) => self.apply_to_timeline(command),
            Command::OpenFile(path) => self.open_file(path),
            Command::Notices(command) => self.notices.apply(command),
            Command::FirstPython(tag) => {
                let mut interpreters = self.interpreters.as_deref().cloned().unwrap_or_default();
                interpreters.put_first(&tag);
                self.set_interpreters(interpreters);
            }
            Command::ConfirmPython(path) => self.confirm_interpreter(path),
            Command::PythonColumn(tag, shown) => {
                let wanted = &mut self.view.python_columns;
                let _ = if shown { wanted.insert(tag.clone()) } else { wanted.remove(&tag) };
                self.change_draft(format!("Column of Python {tag}"), |lab| lab.draft.show_python(&tag, shown));
            }
            Command::PanelInNarrow(unfolded) => self.view.panel_beside_in_narrow = unfolded,
            Command::Panel(unfolded) => self.view.panel_folded = !unfolded,
            Command::Dialect(dialect) => self.view.csv_dialect = dialect,
            Command::AskLink(address) => self.ask_link(address),
            Command::Runs(command) => self.apply_to_runs(command),
            Command::Presets(command) => self.apply_to_presets(command),
            Command::LeftTab(tab) => self.view.left_tab = tab,
            Command::ShowList(tab) => {
                self.view.left_tab = tab;
                (self.view.panel_folded, self.view.panel_beside_in_narrow) = (false, true);
            }
            Command::ListShare(share) => self.view.list_share = share.map(bounded_share),
            Command::AskToClose => self.dialog = Some(Dialog::Closing),
            Command::Answer { question, choice } => self.give_answer(question, choice),
            Command::ShowCard(contender) => self.show_card(contender),
            Command::Scale(scale) => self.view.scale = scale,
            Command::PaletteWords(words) => self.search_commands(words),
            Command::PaletteSelect(index) => self.select_command(index),
            Command::Drop(paths) => self.open_dropped(&paths),
            Command::DismissHint => self.view.hint = false,
            Command::CopyLink
            | Command::CompareWithRun(_)
            | Command::ChooseOtherRun
            | Command::DialogPath(_)
            | Command::DialogKind(_)
            | Command::DialogTitle(_)
            | Command::DialogSummary(_)
            | Command::BrowsePath
            | Command::ListFunctions
            | Command::ChooseFunction(_)
            | Command::DialogArguments(_)
            | Command::ConfirmDialog { .. } => self.apply_to_dialog(command),
        }
        self.follow_history();
        self.pack_lanes();
        self.follow_draft();
        self.prepare_learning();
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Run | Action::RunWhenQuiet => self.start(action == Action::RunWhenQuiet),
            Action::RunNow => {
                self.active().and_then(|run| run.quiet_wait.as_ref()).into_iter().for_each(QuietWait::end)
            }
            Action::Cancel => {
                if let Some(run) = self.active_mut() {
                    run.cancel();
                }
            }
            Action::MoreRounds => {
                self.end_presentation();
                if let Some(run) = &mut self.run {
                    run.more(&*self.services.sessions, self.services.observer());
                }
            }
            Action::Export => {
                let kind = Kind::Export(export::Kind::SummaryCsv);
                let name = kind.file_name(self.exported_id());
                self.open_export(ExportSubject::Results(kind), &name);
            }
            Action::CopyPicture => self.copy_picture(),
            Action::SavePicture => self.save_picture(),
            Action::CompareWith => self.open_comparison(),
            Action::Open | Action::ImportTaskList => {
                let task_list = action == Action::ImportTaskList;
                let field = PathField { task_list, ..PathField::at(&self.services.start_folder) };
                self.dialog = Some(Dialog::Open(field));
            }
            Action::SavePreset => {
                let (title, summary) = (self.draft.experiment().title.clone(), self.draft.summary());
                self.dialog = Some(Dialog::SavePreset(PresetDialog { title, summary, ..PresetDialog::default() }));
            }
            Action::OwnFunction => self.open_own_code(false),
            Action::OwnCommand => self.open_own_code(true),
            Action::Help => self.toggle_sheet(Sheet::Help),
            Action::Explanation => self.toggle_sheet(Sheet::Explanation),
            Action::Caveats => self.toggle_sheet(Sheet::Caveats),
            Action::Selfcheck => self.toggle_sheet(Sheet::Selfcheck),
            Action::StartSelfcheck => self.start_selfcheck(),
            Action::CancelSelfcheck => self.selfcheck.cancel(),
            Action::Present => self.begin_presentation(),
            Action::PresentNext => self.present(true),
            Action::PresentPrevious => self.present(false),
            Action::EndPresentation => self.end_presentation(),
            Action::CloseSheet => self.view.sheet = None,
            Action::Interpreters => self.dialog = Some(Dialog::Interpreters),
            Action::CloseDialog => self.dialog = None,
            Action::Revert => self.change_draft("Revert", |lab| lab.draft.revert()),
            Action::Undo => self.undo(),
            Action::Redo => self.redo(),
            Action::Palette => self.dialog = Some(Dialog::Palette(PaletteDialog::default())),
            Action::Larger => self.view.scale = self.view.scale.larger().unwrap_or(self.view.scale),
            Action::Smaller => self.view.scale = self.view.scale.smaller().unwrap_or(self.view.scale),
            Action::ActualSize => self.view.scale = Scale::default(),
            Action::NextPane => self.view.pane_requests += 1,
            Action::Tab(tab) => self.view.tab = tab,
            Action::CopyOrder => self.copy_order(),
            Action::CopyTable => self.copy_table(),
            Action::CopyCode => self.copy_code(),
            Action::LoadTinyTasks => self.load_tiny_tasks(),
            Action::BeforeRun => self.show_before_run(),
            Action::ShowIdeals => self.guess.edit(GuessEdit::Show),
        }
    }

    fn start(&mut self, when_quiet: bool) {
        self.when_quiet = when_quiet;
        let experiment = Arc::clone(self.draft.to_run());
        if let Err(error) = experiment.validate() {
            self.problem(format!("This experiment can't run: {error}"));
            return;
        }
        if !self.reads_code(&experiment) {
            self.start_run(Arc::default());
        }
    }

    /// Starts the run of the draft, with the code that the user has agreed to.
    pub(super) fn start_run(&mut self, code: Arc<[OwnCode]>) {
        let experiment = Arc::clone(self.draft.to_run());
        self.archive_run();
        self.view.tab = if experiment.sweep.is_some() { Tab::Scaling } else { self.view.tab };
        let guess = Guess::of(&std::mem::take(&mut self.guess), &experiment);
        self.reset_view();
        self.history.opening = None;
        self.notices.remove_information();
        self.view.hint = false;
        let sessions = &*self.services.sessions;
        let interpreters = Arc::clone(self.draft.interpreters());
        let notify = self.services.observer();
        let run = NewRun { name: self.draft.name(), experiment, interpreters, started_at_ms: clock::unix_millis() };
        let recorder = self.recorder(run.clone());
        let is_unknown = estimate::is_unknown(&run.experiment.workload);
        let seconds = if is_unknown { f64::INFINITY } else { self.draft.run_seconds() };
        let when_quiet = self.when_quiet.then(QuietWait::default);
        self.run = Some(Run::start(run, code, guess, when_quiet, recorder, sessions, notify).expecting(seconds));
    }

    /// Resets the views for other results: the whole timeline, and nothing unfolded.
    pub(super) fn reset_view(&mut self) {
        self.view.range = None;
        self.view.timeline_round = None;
        self.view.hidden_curves.clear();
        self.view.distribution.hidden.clear();
        self.view.open_rows.clear();
        self.view.open_lanes.clear();
        self.view.timeline.clear();
    }

    fn open_file(&mut self, path: PathBuf) {
        let started = self.jobs.open(path, self.services.history.clone());
        self.check(started);
    }

    /// Returns the id that names of exported files begin with.
    pub(super) fn exported_id(&self) -> &str {
        let experiment = self.run.as_ref().map_or(self.draft.experiment(), |run| &run.results().experiment);
        &experiment.id
    }

    pub(super) fn open_export(&mut self, subject: ExportSubject, file_name: &str) {
        let field = PathField::at(&self.services.start_folder.join(file_name));
        self.dialog = Some(Dialog::Export(ExportDialog { subject, field, exists: false, written: Vec::new() }));
    }

    fn apply_to_dialog(&mut self, command: Command) {
        let Some(mut dialog) = self.dialog.take() else { return };
        match (&mut dialog, command) {
            (Dialog::Export(export), Command::DialogPath(path)) => {
                export.exists = false;
                export.field.problem = None;
                export.field.path = path;
            }
            (Dialog::Open(field), Command::DialogPath(path)) => field.path = path,
            (Dialog::SavePreset(preset), Command::DialogTitle(title)) => preset.title = title,
            (Dialog::SavePreset(preset), Command::DialogSummary(summary)) => preset.summary = summary,
            (Dialog::Export(export), Command::DialogKind(kind)) => {
                let folder = PathBuf::from(&export.field.path);
                let folder = folder.parent().unwrap_or(&self.services.start_folder);
                export.field.path = folder.join(kind.file_name(self.exported_id())).display().to_string();
                export.subject = ExportSubject::Results(kind);
                export.exists = false;
                export.field.problem = None;
            }
            (Dialog::OwnCode(OwnCodeDialog { field, .. }), Command::BrowsePath) => self.browse(false, field),
            (Dialog::OwnCode(own), command) => {
                let replaced = self.apply_to_own_code(own, command);
                if replaced {
                    return;
                }
            }
            (Dialog::Consent(consent), Command::ConfirmDialog { .. }) => {
                self.agree(consent);
                return;
            }
            (Dialog::Export(ExportDialog { field, .. }), Command::BrowsePath) => self.browse(true, field),
            (Dialog::Open(field), Command::BrowsePath) => self.browse(false, field),
            (Dialog::Export(export), Command::ConfirmDialog { replace }) => self.write_export(export, replace),
            (Dialog::Open(field), Command::ConfirmDialog { .. }) => {
                field.busy = true;
                field.problem = None;
                self.open_file(PathBuf::from(field.path.trim()));
            }
            (Dialog::SavePreset(preset), Command::ConfirmDialog { .. }) => self.save_preset(preset),
            (Dialog::Compare(compare), Command::CompareWithRun(id)) => self.compare_with(compare, id),
            (Dialog::Compare(compare), Command::ChooseOtherRun) => compare.compared = None,
            (Dialog::Name(named), Command::DialogTitle(name)) => named.name = name,
            (Dialog::Name(named), Command::ConfirmDialog { .. }) => self.store_text(named),
            (Dialog::Closing, Command::ConfirmDialog { .. }) => {
                self.closing = true;
                return;
            }
            (Dialog::Link(link), Command::CopyLink) => self.clipboard = Some(link.address.clone()),
            (Dialog::Link(link), Command::ConfirmDialog { .. }) => {
                self.open_link = Some(link.address.clone());
                return;
            }
            _ => {}
        }
        self.dialog = Some(dialog);
    }

    /// Opens the dialog that asks before a web page is opened. Addresses of anything else are refused.
    fn ask_link(&mut self, address: String) {
        if !printable::is_web_address(&address) {
            self.problem(format!("Not a web page, so it is not opened: {}", printable::value(&address)));
            return;
        }
        self.dialog = Some(Dialog::Link(LinkDialog { address }));
    }

    /// Shows a text beside the results, or closes it if it is shown.
    fn toggle_sheet(&mut self, sheet: Sheet) {
        self.view.sheet = (self.view.sheet != Some(sheet)).then_some(sheet);
    }

    fn browse(&mut self, save: bool, field: &mut PathField) {
        let started = self.jobs.browse(save, PathBuf::from(field.path.trim()));
        field.browsing = started.is_ok();
        field.nothing_picked = false;
        self.check(started);
    }

    fn write_export(&mut self, export: &mut ExportDialog, replace: bool) {
        let content = match export.subject.clone() {
            ExportSubject::Results(kind) => {
                self.analysed_run().map(|run| ExportContent::File(kind, self.view.csv_dialect, run))
            }
            ExportSubject::Picture(subject) => self.picture_content(*subject).map(ExportContent::Picture),
        };
        let Some(content) = content else { return };
        export.field.problem = None;
        export.exists = false;
        let path = PathBuf::from(export.field.path.trim());
        let started = self.jobs.export(content, path, replace);
        export.field.busy = started.is_ok();
        self.check(started);
    }

    /// Returns the run shown, to be written; `None` without an analysis.
    pub(super) fn analysed_run(&self) -> Option<AnalysedRun> {
        let run = self.run.as_ref()?;
        // The note may have been written since the run was opened.
        let results = RunResults { note: self.note_of(run).map(str::to_owned), ..run.all.clone() };
        Some(AnalysedRun { results, analysis: run.analyses.clone()? })
    }

    fn save_preset(&mut self, dialog: &mut PresetDialog) {
        let title = dialog.title.trim().to_owned();
        let Some(mut id) = id_from(&title) else {
            dialog.problem = Some("The title needs at least one letter from a to z or one digit".to_owned());
            return;
        };
        let Some(folder) = self.services.preset_folder.clone() else {
            dialog.problem = Some("There is no home folder to save presets in".to_owned());
            return;
        };
        while self.presets.all.iter().take(self.presets.built_in).any(|(one, _)| one.id == id) {
            id.push_str("-own");
        }
        // A preset that was renamed keeps its id, and two titles may have one: only the same title is replaced.
        let base = id.clone();
        let own = |id: &str| self.presets.all.iter().any(|(one, _)| one.id == id && one.title != title);
        let mut number = 1;
        while own(&id) {
            number += 1;
            id = format!("{base}-{number}");
        }
        let summary = dialog.summary.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut experiment = Experiment { id, title, summary, ..self.draft.experiment().clone() };
        if self.draft.does_other_work() {
            // The explanation is about the preset's workload, not this one.
            experiment.explanation.clear();
            experiment.quiz.clear();
        }
        // Relative paths would start at the folder of the presets.
        code::absolute(&mut experiment);
        let started = self.jobs.save_preset(folder, experiment);
        dialog.busy = started.is_ok();
        dialog.problem = None;
        self.check(started);
    }

    /// Remembers that the user trusts an interpreter near the current folder, and searches again.
    fn confirm_interpreter(&mut self, path: PathBuf) {
        if !self.services.confirmed_interpreters.contains(&path) {
            self.services.confirmed_interpreters.push(path);
            self.interpreters = None;
            self.look_for_interpreters();
        }
    }
}

fn toggle<T: Ord>(set: &mut std::collections::BTreeSet<T>, item: T) {
    if !set.remove(&item) {
        set.insert(item);
    }
}
