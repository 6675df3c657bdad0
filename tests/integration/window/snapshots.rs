//! Pictures of the views, compared with stored ones in both themes. They are drawn by the graphics adapter that there
//! is, a software one where possible; without any, the tests are skipped and say so.
//!
//! `CONCURRENCY_LAB_UPDATE=1` writes the pictures anew; look at each before it is committed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use concurrency_lab::lab::Command;
use concurrency_lab::lab::view::Theme;
use concurrency_lab::model::ModelId;
use concurrency_lab::preset;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::CpuSample;
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::wgpu::WgpuTestRenderer;
use image::RgbImage;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::{self, FilterType, colorops};

use super::pictures::painted_texts;
use super::scaling::swept;
use super::{click, run_all};
use crate::scripted::{Window, edit, scraper, trial};

/// Size of the window, in points.
const SIZE: egui::Vec2 = egui::vec2(1024.0, 640.0);
/// Difference of a channel from which a pixel counts as another one: adapters round differently at edges.
const TOLERANCE: u8 = 24;
/// Largest share of other pixels. A line of text that moves by its height is more than this.
const MOST_DIFFERENT: f64 = 0.001;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/window/snapshots")
}

/// Returns true if a graphics adapter can draw here.
fn has_adapter() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| catch_unwind(AssertUnwindSafe(WgpuTestRenderer::new)).is_ok())
}

/// Width of the status line's part that moves with its first text, in points.
const STATUS_WIDTH: f32 = 400.0;

/// Returns the picture of the window at half its size. What differs from run to run is covered: the time of day, how
/// long the run took and what stands to the right of that.
fn picture(window: &mut Window) -> RgbImage {
    window.harness.remove_cursor();
    window.harness.run_ok();
    for (text, rect) in painted_texts(window) {
        let rect = rect.expand(2.0);
        if text.contains("Done ·") {
            window.harness.mask(egui::Rect::from_min_size(rect.min, egui::vec2(STATUS_WIDTH, rect.height())));
        } else if ["run at", "started at"].iter().any(|part| text.contains(part)) {
            window.harness.mask(rect);
        }
    }
    let drawn = window.harness.render().expect("drawn");
    let full = on(window.harness.ctx.global_style().visuals.panel_fill, &drawn);
    let mut half = imageops::resize(&full, full.width() / 2, full.height() / 2, FilterType::Triangle);
    // Fewer colours make smaller files; the difference is below the tolerance.
    half.pixels_mut().for_each(|pixel| pixel.0 = pixel.0.map(|channel| channel & !7));
    half
}

/// Returns a picture with premultiplied alpha on the colour with which the window is cleared.
fn on(background: egui::Color32, picture: &image::RgbaImage) -> RgbImage {
    let below = [background.r(), background.g(), background.b()];
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let through = |below: u8| (u16::from(below) * u16::from(255 - alpha) / 255) as u8;
        let [r, g, b] = below.map(through);
        image::Rgb([red.saturating_add(r), green.saturating_add(g), blue.saturating_add(b)])
    })
}

/// Returns the share of pixels that differ.
fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    if one.dimensions() != other.dimensions() {
        return 1.0;
    }
    let differs = |(one, other): &(&image::Rgb<u8>, &image::Rgb<u8>)| {
        one.0.iter().zip(other.0).any(|(one, other)| one.abs_diff(other) > TOLERANCE)
    };
    one.pixels().zip(other.pixels()).filter(differs).count() as f64 / f64::from(one.width() * one.height())
}

fn save(picture: &RgbImage, path: &Path) {
    let file = std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, PngFilter::Adaptive);
    picture.write_with_encoder(encoder).expect("written");
}

/// Compares the window in both themes with the stored pictures.
fn compare(name: &str, window: &mut Window) {
    for (theme, suffix) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        window.harness.state_mut().apply(Command::Theme(theme));
        concurrency_lab::ui::theme::choose(&window.harness.ctx, theme);
        window.harness.run_ok();
        let now = picture(window);
        let path = folder().join(format!("{name}-{suffix}.png"));
        if std::env::var_os("CONCURRENCY_LAB_UPDATE").is_some() {
            std::fs::create_dir_all(folder()).expect("a folder");
            save(&now, &path);
            continue;
        }
        let stored = image::open(&path).expect("the stored picture").into_rgb8();
        let share = difference(&stored, &now);
        if share > MOST_DIFFERENT {
            let seen = std::env::temp_dir().join(format!("{name}-{suffix}-now.png"));
            save(&now, &seen);
            panic!("{name}, {suffix}: {:.2} % of the pixels differ; see {}", share * 100.0, seen.display());
        }
    }
}

