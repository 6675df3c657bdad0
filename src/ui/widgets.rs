//! Small widgets that several views share: texts, buttons, marks, live regions.

use eframe::egui::{
    self, Align, Align2, Button, Color32, CornerRadius, FontId, Id, IntoAtoms, Label, Layout, Painter, Pos2, Rect,
    Response, RichText, Role, Sense, Stroke, StrokeKind, TextWrapMode, Ui, UiBuilder, Vec2, WidgetInfo, accesskit,
};

use super::at_the_right::at_the_right;
use super::view_context::ViewContext;
use super::{focus, keys, theme};
use crate::lab::Action;
use crate::model::{Contender, Host};

/// Text while interpreters are searched for.
pub const SEARCHING: &str = "Looking for Python interpreters…";

/// Draws a line or paragraph.
pub fn text(ui: &mut Ui, label: impl Into<String>, font: FontId, colour: Color32) -> Response {
    ui.add(Label::new(RichText::new(label).font(font).color(colour)).wrap())
}

/// Draws a short text without wrapping; if it is cut off, hovering shows all of it.
pub fn line(ui: &mut Ui, label: impl Into<String>, font: FontId, colour: Color32) -> Response {
    ui.add(Label::new(RichText::new(label).font(font).color(colour)).truncate())
}

/// Draws a short text at its full width, for grids.
pub fn uncut(ui: &mut Ui, label: &str, font: FontId, colour: Color32) -> Response {
    ui.add(Label::new(RichText::new(label).font(font).color(colour)).extend())
}

/// Draws a short text at its full width, at the right edge of a cell of a grid.
pub fn uncut_right(ui: &mut Ui, label: &str, font: FontId, colour: Color32) -> Response {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| uncut(ui, label, font, colour)).inner
}

/// Announces changes of a text to assistive clients without moving the focus.
pub fn polite(ui: &Ui, response: &Response) {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(accesskit::Live::Polite));
}

/// Draws the button of an action, disabled if the action is not available.
pub fn action_button(ui: &mut Ui, cx: &mut ViewContext<'_>, action: Action) -> Response {
    let button = Button::new(action.info().label);
    let tooltip = keys::tooltip(ui.ctx(), action);
    let response = ui.add_enabled(cx.lab.can(action), button);
    let response = response.on_hover_text(&tooltip).on_disabled_hover_text(tooltip);
    if response.clicked() {
        focus::remember_pressed(&response);
        cx.act(action);
    }
    response
}

/// Draws an action as a frameless button in the accent colour.
pub fn action_link(ui: &mut Ui, cx: &mut ViewContext<'_>, action: Action) -> Response {
    let palette = theme::palette(ui);
    let enabled = cx.lab.can(action);
    let colour = if enabled { palette.accent } else { palette.tertiary };
    let label = RichText::new(action.info().label).font(theme::note()).color(colour);
    // Without a scope, which would not go to the next line of a wrapped layout.
    let padding = std::mem::replace(&mut ui.spacing_mut().button_padding, Vec2::new(4.0, 1.0));
    let button = Button::new(label).frame(true).frame_when_inactive(false).min_size(Vec2::new(0.0, 20.0));
    let response = ui.add_enabled(enabled, button.wrap_mode(TextWrapMode::Extend));
    ui.spacing_mut().button_padding = padding;
    let tooltip = keys::tooltip(ui.ctx(), action);
    let response = response.on_hover_text(&tooltip).on_disabled_hover_text(tooltip);
    if response.clicked() {
        focus::remember_pressed(&response);
        cx.act(action);
    }
    response
}

/// Draws a radio button with an outline: a disc alone does not look like one.
pub fn radio(ui: &mut Ui, chosen: bool, label: &str) -> Response {
    let outline = Stroke::new(1.0, theme::palette(ui).tertiary);
    ui.scope(|ui| {
        ui.visuals_mut().widgets.inactive.bg_stroke = outline;
        ui.radio(chosen, label)
    })
    .inner
}

