//! The tools above the lanes: the trial shown, zooming, and the legend.

use eframe::egui::{Align, ComboBox, Id, Layout, Mesh, Rect, Sense, Shape, Ui, Vec2, pos2};

use super::drawn_shapes::Drawn;
use super::marks::handover_line;
use super::selection_bar;
use super::span_shapes::{self, SpanStyle};
use crate::chart::{ColourBy, ColourKey};
use crate::lab::Command;
use crate::lab::run::Run;
use crate::lab::timeline_view::TimelineCommand;
use crate::lab::view::Zoom;
use crate::trial::Phase;
use crate::ui::theme;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{line, list_entry};

/// Least width at which the legend, with all that it may contain, is beside the buttons.
const LEGEND_BESIDE: f32 = 1240.0;

/// Most colours with their meaning in the legend.
const MOST_NAMED: usize = 6;

/// Draws the tools.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    let beside = ui.available_width() >= LEGEND_BESIDE;
    ui.horizontal_wrapped(|ui| {
        round(ui, cx, run);
        let buttons = [
            ("Fit", "The range that suits these results", Zoom::Fit),
            ("All", "From the start to the end of the slowest model", Zoom::All),
            ("Zoom in", "Shows less, in more detail", Zoom::By { factor: 1.6, around: 0.5 }),
            ("Zoom out", "Shows more", Zoom::By { factor: 1.0 / 1.6, around: 0.5 }),
        ];
        for (name, tip, zoom) in buttons {
            if ui.button(name).on_hover_text(tip).clicked() {
                cx.push(Command::Zoom(zoom));
            }
        }
        colour_choice(ui, cx, run);
        selection_bar::search(ui, cx);
        if beside {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| full_legend(ui, cx, run));
        }
    });
    if !beside {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| full_legend(ui, cx, run));
        });
    }
}

fn colour_choice(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    let shown = cx.lab.view.timeline.colour_of(&run.results().experiment.workload);
    let combo = ComboBox::from_id_salt("colour").width(110.0).selected_text(format!("colour: {}", shown.title()));
    let has_classes = run.results().experiment.workload.classes().is_some();
    let response = combo.show_ui(ui, |ui| {
        for choice in ColourBy::ALL.into_iter().filter(|choice| has_classes || *choice != ColourBy::Class) {
            if list_entry(ui, choice == shown, choice.title()) {
                cx.commands.push(Command::Timeline(TimelineCommand::ColourBy(choice)));
            }
        }
    });
    let tip = "What the colour of a task stands for; its shape always shows its state";
    response.response.accessible_name("Colour").on_hover_text(tip);
}

fn round(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
    let label_of = |round: Option<i32>| match round {
        None => "nearest the median".to_owned(),
        Some(round) if round < 1 => "warm-up".to_owned(),
        Some(round) => format!("round {round}"),
    };
    let mut rounds: Vec<i32> = run.results().trials.iter().map(|trial| trial.round).collect();
    rounds.sort_unstable();
    rounds.dedup();
    let shown = cx.lab.view.timeline_round;
    let combo = ComboBox::from_id_salt("round").width(150.0).selected_text(format!("trial: {}", label_of(shown)));
    let response = combo.show_ui(ui, |ui| {
        for choice in std::iter::once(None).chain(rounds.into_iter().map(Some)) {
            if list_entry(ui, choice == shown, label_of(choice)) {
                cx.commands.push(Command::TimelineRound(choice));
            }
        }
    });
    response.response.accessible_name("Trial shown").on_hover_text("Which trial of each model the lanes show");
}

/// Draws the meanings of the colours on screen, as far as there is room for them.
fn keys(ui: &mut Ui, drawn: &Drawn, run: &Run) {
    let palette = theme::palette(ui);
    let workload = &run.results().experiment.workload;
    let is_rest = |key: &&ColourKey| **key >= ColourKey::Unknown;
    let named: Vec<&ColourKey> = drawn.keys.iter().filter(|key| !is_rest(key)).collect();
    let entry = |ui: &mut Ui, key: ColourKey| {
        line(ui, key.meaning(workload), theme::small(), palette.secondary);
        let (rect, _) = ui.allocate_exact_size(Vec2::new(10.0, 12.0), Sense::hover());
        let sample = Rect::from_center_size(rect.center(), Vec2::splat(9.0));
        ui.painter().rect_filled(sample, theme::MARK_CORNER, palette.key(key));
    };
    for key in drawn.keys.iter().filter(is_rest) {
        entry(ui, *key);
    }
    if named.len() > MOST_NAMED {
        let more = match drawn.more_keys {
            true => "and others".to_owned(),
            false => format!("and {} more", named.len() - MOST_NAMED),
        };
        line(ui, more, theme::small(), palette.tertiary);
    }
    for key in named.into_iter().take(MOST_NAMED).rev() {
        entry(ui, *key);
    }
}