/// Runs a test where there is an adapter, and says so where there is none.
fn with_adapter(test: impl FnOnce()) {
    match has_adapter() {
        true => test(),
        false => crate::common::skipped("no graphics adapter can draw here"),
    }
}

fn measured() -> Window {
    let mut window = Window::sized(Some(scraper()), SIZE);
    run_all(&mut window);
    packed(&mut window);
    window
}

fn packed(window: &mut Window) {
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
}

#[test]
fn the_page_before_a_run() {
    with_adapter(|| compare("before", &mut Window::sized(preset::find("quick-tour").cloned(), SIZE)));
}

#[test]
fn the_comparison() {
    with_adapter(|| compare("compare", &mut measured()));
}

#[test]
fn the_usage_of_the_cores() {
    with_adapter(|| {
        let mut window = Window::sized(Some(scraper()), SIZE);
        click(&mut window, "Run");
        let samples = |own: f32| -> Vec<CpuSample> {
            let sample = |number: u16| CpuSample {
                at_ms: f64::from(number) * 250.0,
                width_ms: 250.0,
                usage_percent: vec![40.0 + f32::from(number % 4) * 15.0, 20.0],
                lab_percent: None,
                tree_percent: Some(own),
            };
            (1..=8).map(sample).collect()
        };
        let trials = [(ModelId::Threads, 60.0), (ModelId::Async, 25.0), (ModelId::Sequential, 5.0)];
        let finished = (1..).zip(trials).map(|(position, (model, own))| {
            let mut one = trial(model, 1, position, 2000, 80);
            edit(&mut one, |_, measured| measured.usage.user_nanos = Some(1_200_000_000));
            one.cpu = samples(own);
            SessionEvent::TrialFinished(Box::new(one))
        });
        window.script.send(finished.chain([SessionEvent::Finished(Outcome::Done)]));
        window.harness.run();
        click(&mut window, "CPU");
        compare("cpu", &mut window);
    });
}

#[test]
fn the_timeline() {
    with_adapter(|| {
        let mut window = measured();
        click(&mut window, "Timeline");
        packed(&mut window);
        compare("timeline", &mut window);
    });
}

#[test]
fn the_distributions() {
    with_adapter(|| {
        let mut window = measured();
        click(&mut window, "Distribution");
        compare("distribution", &mut window);
    });
}

#[test]
fn the_curves_of_a_sweep() {
    with_adapter(|| {
        let mut window = swept();
        window.harness.set_size(SIZE);
        window.harness.run();
        compare("scaling", &mut window);
    });
}

#[test]
fn the_sheet_beside_the_results() {
    with_adapter(|| {
        let mut window = measured();
        window.harness.key_press(Key::F1);
        window.harness.run();
        compare("sheet", &mut window);
    });
}

#[test]
fn the_command_palette() {
    with_adapter(|| {
        let mut window = measured();
        window.harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
        window.harness.run();
        window.harness.event(egui::Event::Text("time".to_owned()));
        window.harness.run();
        compare("palette", &mut window);
    });
}

#[test]
fn a_picture_with_another_line_or_colour_is_another_one() {
    let blank = RgbImage::from_pixel(512, 320, image::Rgb([16, 19, 23]));
    let mut line = blank.clone();
    for x in 100..200 {
        for y in 50..53 {
            line.put_pixel(x, y, image::Rgb([230, 234, 240]));
        }
    }
    assert!(difference(&blank, &line) > MOST_DIFFERENT);
    assert!(difference(&blank, &colorops::contrast(&blank, 5.0)) < MOST_DIFFERENT);
    assert_eq!(difference(&blank, &RgbImage::new(510, 320)), 1.0);
    for entry in std::fs::read_dir(folder()).expect("the stored pictures") {
        let entry = entry.expect("readable");
        let size = entry.metadata().expect("readable").len();
        assert!(size < 100_000, "{:?} has {size} bytes", entry.file_name());
    }
}
