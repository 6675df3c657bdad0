//! The window: starting it, storing its settings, and passing events on. Draws nothing itself.

mod settings_file;
mod start_error;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use eframe::egui;

pub use self::settings_file::{SettingsFile, WriteError};
use self::start_error::until_closed;
pub use self::start_error::{NoWindow, StartError};
use crate::code::{self, Consents};
use crate::experiment::{Experiment, file};
use crate::export::CsvDialect;
use crate::lab::pace::{CpuTime, FramePace};
use crate::lab::recent::RecentFiles;
use crate::lab::scale::Scale;
use crate::lab::services::Wake;
use crate::lab::table_columns::TableColumns;
use crate::lab::view::{LeftTab, Tab, Theme};
use crate::lab::{Action, Command, Lab, Services, dialog};
use crate::preset;
use crate::record::{Store, StoredRun};
use crate::selfcheck::Selfcheck;
use crate::session::{self, Headroom, Machine, RealSessions, Sessions, interpreters};
use crate::ui;
use crate::ui::keys::{self, Gestures};
use crate::ui::{TabPresses, theme};
use crate::usage;

/// Application id, as desktop files and window managers use it.
pub const APP_ID: &str = "io.github.concurrency_lab.ConcurrencyLab";

/// Least delay of a frame that is drawn once: egui draws twice what is asked for at once, and the second frame would be
/// within the trial that follows.
const ONE_FRAME: Duration = Duration::from_nanos(1);

/// Time after the window's start in which its first pictures are drawn, by software in the worst case: a search for
/// interpreters starts dozens of processes, which would delay them.
const FIRST_PICTURES: Duration = Duration::from_millis(500);

/// Longest wait for a session when the window is closed.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

const STORED_THEME: &str = "theme";
const STORED_EXPERIMENT: &str = "experiment";
const STORED_FOLDER: &str = "folder of the experiment";
const STORED_FOLD: &str = "panel folded";
const STORED_LEFT_TAB: &str = "left panel tab";
const STORED_LIST_SHARE: &str = "list's share of the left panel";
const STORED_TAB: &str = "view";
const STORED_SCALE: &str = "size in percent";
const STORED_HINT: &str = "hint seen";
/// Ids of the columns of the comparison.
const STORED_COLUMNS: &str = "columns";
/// JSON list of tags.
const STORED_PYTHONS: &str = "columns of interpreters";
const STORED_DIALECT: &str = "csv dialect";
/// JSON list of paths.
const STORED_RECENT: &str = "recent files";
/// JSON list of paths.
const STORED_CONFIRMED: &str = "confirmed interpreters";

/// Contents of the window at its start.
#[derive(Debug, Default)]
pub struct LaunchOptions {
    /// Experiment to load; otherwise the last one, otherwise the first preset.
    pub experiment: Option<Experiment>,
    /// Stored run to show.
    pub run: Option<Box<StoredRun>>,
}

/// Progress of the start.
#[derive(Clone, Copy, PartialEq)]
enum Start {
    /// No frame was drawn.
    New,
    /// The first frame was drawn.
    Drawn,
    /// The lab has begun its work.
    Begun,
}

/// The window.
pub struct App {
    lab: Lab,
    pace: Arc<FramePace>,
    start: Start,
    commands: Vec<Command>,
    /// True once the window was asked to close.
    is_closing: bool,
    gestures: Gestures,
    /// Colour below the frame that was drawn last: a command in it may have chosen another theme.
    background: egui::Color32,
    /// Own file of the settings; `None` where they are stored in what the window system gives.
    settings: Option<SettingsFile>,
}