/// Draws an entry of a list that opens, which closes when it is chosen: by itself egui closes it for a pointer alone. Returns
/// true if it was chosen.
pub fn list_entry(ui: &mut Ui, chosen: bool, label: impl Into<String>) -> bool {
    let is_chosen = ui.selectable_label(chosen, label.into()).clicked();
    if is_chosen {
        ui.close();
    }
    is_chosen
}

/// Draws a button without a frame until it is pointed at.
pub fn quiet_button(ui: &mut Ui, label: &str) -> Response {
    let palette = theme::palette(ui);
    let label = RichText::new(label).font(theme::small()).color(palette.accent);
    ui.scope(|ui| {
        ui.spacing_mut().button_padding = Vec2::new(4.0, 0.0);
        ui.spacing_mut().interact_size.y = 16.0;
        ui.add(Button::new(label).frame(true).frame_when_inactive(false))
    })
    .inner
}

/// A button beside a line of text.
pub fn small_button<'a>(label: impl IntoAtoms<'a>) -> Button<'a> {
    Button::new(label).small().min_size(Vec2::new(0.0, 22.0))
}

/// Returns the width of a text in one line, in points.
pub fn text_width(painter: &Painter, text: &str, font: &FontId) -> f32 {
    painter.layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x
}

/// Begins the next line of a wrapping row if these texts do not fit on this one, each with so much beside it.
pub fn keep_together(ui: &mut Ui, texts: &[(&str, FontId, f32)]) {
    let gap = ui.spacing().item_spacing.x;
    let needed: f32 =
        texts.iter().map(|(text, font, beside)| text_width(ui.painter(), text, font) + beside + gap).sum();
    if ui.available_size_before_wrap().x < needed {
        ui.end_row();
    }
}

/// Draws the main button of a view.
pub fn primary_button(ui: &mut Ui, label: &str, enabled: bool) -> Response {
    let palette = theme::palette(ui);
    let label = RichText::new(label).font(theme::strong()).color(palette.on_accent);
    let button = Button::new(label).fill(palette.accent).stroke(Stroke::NONE).min_size(Vec2::new(76.0, 30.0));
    let response = ui.add_enabled(enabled, button);
    if response.has_focus() {
        // A ring in the accent colour would be invisible around it.
        let ring = Stroke::new(2.0, palette.text);
        ui.painter().rect_stroke(
            response.rect.expand(1.0),
            CornerRadius::same(theme::CORNER),
            ring,
            StrokeKind::Outside,
        );
    }
    response
}

/// Draws a check box whose name is shown elsewhere, beside it in a row or above it in a column.
pub fn check_box(ui: &mut Ui, selected: &mut bool, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::click());
    draw_check_box(ui, rect, response, selected, name)
}

/// Draws a check box of a grid: Tab reaches it if it is the tab stop.
pub fn grid_check_box(ui: &mut Ui, selected: &mut bool, name: &str, (id, is_tab_stop): (Id, bool)) -> Response {
    let (_, rect) = ui.allocate_space(Vec2::splat(18.0));
    let response = ui.interact(rect, id, if is_tab_stop { Sense::click() } else { Sense::CLICK });
    ui.ctx().accesskit_node_builder(id, |node| node.add_action(accesskit::Action::Focus));
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    draw_check_box(ui, rect, response, selected, name)
}

fn draw_check_box(ui: &Ui, rect: Rect, mut response: Response, selected: &mut bool, name: &str) -> Response {
    let palette = theme::palette(ui);
    if response.clicked() {
        *selected = !*selected;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), *selected, name));
    let edge = if response.hovered() { palette.text } else { palette.tertiary };
    tick_box(ui, rect.shrink(1.0), *selected, edge);
    if response.has_focus() {
        let ring = Stroke::new(2.0, palette.text);
        ui.painter().rect_stroke(rect, CornerRadius::same(4), ring, StrokeKind::Outside);
    }
    response
}

