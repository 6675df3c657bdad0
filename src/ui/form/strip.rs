//! The steps of a task as a row of blocks: their order is changed by dragging, or by keys (one tab stop; arrows select,
//! with Alt they move, Delete removes). The fields of the selected step are below the row.

use eframe::egui::{
    Align2, CornerRadius, CursorIcon, EventFilter, Id, Key, Mesh, Modifiers, Rect, Response, Role, Sense, Shape,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
};

use super::step_change::{Possible, StepChange};
use super::step_selection::{select, selected};
use super::{fields, knobs, steps};
use crate::lab::{Command, Edit, step_format};
use crate::model::Family;
use crate::ui::key_presses::take;
use crate::ui::theme;
use crate::ui::timeline::draw_span;
use crate::ui::timeline::span_painter::SpanStyle;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{focus_ring, line, painted, part, quiet_button};
use crate::workload::{MOST_STEPS, Step};

/// Name of the row of blocks.
const LIST: &str = "Steps of each task";
/// Height of a block.
const HEIGHT: f32 = 46.0;
/// Least width of a block: narrower ones go on in the next row.
const LEAST_WIDTH: f32 = 62.0;
/// Gap between blocks.
const GAP: f32 = theme::STEP;
/// Height of the glyph at the top of a block.
const GLYPH: f32 = 8.0;
/// Space around the contents of a block.
const MARGIN: f32 = 5.0;

/// Draws the row of blocks, and the fields of the selected step.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let all = cx.lab.draft.workload().steps();
    let selected = selected(ui).filter(|index| *index < all.len());
    buttons(ui, cx, all, selected);
    let blocks = blocks(ui, all, selected);
    react(ui, cx, all, selected, &blocks);
    let Some((index, step)) = selected.and_then(|index| Some((index, all.get(index)?))) else { return };
    let name = format!("Step {}", index + 1);
    let possible = Possible::at(index, all.len(), all.len() < MOST_STEPS);
    let label = fields::PartLabel { part: "", field: &name };
    let change = ui.push_id(("step", index), |ui| steps::one(ui, cx, label, (index, step), possible)).inner;
    if let Some(change) = change {
        apply(ui, cx, all, index, change);
    }
}

fn block_id(index: usize) -> Id {
    Id::unique(("block of step", index))
}

/// Draws the name of the row and the buttons that change the number of steps.
fn buttons(ui: &mut Ui, cx: &mut ViewContext<'_>, all: &[Step], selected: Option<usize>) {
    let palette = theme::palette(ui);
    let (mut add, mut remove) = (false, false);
    // In the column of the fields: what comes and goes at the right edge would widen the panel for good.
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(fields::INDENT);
        let name = line(ui, "Steps", theme::body(), palette.secondary);
        ui.add_space(fields::LABEL_WIDTH - name.rect.width());
        name.on_hover_text(format!("Each task does: {}", step_format::steps(all)));
        let response = ui.add_enabled_ui(all.len() < MOST_STEPS, |ui| quiet_button(ui, "Add step")).inner;
        let response = response.on_hover_text("Adds a step at the end of each task");
        add = response.on_disabled_hover_text(format!("A task has at most {MOST_STEPS} steps")).clicked();
        if let Some(index) = selected {
            let response = quiet_button(ui, &format!("Remove step {}", index + 1));
            remove = response.on_hover_text("Takes the selected step out of each task (Delete)").clicked();
        }
        let reset = cx.lab.draft.reset_of("Steps");
        if let Some(edit) = reset.filter(|_| fields::reset_button(ui, "Steps")) {
            cx.push(Command::Edit(edit));
        }
    });
    if add {
        let mut more = all.to_vec();
        more.push(steps::fresh(all));
        select(ui, Some(all.len()));
        cx.push(Command::Edit(Edit::Steps(more)));
    }
    if let Some(index) = selected.filter(|_| remove) {
        apply(ui, cx, all, index, StepChange::Remove);
    }
}

/// Applies a change at one step; the step that was changed stays the selected one.
fn apply(ui: &Ui, cx: &mut ViewContext<'_>, all: &[Step], index: usize, change: StepChange) {
    let mut steps = all.to_vec();
    change.apply(&mut steps, index);
    select(
        ui,
        match change {
            StepChange::Earlier => index.checked_sub(1),
            StepChange::Later | StepChange::Duplicate => Some(index + 1),
            StepChange::Remove => index.min(steps.len().saturating_sub(1)).into(),
        }
        .filter(|_| !steps.is_empty()),
    );
    cx.push(Command::Edit(Edit::Steps(steps)));
}

/// Draws the blocks. Returns the widget of each.
fn blocks(ui: &mut Ui, all: &[Step], selected: Option<usize>) -> Vec<Response> {
    if all.is_empty() {
        let note = "None: the tasks are empty";
        fields::indented(ui, |ui| line(ui, note, theme::note(), theme::palette(ui).tertiary));
        return Vec::new();
    }
    let width = ui.available_width() - fields::INDENT;
    let in_row = (((width + GAP) / (LEAST_WIDTH + GAP)) as usize).clamp(1, all.len());
    // Rows of equal length: five blocks are three and two, not four and one.
    let rows = all.len().div_ceil(in_row);
    let in_row = all.len().div_ceil(rows);
    let each = (width - GAP * (in_row - 1) as f32) / in_row as f32;
    let height = rows as f32 * (HEIGHT + GAP) - GAP;
    part(ui, Role::ListBox, LIST, |ui| {
        let (_, room) = ui.allocate_space(Vec2::new(width + fields::INDENT, height));
        let at = |index: usize| {
            let (row, column) = (index / in_row, index % in_row);
            let offset = Vec2::new(column as f32 * (each + GAP), row as f32 * (HEIGHT + GAP));
            Rect::from_min_size(room.min + offset + Vec2::new(fields::INDENT, 0.0), Vec2::new(each, HEIGHT))
        };
        (all.iter().enumerate()).map(|(index, step)| block(ui, at(index), (index, all.len()), step, selected)).collect()
    })
}