impl App {
    /// Creates the window's state in a context, from the settings of the last session.
    #[must_use]
    pub fn new(
        ctx: &egui::Context,
        storage: Option<&dyn eframe::Storage>,
        mut services: Services,
        experiment: Option<Experiment>,
    ) -> Self {
        theme::install(ctx);
        ctx.add_plugin(TabPresses::default());
        // Pages of runs are numbered anew: those of the last start would be scrolled as its pages were.
        ctx.data_mut(|data| data.remove_by_type::<egui::scroll_area::State>());
        let stored = |key: &str| storage.and_then(|storage| storage.get_string(key));
        let confirmed = stored(STORED_CONFIRMED).and_then(|list| serde_json::from_str(&list).ok());
        services.confirmed_interpreters = confirmed.unwrap_or_default();
        // Relative paths start where they did in the last session.
        let folder = stored(STORED_FOLDER).unwrap_or_else(|| ".".to_owned());
        let last = || file::parse(&stored(STORED_EXPERIMENT)?, "last experiment", Path::new(&folder)).ok();
        let pace = Arc::clone(&services.pace);
        let mut lab = Lab::new(services, experiment.or_else(last));
        lab.view.theme = stored(STORED_THEME).and_then(|title| Theme::named(&title)).unwrap_or_default();
        let share = stored(STORED_LIST_SHARE).and_then(|share| share.parse().ok());
        lab.apply(Command::ListShare(share));
        lab.view.panel_folded = stored(STORED_FOLD).is_some_and(|folded| folded == "true");
        lab.view.csv_dialect = stored(STORED_DIALECT).and_then(|name| CsvDialect::named(&name)).unwrap_or_default();
        lab.view.columns = stored(STORED_COLUMNS).map(|ids| TableColumns::stored(&ids)).unwrap_or_default();
        let pythons = stored(STORED_PYTHONS).and_then(|tags| serde_json::from_str(&tags).ok());
        lab.view.python_columns = pythons.unwrap_or_default();
        lab.recent = stored(STORED_RECENT).map(|list| RecentFiles::stored(&list)).unwrap_or_default();
        let tab = stored(STORED_LEFT_TAB);
        let tab = LeftTab::ALL.into_iter().find(|one| tab.as_deref() == Some(one.title()));
        lab.apply(Command::LeftTab(tab.unwrap_or_default()));
        let view = stored(STORED_TAB);
        let view = Tab::ALL.into_iter().find(|tab| view.as_deref() == Some(Action::Tab(*tab).info().label));
        lab.view.tab = view.unwrap_or_default();
        lab.view.scale = stored(STORED_SCALE).and_then(|percent| Scale::stored(&percent)).unwrap_or_default();
        // Where nothing can be stored the hint would come back each time.
        lab.view.hint = storage.is_some() && stored(STORED_HINT).is_none();
        theme::choose(ctx, lab.view.theme);
        theme::scale(ctx, lab.view.scale);
        let background = ctx.global_style().visuals.panel_fill;
        let (commands, gestures) = (Vec::new(), Gestures::default());
        Self { lab, pace, start: Start::New, commands, gestures, is_closing: false, background, settings: None }
    }

    /// Creates the window's state with settings in a file of their own. While that is empty those of the window system's
    /// storage are used, where older versions put them.
    #[must_use]
    pub fn with_settings_file(
        ctx: &egui::Context,
        storage: Option<&dyn eframe::Storage>,
        settings: Option<SettingsFile>,
        services: Services,
        experiment: Option<Experiment>,
    ) -> Self {
        let own = settings.as_ref().filter(|settings| storage.is_some() && !settings.is_empty());
        let stored = own.map(|settings| settings as &dyn eframe::Storage).or(storage);
        let mut app = Self::new(ctx, stored, services, experiment);
        app.settings = settings;
        app
    }

    /// Says that the settings could not be stored.
    fn report_settings(&mut self) {
        if let Some(error) = self.settings.as_ref().and_then(|settings| settings.error().to_show()) {
            self.lab.settings_not_stored(&error);
        }
    }

    /// Returns the state, for tests.
    #[must_use]
    pub const fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Applies a command at once.
    pub fn apply(&mut self, command: Command) {
        self.lab.apply(command);
    }

    /// Shows a stored run.
    pub fn show_stored(&mut self, run: StoredRun) {
        self.lab.show_stored(run.into());
    }

