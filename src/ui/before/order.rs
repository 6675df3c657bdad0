//! The chosen models as a list. It is put in order by dragging, by keys (one tab stop; arrows select, with Alt they move),
//! or by the buttons above it; or models are marked in it.

use eframe::egui::{
    Align2, CornerRadius, CursorIcon, EventFilter, Id, Key, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo,
    accesskit, pos2,
};

use super::picture::{self, Canvas, NAMES_WIDTH};
use crate::lab::Command;
use crate::lab::draft_picture::{MOST_LANES, ModelPicture};
use crate::lab::draft_words;
use crate::lab::guess::{GuessEdit, Question};
use crate::model::Contender;
use crate::ui::key_presses::take;
use crate::ui::theme;
use crate::ui::timeline::Drawn;
use crate::ui::view_context::ViewContext;
use crate::ui::widgets::{focus_ring, hue, mark, painted, painted_title, part, tick_box};

/// Name of the list.
const LIST: &str = "Order of the models";
/// Left edge of the mark, behind the position and the handle.
const MARK_LEFT: f32 = 38.0;

/// Actions that the rows allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// They are put in order.
    Ordered,
    /// Some of them are marked.
    Marked,
    /// Nothing.
    Plain,
}

impl Kind {
    const fn of(question: Option<Question>) -> Self {
        match question {
            Some(Question::Order(_)) => Self::Ordered,
            Some(Question::Which(_)) => Self::Marked,
            None => Self::Plain,
        }
    }
}

/// Draws the list. Returns the shapes drawn.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, canvas: &Canvas, question: Option<Question>) -> Drawn {
    let kind = Kind::of(question);
    let order = &cx.lab.guess.order;
    let mut drawn = Drawn::default();
    let mut rows: Vec<(Response, Rect)> = Vec::with_capacity(order.len());
    part(ui, if kind == Kind::Ordered { Role::ListBox } else { Role::List }, LIST, |ui| {
        for (index, contender) in order.iter().enumerate() {
            let model = cx.lab.picture.as_ref().and_then(|picture| picture.model(contender));
            let (_, rect) = ui.allocate_space(Vec2::new(canvas.width(), picture::height(canvas, model)));
            let response = row(ui, cx.lab.guess.selected == index, contender, rect, kind);
            let (shapes, description) = contents(ui, cx, canvas, (index, contender), model, rect, kind);
            drawn.add(shapes);
            focus_ring(ui, &response);
            rows.push((response.on_hover_text(description), rect));
        }
    });
    match kind {
        Kind::Ordered => react(ui, cx, &rows),
        Kind::Marked => mark_clicked(cx, &rows),
        Kind::Plain => {}
    }
    drawn
}

fn row_id(contender: &Contender) -> Id {
    Id::unique(("guessed row", contender))
}

/// Creates the widget of a row: one of the list has the tab stop.
fn row(ui: &Ui, selected: bool, contender: &Contender, rect: Rect, kind: Kind) -> Response {
    let sense = match (kind, selected) {
        (Kind::Plain, _) => Sense::hover(),
        (Kind::Marked, _) => Sense::click(),
        (Kind::Ordered, true) => Sense::click_and_drag(),
        (Kind::Ordered, false) => Sense::CLICK | Sense::DRAG,
    };
    let response = ui.interact(rect, row_id(contender), sense);
    let role = match kind {
        Kind::Ordered => Role::ListBoxOption,
        Kind::Marked => Role::CheckBox,
        Kind::Plain => Role::ListItem,
    };
    let title = contender.title();
    response.widget_info(|| WidgetInfo::labeled(role, true, &title));
    response
}

