//! The frame in which something becomes another one. A frame may be drawn in several passes, of which only the last one
//! counts: whatever is asked for in it, such as scrolling, has to be asked for in each.

use std::any::Any;

use eframe::egui::{Id, Ui};

/// Value that was seen last, the one before it, and the frame of the change.
#[derive(Clone)]
struct Seen<T> {
    now: T,
    before: Option<T>,
    since: u64,
}

/// Returns the value before this one in all passes of the frame in which it changes, `Some(None)` when it is the first;
/// `None` in other frames.
pub fn before<T: Clone + PartialEq + Any + Send + Sync>(ui: &Ui, id: Id, now: &T) -> Option<Option<T>> {
    let frame = ui.ctx().cumulative_frame_nr();
    ui.data_mut(|data| {
        let seen: Option<Seen<T>> = data.get_temp(id);
        if let Some(same) = seen.as_ref().filter(|seen| seen.now == *now) {
            return (same.since == frame).then(|| same.before.clone());
        }
        // Within one frame it may change twice; what counts is the frame before.
        let before = seen.and_then(|seen| if seen.since == frame { seen.before } else { Some(seen.now) });
        data.insert_temp(id, Seen { now: now.clone(), before: before.clone(), since: frame });
        Some(before)
    })
}

/// Returns true in the frame in which the value changes, or is the first one.
pub fn is_new<T: Clone + PartialEq + Any + Send + Sync>(ui: &Ui, id: Id, now: &T) -> bool {
    before(ui, id, now).is_some()
}

/// Notes that something is drawn in this frame. Returns true if it was in the frame before, or in an earlier pass of this one.
pub fn was_drawn(ui: &Ui, id: Id) -> bool {
    let frame = ui.ctx().cumulative_frame_nr();
    let seen: Option<u64> = ui.data_mut(|data| {
        let seen = data.get_temp(id);
        data.insert_temp(id, frame);
        seen
    });
    seen.is_some_and(|seen| seen + 1 >= frame)
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Context, RawInput};

    use super::*;

    #[test]
    fn every_pass_of_the_frame_of_a_change_knows_of_it() {
        let ctx = Context::default();
        let id = Id::unique("value");
        let mut passes = Vec::new();
        for value in [1, 1, 2, 2] {
            let mut pass = 0;
            let mut output = ctx.run_ui(RawInput::default(), |ui| {
                passes.push(before(ui, id, &value));
                if pass == 0 {
                    ui.ctx().request_discard("a second pass");
                }
                pass += 1;
            });
            output.textures_delta.clear();
        }
        let first = Some(None);
        let second = Some(Some(1));
        assert_eq!(passes, [first, first, None, None, second, second, None, None]);
    }
}