    /// Returns the pace of this context's frames, which measures their cost with the given reading.
    #[must_use]
    pub fn pace(ctx: &egui::Context, cpu_nanos: CpuTime) -> Arc<FramePace> {
        let ctx = ctx.clone();
        let ask = Arc::new(move |delay: Duration| ctx.request_repaint_after(delay.max(ONE_FRAME)));
        Arc::new(FramePace::new(ask, cpu_nanos))
    }

    /// Returns the lab's services; their threads wake this context.
    #[must_use]
    pub fn services(ctx: &egui::Context, sessions: Arc<dyn Sessions>) -> Services {
        let at_once = ctx.clone();
        let wake: Wake = Arc::new(move || at_once.request_repaint());
        let started = Instant::now();
        Services {
            sessions,
            start_selfcheck: Arc::new(|interpreters, window| {
                Selfcheck::new(RealSessions::of_this_executable()?, interpreters, Some(window)).start()
            }),
            find_interpreters: Arc::new(move |confirmed| {
                thread::sleep(FIRST_PICTURES.saturating_sub(started.elapsed()));
                interpreters::find_with(&interpreters::Wanted::All, confirmed)
            }),
            confirmed_interpreters: Vec::new(),
            examine: Arc::new(Headroom::probe),
            cpus: crate::cpus::Cpus::here(),
            preset_folder: preset::user_folder(),
            history: Store::of_user(),
            consents: Consents::of_user(),
            start_folder: dialog::start_folder(),
            pace: Self::pace(ctx, || usage::of_this_process().cpu_nanos()),
            wake,
            this_machine: Arc::new(Machine::probe),
        }
    }

    fn apply_commands(&mut self, ctx: &egui::Context) {
        if self.commands.is_empty() {
            return;
        }
        for command in std::mem::take(&mut self.commands) {
            self.lab.apply(command);
        }
        theme::choose(ctx, self.lab.view.theme);
        theme::scale(ctx, self.lab.scale());
        // The frame that was drawn is outdated.
        ctx.request_repaint();
    }
}

impl App {
    /// Gives the system what the lab has for its clipboard and its browser.
    fn hand_over(&mut self, ctx: &egui::Context) {
        if let Some(text) = self.lab.clipboard.take() {
            ctx.copy_text(text);
        }
        if let Some(picture) = self.lab.clipboard_picture.take() {
            ctx.copy_image(egui::ColorImage::from_rgba_premultiplied([picture.width, picture.height], &picture.rgba));
        }
        if let Some(address) = self.lab.open_link.take() {
            ctx.open_url(egui::OpenUrl::new_tab(address));
        }
        if self.lab.closing && !std::mem::replace(&mut self.is_closing, true) {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, _ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if self.start == Start::Drawn {
            self.start = Start::Begun;
            self.lab.begin();
        }
        self.lab.drain();
        self.report_settings();
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.lab.dark = ctx.theme() == egui::Theme::Dark;
        theme::blink(&ctx, !self.lab.is_measuring());
        self.lab.gesture = self.gestures.follow(&ctx);
        let typing = self.gestures.is_typing(&ctx);
        keys::read(&ctx, &self.lab, typing, &mut self.commands);
        if ctx.input(|input| input.viewport().close_requested()) && self.lab.asks_before_closing() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.commands.push(Command::AskToClose);
        }
        // A key acts before drawing, so that its effect is in this very frame.
        let had_dialog = self.lab.dialog.is_some();
        self.apply_commands(&ctx);
        if self.lab.dialog.is_some() && !had_dialog {
            // The dialog covers what the pointer is at, whose tooltip would stay above it.
            ctx.input_mut(|input| input.pointer = egui::PointerState::default());
        }
        // A report of a job may have ended a presentation.
        theme::scale(&ctx, self.lab.scale());
        self.background = ctx.global_style().visuals.panel_fill;
        ui::show(ui, &self.lab, &mut self.commands);
        self.apply_commands(&ctx);
        self.hand_over(&ctx);
        if self.start == Start::New {
            self.start = Start::Drawn;
            // The next frame begins when this one is on the screen.
            ctx.request_repaint();
        }
        self.pace.frame_ended();
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        match self.settings.take() {
            Some(mut settings) => {
                self.store_settings(&mut settings);
                eframe::Storage::flush(&mut settings);
                self.settings = Some(settings);
            }
            None => self.store_settings(storage),
        }
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        self.background.to_normalized_gamma_f32()
    }
}

