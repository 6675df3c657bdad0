//! The place of the sheet in this frame, for the parts of the window that leave room for it. Draws nothing.

use eframe::egui::{Context, Id, Rect};

/// Rectangle of the sheet, and the width that it takes from the other parts of the window.
type Place = (Rect, f32);

fn id() -> Id {
    Id::unique("place of the sheet")
}

fn place(ctx: &Context) -> Option<Place> {
    ctx.data(|data| data.get_temp(id()))
}

/// Stores the place of the sheet; `None` if there is none. Returns true if its width has changed.
pub fn store(ctx: &Context, place: Option<Place>) -> bool {
    let before = width(ctx);
    ctx.data_mut(|data| match place {
        Some(place) => {
            data.insert_temp(id(), place);
        }
        None => {
            data.remove::<Place>(id());
        }
    });
    (before - width(ctx)).abs() > 0.5
}

/// Returns the width that the sheet takes from the other parts of the window.
pub fn width(ctx: &Context) -> f32 {
    place(ctx).map_or(0.0, |(_, width)| width)
}

/// Returns true if a widget is within the sheet.
pub fn contains(ctx: &Context, widget: Rect) -> bool {
    place(ctx).is_some_and(|(rect, _)| rect.contains(widget.center()))
}