fn drawn_id() -> Id {
    Id::unique("drawn on the timeline")
}

/// Returns the shapes that the lanes showed when they were drawn last.
pub fn drawn(ui: &Ui) -> Drawn {
    ui.data(|data| data.get_temp(drawn_id())).unwrap_or_default()
}

/// Stores the shapes on screen for the legend.
pub fn store_drawn(ui: &Ui, drawn: Drawn) {
    ui.data_mut(|data| {
        data.insert_temp(drawn_id(), drawn);
    });
}

/// Draws the legend of the shapes and colours on screen, right to left.
pub(super) fn full_legend(ui: &mut Ui, cx: &ViewContext<'_>, run: &Run) {
    ui.add_space(theme::STEP);
    if cx.lab.view.timeline.colour_of(&run.results().experiment.workload) != ColourBy::State {
        keys(ui, &drawn(ui), run);
    }
    legend(ui);
}

/// Draws the legend of the shapes on screen, right to left.
pub fn legend(ui: &mut Ui) {
    let palette = theme::palette(ui);
    let drawn = drawn(ui);
    let sample = |ui: &mut Ui, label: &str, draw: &dyn Fn(&mut Mesh, Rect)| {
        line(ui, label, theme::small(), palette.secondary);
        let (rect, _) = ui.allocate_exact_size(Vec2::new(18.0, 12.0), Sense::hover());
        let mut mesh = Mesh::default();
        draw(&mut mesh, Rect::from_center_size(rect.center(), Vec2::new(18.0, 9.0)));
        ui.painter().add(Shape::mesh(mesh));
    };
    let style = SpanStyle::of(palette.secondary, palette);
    let named = [
        (Phase::Compute, "compute"),
        (Phase::Wait, "wait"),
        (Phase::Http, "HTTP"),
        (Phase::File, "file"),
        (Phase::LockWait, "lock wait"),
        (Phase::Payload, "read or make payload"),
        (Phase::Transfer, "transfer"),
        (Phase::OwnCode, "own code"),
    ];
    for (phase, label) in named {
        if drawn.has(phase) {
            sample(ui, label, &|mesh, rect| span_shapes::draw_span(mesh, phase, rect, style));
        }
    }
    if drawn.gil_wait {
        sample(ui, "GIL wait, estimated", &|mesh, rect| {
            span_shapes::draw_gil_wait(mesh, rect, style, palette.background)
        });
    }
    if drawn.empty_task {
        sample(ui, "task", &|mesh, rect| span_shapes::draw_span(mesh, Phase::Compute, rect, style));
    }
    if drawn.queue {
        sample(ui, "queue", &|mesh, rect| {
            for dot in 0_u8..4 {
                let at = pos2(rect.left() + f32::from(dot) * 4.0, rect.center().y - 0.75);
                mesh.add_colored_rect(Rect::from_min_size(at, Vec2::splat(1.5)), palette.queue);
            }
        });
    }
    if drawn.handover {
        line(ui, "lock handed over", theme::small(), palette.secondary);
        let (rect, _) = ui.allocate_exact_size(Vec2::new(18.0, 12.0), Sense::hover());
        let (from, to) = (rect.left_bottom() + Vec2::new(2.0, -3.0), rect.right_top() + Vec2::new(-1.0, 3.0));
        handover_line(ui.painter(), from, to, palette.text);
    }
    if drawn.late_beat {
        sample(ui, "late beat", &|mesh, rect| {
            let middle = rect.left_center();
            mesh.add_colored_rect(Rect::from_center_size(middle, Vec2::new(1.5, 9.0)), palette.text);
            let came = Rect::from_min_max(middle - Vec2::new(0.0, 1.0), rect.right_center() + Vec2::new(0.0, 1.0));
            mesh.add_colored_rect(came, palette.secondary);
        });
    }
}
