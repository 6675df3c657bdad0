//! The window: starting it, storing its settings, and passing events on. Draws nothing itself.

mod settings_error;
mod settings_file;
mod start_error;
mod stored_state;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use eframe::egui;

pub use self::settings_error::{LastWrite, SettingsError};
pub use self::settings_file::SettingsFile;
use self::settings_file::window_state_file;
use self::start_error::until_closed;
pub use self::start_error::{NoWindow, StartError};
use crate::code::Consents;
use crate::experiment::Experiment;
use crate::lab::pace::{CpuTime, FramePace};
use crate::lab::services::Wake;
use crate::lab::{Command, Lab, Services, dialog};
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

/// Least time between two stores of the settings.
const STORES_EVERY: Duration = Duration::from_secs(30);

/// Longest wait for a session when the window is closed.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

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
    /// Last time that the settings were stored.
    stored_at: Instant,
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
        services.confirmed_interpreters = storage.map(stored_state::confirmed_interpreters).unwrap_or_default();
        let pace = Arc::clone(&services.pace);
        let mut lab = Lab::new(services, experiment.or_else(|| stored_state::experiment(storage?)));
        if let Some(storage) = storage {
            stored_state::restore(&mut lab, storage);
        }
        theme::choose(ctx, lab.view.theme);
        theme::scale(ctx, lab.view.scale);
        let background = ctx.global_style().visuals.panel_fill;
        Self {
            lab,
            pace,
            start: Start::New,
            commands: Vec::new(),
            is_closing: false,
            gestures: Gestures::default(),
            background,
            settings: None,
            stored_at: Instant::now(),
        }
    }

    /// Creates the window's state with settings in a file of their own; without one it says that nothing is stored.
    #[must_use]
    pub fn with_settings_file(
        ctx: &egui::Context,
        mut settings: Option<SettingsFile>,
        services: Services,
        experiment: Option<Experiment>,
    ) -> Self {
        if let Some(settings) = &mut settings {
            let pace = Arc::clone(&services.pace);
            settings.wake_with(Arc::new(move || pace.work_done()));
            if !settings.is_trusted() {
                // Others could have confirmed them: they are asked about again.
                stored_state::forget_confirmed_interpreters(settings);
            }
            eframe::Storage::flush(settings);
        }
        let stored = settings.as_ref().map(|settings| settings as &dyn eframe::Storage);
        let mut app = Self::new(ctx, stored, services, experiment);
        if settings.is_none() {
            app.lab.report_problem(&SettingsError::NoFolder);
        }
        app.settings = settings;
        app
    }

    /// Shows why settings were not read or stored.
    fn report_settings(&mut self) {
        if let Some(error) = self.settings.as_mut().and_then(SettingsFile::to_show) {
            self.lab.report_problem(&error);
        }
    }

    /// Stores the settings in their own file, if they have one.
    fn store_in_own_file(&mut self) {
        if let Some(mut settings) = self.settings.take() {
            stored_state::store(&self.lab, &mut settings);
            eframe::Storage::flush(&mut settings);
            self.settings = Some(settings);
        }
        self.stored_at = Instant::now();
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
        if self.stored_at.elapsed() >= STORES_EVERY {
            self.store_in_own_file();
        }
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

    /// Stores the settings when the window is closed.
    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        match self.settings {
            Some(_) => self.store_in_own_file(),
            None => stored_state::store(&self.lab, storage),
        }
    }

    /// Never: eframe would wait on this thread until its file is written. The lab stores its own settings in between.
    fn auto_save_interval(&self) -> Duration {
        Duration::MAX
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        self.background.to_normalized_gamma_f32()
    }
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// [`StartError`] if the window can't be opened, if its display is lost, or if its settings could not be stored.
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
    let folder = eframe::storage_dir(APP_ID);
    let options = eframe::NativeOptions {
        viewport,
        persist_window: true,
        // That of older versions has their settings, and eframe would truncate it. Before the settings are read, since it
        // gets another name then.
        persistence_path: folder.as_deref().map(window_state_file),
        // Nothing here is a gradient that would show bands.
        dithering: false,
        ..eframe::NativeOptions::default()
    };
    let opened = Arc::new(AtomicBool::new(false));
    let is_open = Arc::clone(&opened);
    let settings = folder.as_deref().map(SettingsFile::in_folder);
    let last_write = settings.as_ref().map(SettingsFile::last_write);
    let creator: eframe::AppCreator<'_> = Box::new(move |creation| {
        is_open.store(true, Ordering::Relaxed);
        let ctx = &creation.egui_ctx;
        let services = App::services(ctx, sessions);
        let mut app = App::with_settings_file(ctx, settings, services, launch.experiment);
        if let Some(run) = launch.run {
            app.show_stored(*run);
        }
        Ok(Box::new(app))
    });
    let closed = until_closed(&opened, || eframe::run_native(APP_ID, options, creator));
    // What a session has made is removed by the session.
    session::wait_until_ended(ENDS_WITHIN);
    closed?;
    match last_write.and_then(|last_write| last_write.take()) {
        Some(error) => Err(StartError::SettingsNotStored(error)),
        None => Ok(()),
    }
}
