//! Messages to the user: a list over the lower right corner, which moves nothing else, and their number in the status line.

use eframe::egui::{Align, Align2, Area, Button, Frame, Id, Layout, Order, RichText, Role, ScrollArea, Ui, Vec2};

use super::view_context::ViewContext;
use super::widgets::{line, part, polite, text};
use super::{focus, theme};
use crate::lab::Command;
use crate::lab::notices::{Notice, NoticesCommand, Offer};
use crate::units::plural;

/// Width of the list.
const WIDTH: f32 = 380.0;
/// Height of the list at most.
const HEIGHT: f32 = 260.0;
/// Distance from the edges of the window; below, from the status line.
const DISTANCE: Vec2 = Vec2::new(16.0, 44.0);

/// Draws the list, the newest message first.
pub fn show(ui: &Ui, cx: &mut ViewContext<'_>) {
    let notices = &cx.lab.notices;
    if !notices.is_shown() {
        return;
    }
    let palette = theme::palette(ui);
    let width = WIDTH.min(ui.ctx().content_rect().width() - 2.0 * DISTANCE.x - 24.0);
    let area = Area::new(Id::unique("notices")).order(Order::Middle).fade_in(false);
    area.anchor(Align2::RIGHT_BOTTOM, -DISTANCE).show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).fill(palette.panel).inner_margin(12).show(ui, |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = theme::STEP * 2.0;
            part(ui, Role::Group, "Notices", |ui| {
                ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
                    for (index, notice) in notices.list().iter().rev().enumerate() {
                        if index > 0 {
                            let rect = ui.cursor();
                            ui.painter().hline(
                                ui.max_rect().x_range(),
                                rect.top() - theme::STEP,
                                (1.0, palette.hairline),
                            );
                        }
                        one(ui, cx, notice, index == 0);
                    }
                    focus::follow_focus(ui);
                });
                ui.horizontal(|ui| {
                    line(ui, plural(notices.list().len() as u64, "notice"), theme::small(), palette.tertiary);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        let several = notices.list().len() > 1;
                        if several && ui.small_button("Dismiss all").clicked() {
                            cx.push(Command::Notices(NoticesCommand::DismissAll));
                        }
                        let tip = "Folds the notices into the status line";
                        if ui.small_button("Hide notices").on_hover_text(tip).clicked() {
                            cx.push(Command::Notices(NoticesCommand::Show(false)));
                        }
                    });
                });
            });
        });
    });
}

fn one(ui: &mut Ui, cx: &mut ViewContext<'_>, notice: &Notice, is_newest: bool) {
    let palette = theme::palette(ui);
    let colour = if notice.problem { palette.caveat } else { palette.text };
    let response = text(ui, &notice.text, theme::note(), colour);
    if is_newest {
        polite(ui, &response);
    }
    ui.push_id(notice.number, |ui| {
        ui.horizontal(|ui| {
            if let Some((label, command)) = &notice.offer
                && ui.small_button(*label).clicked()
            {
                cx.push(match command.clone() {
                    Offer::Runs(command) => Command::Runs(command),
                    Offer::Presets(command) => Command::Presets(command),
                });
                cx.push(Command::Notices(NoticesCommand::Dismiss(notice.number)));
            }
            if ui.small_button("Dismiss").clicked() {
                cx.push(Command::Notices(NoticesCommand::Dismiss(notice.number)));
            }
        });
    });
}

/// Draws the number of messages while the list is hidden, for the status line.
pub fn count(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let notices = &cx.lab.notices;
    if notices.is_shown() || notices.list().is_empty() {
        return;
    }
    let palette = theme::palette(ui);
    let problem = notices.list().iter().any(|notice| notice.problem);
    let label = plural(notices.list().len() as u64, "notice");
    let label = RichText::new(label).font(theme::note()).color(if problem { palette.caveat } else { palette.text });
    let button = Button::new(label).frame(true).frame_when_inactive(false).small();
    if ui.add(button).on_hover_text("Shows the notices").clicked() {
        cx.push(Command::Notices(NoticesCommand::Show(true)));
    }
}