impl App {
    fn store_settings(&self, storage: &mut dyn eframe::Storage) {
        storage.set_string(STORED_THEME, self.lab.view.theme.title().to_owned());
        storage.set_string(STORED_LEFT_TAB, self.lab.view.left_tab.title().to_owned());
        let share = self.lab.view.list_share.map_or_else(String::new, |share| share.to_string());
        storage.set_string(STORED_LIST_SHARE, share);
        storage.set_string(STORED_TAB, Action::Tab(self.lab.tab_to_keep()).info().label.to_owned());
        storage.set_string(STORED_FOLD, self.lab.view.panel_folded.to_string());
        storage.set_string(STORED_SCALE, self.lab.view.scale.percent().to_string());
        if !self.lab.view.hint {
            storage.set_string(STORED_HINT, "true".to_owned());
        }
        storage.set_string(STORED_COLUMNS, self.lab.view.columns.to_stored());
        let pythons = serde_json::to_string(&self.lab.kept_python_columns());
        storage.set_string(STORED_PYTHONS, pythons.unwrap_or_default());
        storage.set_string(STORED_DIALECT, self.lab.view.csv_dialect.name().to_owned());
        storage.set_string(STORED_RECENT, self.lab.recent.to_stored());
        // A path that is not UTF-8 can't be stored as JSON; it is asked about again.
        let confirmed = self.lab.confirmed_interpreters().iter().filter_map(|path| path.to_str());
        let confirmed = serde_json::to_string(&confirmed.collect::<Vec<_>>());
        storage.set_string(STORED_CONFIRMED, confirmed.unwrap_or_default());
        let folder = code::folder_of(self.lab.draft.experiment());
        storage.set_string(STORED_FOLDER, folder.to_str().unwrap_or(".").to_owned());
        storage.set_string(STORED_EXPERIMENT, file::to_toml_with_comments(self.lab.draft.experiment(), None));
    }
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// [`StartError`] if there is no display or no usable graphics adapter.
pub fn run(launch: LaunchOptions) -> Result<(), StartError> {
    usage::give_back_what_is_freed();
    let sessions: Arc<dyn Sessions> = Arc::new(RealSessions::of_this_executable()?);
    // The presets are read while the window system and the graphics adapter start. Without the thread they are read when
    // they are needed.
    let _ = thread::Builder::new().name("lab-built-in".to_owned()).spawn(preset::built_in);
    let viewport = egui::ViewportBuilder::default()
        .with_app_id(APP_ID)
        .with_title("Concurrency Lab")
        .with_icon(ui::icon::icon())
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([1024.0, 640.0]);
    // Nothing here is a gradient that would show bands.
    let options =
        eframe::NativeOptions { viewport, persist_window: true, dithering: false, ..eframe::NativeOptions::default() };
    let opened = Arc::new(AtomicBool::new(false));
    let is_open = Arc::clone(&opened);
    // Beside the file of eframe, whose folder is made with it.
    let settings = eframe::storage_dir(APP_ID).map(|folder| SettingsFile::in_folder(&folder));
    let error = settings.as_ref().map(SettingsFile::error);
    let creator: eframe::AppCreator<'_> = Box::new(move |creation| {
        is_open.store(true, Ordering::Relaxed);
        let ctx = &creation.egui_ctx;
        let services = App::services(ctx, sessions);
        let mut app = App::with_settings_file(ctx, creation.storage, settings, services, launch.experiment);
        if let Some(run) = launch.run {
            app.show_stored(*run);
        }
        Ok(Box::new(app))
    });
    let closed = until_closed(&opened, || eframe::run_native(APP_ID, options, creator));
    // What a session has made is removed by the session.
    session::wait_until_ended(ENDS_WITHIN);
    closed?;
    match error.and_then(|error| error.take()) {
        Some(error) => Err(StartError::SettingsNotStored(error)),
        None => Ok(()),
    }
}
