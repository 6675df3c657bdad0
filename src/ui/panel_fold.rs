//! Folding of the left panel: by the user, and by itself in a window that is narrow, or is made so by a sheet. Draws
//! nothing.

use eframe::egui::Ui;

use super::sheet_rect;
use super::view_context::ViewContext;
use crate::lab::Command;

/// Narrowest window that shows panel and results side by side.
const ROOM_FOR_BOTH: f32 = 900.0;

/// Returns true in a window that is too narrow for panel and results.
pub fn is_narrow(ui: &Ui) -> bool {
    ui.ctx().content_rect().width() - sheet_rect::width(ui.ctx()) < ROOM_FOR_BOTH
}

/// Returns true if the panel is folded, by the user or because the window is narrow.
pub fn is_folded(ui: &Ui, cx: &ViewContext<'_>) -> bool {
    cx.lab.view.panel_folded || (is_narrow(ui) && !cx.lab.view.panel_beside_in_narrow)
}

/// Folds or unfolds the panel. Folding it in a narrow window leaves the choice for a wide one as it is.
pub fn fold(cx: &mut ViewContext<'_>, narrow: bool, folded: bool) {
    if narrow {
        cx.push(Command::PanelInNarrow(!folded));
    }
    if !narrow || !folded {
        cx.push(Command::Panel(!folded));
    }
}