/// Draws the contents of a row, and describes it to assistive clients. Returns the shapes drawn, and the description.
fn contents(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    canvas: &Canvas,
    (index, contender): (usize, &Contender),
    model: Option<&ModelPicture>,
    rect: Rect,
    kind: Kind,
) -> (Drawn, String) {
    let palette = theme::palette(ui);
    let selected = kind == Kind::Ordered && cx.lab.guess.selected == index;
    let marked = kind == Kind::Marked && cx.lab.guess.is_marked(contender);
    let (info, count) = (contender.model.info(), cx.lab.guess.order.len());
    if selected {
        ui.painter().rect_filled(
            rect.with_max_x(canvas.plot(rect).left() - 6.0),
            CornerRadius::same(theme::CORNER),
            palette.raised,
        );
    }
    let middle = rect.top() + 13.0;
    let left = match kind {
        Kind::Ordered => {
            let number = (index + 1).to_string();
            let at = pos2(rect.left() + 18.0, middle);
            painted(ui.painter(), at, Align2::RIGHT_CENTER, &number, (theme::figures(), palette.tertiary), 24.0);
            handle(ui, pos2(rect.left() + 26.0, middle));
            MARK_LEFT
        }
        Kind::Marked => {
            let side = Rect::from_center_size(pos2(rect.left() + 12.0, middle), Vec2::splat(14.0));
            tick_box(ui, side, marked, palette.tertiary);
            MARK_LEFT - 8.0
        }
        Kind::Plain => 4.0,
    };
    let left = rect.left() + left;
    mark(ui.painter(), pos2(left + 5.0, middle), 10.0, hue(ui, contender), &contender.host);
    let name_at = pos2(left + 16.0, middle);
    let room = rect.left() + NAMES_WIDTH - 10.0 - name_at.x;
    let title_end = painted_title(ui.painter(), name_at, contender, (theme::strong(), palette.text), room);
    let mut description = format!("{}. {}", info.what, info.good_for);
    let mut drawn = Drawn::default();
    let revealed = model.filter(|_| canvas.reveals).zip(cx.lab.picture.as_ref());
    match revealed.map(|(model, picture)| (model, picture, &model.ideal)) {
        Some((model, picture, Ok(ideal))) => {
            let how = draft_words::how(picture, model);
            // A title of two lines leaves less room.
            let top = title_end.max(middle + 9.0);
            let at = pos2(name_at.x, top);
            let below = painted(ui.painter(), at, Align2::LEFT_TOP, &how, (theme::small(), palette.secondary), room);
            if let Some(part) = draft_words::part_shown(picture, ideal, MOST_LANES) {
                let at = pos2(name_at.x, below.bottom());
                painted(ui.painter(), at, Align2::LEFT_TOP, &part, (theme::small(), palette.tertiary), room);
            }
            if ui.is_rect_visible(rect) {
                drawn = picture::ideal(ui, picture, model, ideal, canvas, rect);
            }
            if let Some(sentence) = draft_words::ideal_sentence(picture, model) {
                let lanes = ui.interact(canvas.plot(rect), row_id(contender).with("lanes"), Sense::hover());
                lanes.widget_info(|| WidgetInfo::labeled(Role::Image, true, &sentence));
                description = format!("{sentence}. {description}");
            }
        }
        other => {
            // A reason that is the same for all models is given once, above.
            let note = other.map_or_else(
                || info.what.to_owned(),
                |(_, picture, ideal)| draft_words::instead_of_lanes(picture, contender, ideal.as_ref().err().copied()),
            );
            let plot = canvas.plot(rect);
            let style = (theme::note(), palette.secondary);
            painted(
                ui.painter(),
                pos2(plot.left(), middle),
                Align2::LEFT_CENTER,
                &note,
                style,
                rect.right() - plot.left(),
            );
        }
    }
    let position = if kind == Kind::Ordered { format!("{} of {count}. ", index + 1) } else { String::new() };
    ui.ctx().accesskit_node_builder(row_id(contender), |node| {
        node.set_description(format!("{position}{description}"));
        match kind {
            Kind::Ordered => node.set_selected(selected),
            Kind::Marked => node.set_toggled(accesskit::Toggled::from(marked)),
            Kind::Plain => {}
        }
    });
    (drawn, description)
}

/// Draws the dots by which a row is dragged.
fn handle(ui: &Ui, centre: Pos2) {
    let colour = theme::palette(ui).tertiary;
    for (column, line) in [(-2.0, -4.0), (2.0, -4.0), (-2.0, 0.0), (2.0, 0.0), (-2.0, 4.0), (2.0, 4.0)] {
        ui.painter().circle_filled(centre + Vec2::new(column, line), 1.0, colour);
    }
}

/// Marks the models that are clicked.
fn mark_clicked(cx: &mut ViewContext<'_>, rows: &[(Response, Rect)]) {
    if let Some((first, _)) = rows.first() {
        cx.pane(first);
    }
    for (index, _) in rows.iter().enumerate().filter(|(_, (response, _))| response.clicked()) {
        if let Some(contender) = cx.lab.guess.order.get(index) {
            cx.push(Command::Guess(GuessEdit::Toggle(contender.clone())));
        }
    }
}

/// Follows pointer and keys.
fn react(ui: &Ui, cx: &mut ViewContext<'_>, rows: &[(Response, Rect)]) {
    let guess = &cx.lab.guess;
    let (order, selected) = (&guess.order, guess.selected);
    if let Some((first, _)) = rows.get(selected) {
        cx.pane(first);
    }
    let mut edits = Vec::new();
    for (index, (response, _)) in rows.iter().enumerate() {
        if response.clicked() || response.drag_started() {
            edits.push(GuessEdit::Select(order[index].clone()));
            response.request_focus();
        }
        if response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::Grab);
        }
        if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
            // Rows whose middle the pointer has passed are above.
            let above = |(other, (_, rect)): (usize, &(Response, Rect))| other != index && rect.center().y < pointer.y;
            let target = rows.iter().enumerate().filter(|(other, row)| above((*other, *row))).count();
            if target != index {
                edits.push(GuessEdit::Move(order[index].clone(), target));
            }
        }
    }
    if let Some((focused, _)) = rows.get(selected).filter(|(response, _)| response.has_focus()) {
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(focused.id, filter));
        let (mut order, mut at) = (order.clone(), selected);
        for (moves, key) in take(ui, [Key::ArrowUp, Key::ArrowDown]) {
            let to = if key == Key::ArrowUp { at.saturating_sub(1) } else { (at + 1).min(rows.len() - 1) };
            if moves {
                edits.push(GuessEdit::Move(order[at].clone(), to));
                order.swap(at, to);
            } else {
                edits.push(GuessEdit::Select(order[to].clone()));
                ui.memory_mut(|memory| memory.request_focus(row_id(&order[to])));
            }
            at = to;
        }
    }
    for edit in edits {
        cx.push(Command::Guess(edit));
    }
}
