//! The tabs over the results, and the choices that belong to the view shown.

use eframe::egui::{ComboBox, Role, Ui};

use super::at_the_right::at_the_right;
use super::view_context::ViewContext;
use super::widgets::{action_link, list_entry, part};
use super::{keys, tab_button, theme};
use crate::experiment::sweep::SweepPoint;
use crate::lab::view::{Axis, Sort, Tab};
use crate::lab::{Action, Command, highlight, row_order};

/// Least width at which the choices of a view are beside the tabs instead of below them.
const fn room_beside(tab: Tab, is_sweep: bool) -> f32 {
    // Six tabs and the links to comparison, explanation and pictures, then the view's own choices.
    let own = match tab {
        Tab::Compare => 380.0,
        Tab::Distribution => 470.0,
        Tab::Scaling => 170.0,
        Tab::TimeBudget => 180.0,
        Tab::Cpu | Tab::Timeline => 0.0,
        Tab::Learn => 0.0,
    };
    // One more tab, and the choice of the point.
    let sweep = match (is_sweep, tab) {
        (false, _) => 0.0,
        (true, Tab::Scaling) => 80.0,
        (true, _) => 240.0,
    };
    890.0 + own + sweep
}

/// Draws the tabs and returns the view to draw below.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) -> Tab {
    if cx.lab.run.is_none() {
        before(ui, cx);
        return cx.lab.shown_tab();
    }
    let palette = theme::palette(ui);
    let is_sweep = cx.lab.run.as_ref().is_some_and(|run| run.all.is_sweep());
    let beside = ui.available_width() >= room_beside(cx.lab.view.tab, is_sweep);
    // An audience looks at the results; of the choices it needs only the one of what it is shown.
    let choices: fn(&mut Ui, &mut ViewContext<'_>) = match cx.lab.presented() {
        None => choices,
        Some(_) if cx.lab.shown_tab() == Tab::Scaling || !is_sweep => |_, _| (),
        Some(_) => point_choice,
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        part(ui, Role::TabList, "Views", |ui| {
            ui.horizontal_wrapped(|ui| {
                for tab in Tab::ALL.into_iter().filter(|tab| *tab != Tab::Scaling || is_sweep) {
                    if !cx.lab.hides(tab) {
                        one(ui, cx, tab);
                    }
                }
            });
        });
        if beside {
            at_the_right(ui, |_| (), |ui| choices(ui, cx));
        }
    });
    if !beside {
        ui.horizontal_wrapped(|ui| choices(ui, cx));
    }
    let (width, bottom) = (ui.max_rect().x_range(), ui.min_rect().bottom());
    ui.painter().hline(width, bottom, (1.0, palette.hairline));
    ui.add_space(theme::STEP * 2.0);
    cx.lab.shown_tab()
}

/// Draws the tabs that there are before a run, and what can be done with the page.
fn before(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    ui.spacing_mut().item_spacing.x = 4.0;
    ui.horizontal(|ui| {
        part(ui, Role::TabList, "Views", |ui| {
            ui.horizontal(|ui| {
                for tab in [Tab::Compare, Tab::Learn] {
                    one(ui, cx, tab);
                }
            });
        });
        if cx.lab.shown_tab() != Tab::Learn {
            // They stay where they are while a changed draft is drawn.
            let links = |ui: &mut Ui| {
                for action in [Action::SavePicture, Action::CopyPicture] {
                    action_link(ui, cx, action);
                }
            };
            at_the_right(ui, |_| (), links);
        }
    });
}

/// Draws the choice of the point that the view shows, for sweeps.
fn point_choice(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let Some(run) = cx.lab.run.as_ref().filter(|run| run.all.is_sweep()) else { return };
    let title = |index: usize| {
        run.all.points.get(index).and_then(|results| results.point.as_ref()).map_or_else(String::new, SweepPoint::title)
    };
    let combo = ComboBox::from_id_salt("point").width(150.0).selected_text(title(run.point));
    let response = combo.show_ui(ui, |ui| {
        for index in 0..run.all.points.len() {
            if list_entry(ui, run.point == index, title(index)) {
                cx.commands.push(Command::Point(index));
            }
        }
    });
    response.response.accessible_name("Point").on_hover_text("The value of the swept setting that this view shows");
}

/// Draws the choices of the view shown, then what can be done with it.
fn choices(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    match cx.lab.shown_tab() {
        Tab::Compare => {
            compare_choices(ui, cx);
            point_choice(ui, cx);
        }
        Tab::Cpu | Tab::Timeline => point_choice(ui, cx),
        Tab::TimeBudget => {
            super::time_budget::choices(ui, cx);
            point_choice(ui, cx);
        }
        Tab::Distribution => {
            super::distribution::choices(ui, cx);
            point_choice(ui, cx);
        }
        Tab::Scaling => super::scaling::choices(ui, cx),
        Tab::Learn => point_choice(ui, cx),
    }
    for action in
        [Action::CompareWith, Action::Explanation, Action::SavePicture, Action::CopyPicture, Action::CopyTable]
    {
        if cx.lab.can(action) {
            action_link(ui, cx, action);
        }
    }
}

fn one(ui: &mut Ui, cx: &mut ViewContext<'_>, tab: Tab) {
    let action = Action::Tab(tab);
    let selected = cx.lab.shown_tab() == tab;
    let response = tab_button::show(ui, action.info().label, selected, 32.0);
    if selected {
        cx.pane(&response);
    }
    if response.on_hover_text(keys::tooltip(ui.ctx(), action)).clicked() {
        cx.act(action);
    }
}

/// Draws order and axis.
fn compare_choices(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let view = &cx.lab.view;
    let order = row_order::title(cx.lab);
    let combo = ComboBox::from_id_salt("order of rows").width(150.0).selected_text(format!("order: {order}"));
    let response = combo.show_ui(ui, |ui| {
        for sort in Sort::all(view.columns.shown(cx.lab.run.as_ref().and_then(highlight::of_run))) {
            if list_entry(ui, view.sort == sort, sort.title()) {
                cx.commands.push(Command::Sort(sort));
            }
        }
    });
    response
        .response
        .accessible_name("Order")
        .on_hover_text("Rows keep the order of the list while a run is under way");
    let combo = ComboBox::from_id_salt("axis").width(120.0).selected_text(format!("axis: {}", view.axis.title()));
    let response = combo.show_ui(ui, |ui| {
        for axis in Axis::ALL {
            if list_entry(ui, view.axis == axis, axis.title()) {
                cx.commands.push(Command::Axis(axis));
            }
        }
    });
    let tip = "Automatic is logarithmic where the slowest takes more than 20 times as long as the fastest";
    response.response.accessible_name("Axis").on_hover_text(tip);
    super::compare::column_menu::show(ui, cx);
}