/// Paints a square box, with a tick if it is marked.
pub fn tick_box(ui: &Ui, side: Rect, marked: bool, edge: Color32) {
    let palette = theme::palette(ui);
    let corner = CornerRadius::same(4);
    if marked {
        ui.painter().rect_filled(side, corner, palette.accent);
        let at = |x: f32, y: f32| side.min + Vec2::new(x, y) * side.width();
        let tick = vec![at(0.24, 0.52), at(0.43, 0.70), at(0.77, 0.31)];
        ui.painter().line(tick, Stroke::new(2.0, palette.on_accent));
    } else {
        ui.painter().rect(side, corner, palette.raised, Stroke::new(1.0, edge), StrokeKind::Inside);
    }
}

/// Returns the colour of a model's family.
pub fn hue(ui: &Ui, contender: &Contender) -> Color32 {
    theme::palette(ui).family(contender.model.info().family)
}

/// Draws the mark of a model in its family's hue: filled for Rust, hollow for other hosts.
pub fn mark(painter: &Painter, centre: Pos2, side: f32, hue: Color32, host: &Host) {
    let rect = Rect::from_center_size(centre, Vec2::splat(side));
    let corner = CornerRadius::same(theme::MARK_CORNER);
    match host {
        Host::Rust => {
            painter.rect_filled(rect, corner, hue);
        }
        Host::Python(_) => {
            painter.rect_stroke(rect, corner, Stroke::new(2.0, hue), StrokeKind::Inside);
        }
    }
}

/// Draws the focus ring around a painted widget.
pub fn focus_ring(ui: &Ui, response: &Response) {
    if response.has_focus() {
        let ring = Stroke::new(2.0, theme::palette(ui).accent);
        ui.painter().rect_stroke(response.rect, CornerRadius::same(theme::CORNER), ring, StrokeKind::Inside);
    }
}

/// Allocates a painted figure that assistive clients see as an image with a description.
pub fn figure(ui: &mut Ui, size: Vec2, sense: Sense, sentence: &str) -> (Response, Painter) {
    let (response, painter) = ui.allocate_painter(size, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, sentence));
    (response, painter)
}

/// Draws a part of the window with a role and a name for assistive clients.
pub fn part<R>(ui: &mut Ui, role: Role, name: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new().accessibility_role(role).accessibility_label(name.to_owned());
    ui.scope_builder(builder, add).inner
}

/// Paints text within `width`, cut off with an ellipsis if it is longer. Returns its rectangle.
pub fn painted(painter: &Painter, at: Pos2, align: Align2, label: &str, style: (FontId, Color32), width: f32) -> Rect {
    let mut job = egui::text::LayoutJob::simple_singleline(label.to_owned(), style.0, style.1);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    let galley = painter.layout_job(job);
    let rect = align.anchor_size(at, galley.size());
    painter.galley(rect.min, galley, style.1);
    rect
}

/// Draws a contender's title, its vertical centre at `left`; what sets it apart from others of its model below where
/// both need more than `width` points. Returns the lower end of the text.
pub fn painted_title(
    painter: &Painter,
    left: Pos2,
    contender: &Contender,
    style: (FontId, Color32),
    width: f32,
) -> f32 {
    let title = contender.title();
    let (model, Some(words)) = contender.title_parts() else {
        return painted(painter, left, Align2::LEFT_CENTER, &title, style, width).bottom();
    };
    let colour = style.1;
    if text_width(painter, &title, &style.0) <= width {
        return painted(painter, left, Align2::LEFT_CENTER, &title, style, width).bottom();
    }
    let at = |offset: f32| Pos2::new(left.x, left.y + offset);
    painted(painter, at(-6.0), Align2::LEFT_CENTER, &model, style, width);
    painted(painter, at(8.0), Align2::LEFT_CENTER, &words, (theme::small(), colour), width).bottom()
}

/// Draws the heading of a section of the left panel: its name, and right of it the contents of `add`.
pub fn heading(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) -> Response {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(theme::STEP);
        let label = |ui: &mut Ui| line(ui, name, theme::overline(), palette.tertiary);
        at_the_right(ui, label, add)
    })
    .inner
}