fn block(ui: &Ui, rect: Rect, (index, count): (usize, usize), step: &Step, selected: Option<usize>) -> Response {
    let palette = theme::palette(ui);
    let is_selected = selected == Some(index);
    let is_tab_stop = selected.unwrap_or(0) == index;
    let sense = if is_tab_stop { Sense::click_and_drag() } else { Sense::CLICK | Sense::DRAG };
    let response = ui.interact(rect, block_id(index), sense);
    let name = format!("Step {}: {}", index + 1, step.describe());
    response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, &name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_selected(is_selected);
        node.set_description(step.kind().help);
        node.set_position_in_set(index + 1);
        node.set_size_of_set(count);
    });
    let corner = CornerRadius::same(theme::CORNER);
    let edge = match (is_selected, response.hovered()) {
        (true, _) => Stroke::new(1.5, palette.accent),
        (_, true) => Stroke::new(1.0, palette.tertiary),
        _ => Stroke::new(1.0, palette.hairline),
    };
    ui.painter().rect(rect, corner, palette.raised, edge, StrokeKind::Inside);
    let inner = rect.shrink(MARGIN);
    glyph(ui, Rect::from_min_size(inner.min + Vec2::new(0.0, 1.0), Vec2::new(inner.width(), GLYPH)), step);
    let title = (theme::small(), palette.text);
    painted(
        ui.painter(),
        inner.left_bottom() - Vec2::new(0.0, 12.0),
        Align2::LEFT_BOTTOM,
        step.kind().title,
        title,
        inner.width(),
    );
    let amount = (theme::small(), palette.secondary);
    painted(
        ui.painter(),
        inner.left_bottom() + Vec2::new(0.0, 1.0),
        Align2::LEFT_BOTTOM,
        &knobs::amount(step),
        amount,
        inner.width(),
    );
    focus_ring(ui, &response);
    response.on_hover_text(format!("{name}\nDrag to move it; Alt and an arrow key moves it, too"))
}

/// Draws the phases of a step as the timeline does.
fn glyph(ui: &Ui, rect: Rect, step: &Step) {
    let palette = theme::palette(ui);
    let style = SpanStyle {
        hue: palette.secondary,
        queue: palette.queue,
        lock_wait: palette.lock_wait,
        gil_wait: palette.family(Family::SubInterpreters),
    };
    let phases = step_format::distinct_phases(&step.plan());
    let each = rect.width() / phases.len().max(1) as f32;
    let mut mesh = Mesh::default();
    for (index, phase) in phases.into_iter().enumerate() {
        let left = rect.left() + each * index as f32;
        let lane = Rect::from_min_size(pos2(left.round(), rect.top()), Vec2::new(each - 1.0, rect.height()));
        draw_span(&mut mesh, phase, lane, style);
    }
    ui.painter().add(Shape::mesh(mesh));
}

/// Follows pointer and keys.
fn react(ui: &mut Ui, cx: &mut ViewContext<'_>, all: &[Step], selected: Option<usize>, blocks: &[Response]) {
    for (index, response) in blocks.iter().enumerate() {
        if response.clicked() {
            select(ui, Some(index).filter(|_| selected != Some(index)));
            response.request_focus();
        }
        if response.hovered() && blocks.len() > 1 {
            ui.ctx().set_cursor_icon(CursorIcon::Grab);
        }
        let Some(pointer) = response.interact_pointer_pos() else { continue };
        let far = |one: &Response| (one.rect.center() - pointer).length();
        let target = (0..blocks.len()).min_by(|a, b| far(&blocks[*a]).total_cmp(&far(&blocks[*b]))).unwrap_or(index);
        if response.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
            if target != index {
                mark_gap(ui, blocks[target].rect, target > index);
            }
        }
        if response.drag_stopped() && target != index {
            move_to(ui, cx, all, index, target);
        }
    }
    let stop = selected.unwrap_or(0);
    let Some(focused) = blocks.get(stop).filter(|response| response.has_focus()) else { return };
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(focused.id, filter));
    let (mut steps, mut at) = (all.to_vec(), stop);
    for (moves, key) in take(ui, [Key::ArrowLeft, Key::ArrowRight]) {
        let to = if key == Key::ArrowLeft { at.saturating_sub(1) } else { (at + 1).min(blocks.len() - 1) };
        if moves {
            steps.swap(at, to);
        }
        at = to;
        focus_block(ui, at);
    }
    if steps != all {
        cx.push(Command::Edit(Edit::Steps(steps)));
    } else if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Delete)) {
        apply(ui, cx, all, at, StepChange::Remove);
    }
}

/// Moves a step, selects it and gives it the focus.
fn move_to(ui: &Ui, cx: &mut ViewContext<'_>, all: &[Step], from: usize, to: usize) {
    let mut steps = all.to_vec();
    let moved = steps.remove(from);
    steps.insert(to, moved);
    focus_block(ui, to);
    cx.push(Command::Edit(Edit::Steps(steps)));
}

/// Selects a step and gives it the focus.
fn focus_block(ui: &Ui, index: usize) {
    select(ui, Some(index));
    ui.memory_mut(|memory| memory.request_focus(block_id(index)));
}

/// Draws the line at which a dragged block would be put.
fn mark_gap(ui: &Ui, block: Rect, behind: bool) {
    let x = if behind { block.right() + GAP / 2.0 } else { block.left() - GAP / 2.0 };
    ui.painter().vline(x, block.y_range(), (2.0, theme::palette(ui).accent));
}
