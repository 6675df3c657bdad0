//! The lab's icon, a core with the lanes of three models, painted with the tokens of the theme. `assets/icon.svg` is
//! the same drawing for packages.

use eframe::egui::{Color32, IconData, Pos2, Rect, pos2};

use super::theme::{DARK, LIGHT};
use crate::model::Family;

/// Side of the drawing and the icon, in pixels. Edges are at multiples of four, so that they stay sharp at a quarter
/// of the size.
const SIDE: u32 = 64;

/// Positions at which pins and lanes begin on their axis, and their width.
const OFFSETS: [f32; 3] = [16.0, 28.0, 40.0];
const WIDTH: f32 = 8.0;

/// Lanes from the top: family, left end, right end.
const LANES: [(Family, f32, f32); 3] =
    [(Family::EventLoops, 16.0, 48.0), (Family::Pools, 16.0, 36.0), (Family::Processes, 28.0, 48.0)];

/// Grey with enough contrast to light and dark panels.
const RIM: Color32 = LIGHT.family(Family::Sequential);

/// Returns the icon of the window.
#[must_use]
pub fn icon() -> IconData {
    let mut rgba = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    for index in 0..SIDE * SIDE {
        let point = pos2((index % SIDE) as f32 + 0.5, (index / SIDE) as f32 + 0.5);
        rgba.extend_from_slice(&colour(point).to_srgba_unmultiplied());
    }
    IconData { rgba, width: SIDE, height: SIDE }
}

fn colour(point: Pos2) -> Color32 {
    for ((family, from, to), top) in LANES.into_iter().zip(OFFSETS) {
        let lane = Rect::from_min_max(pos2(from, top), pos2(to, top + WIDTH));
        if cover(lane, 2.0, point) > 0.5 {
            return DARK.family(family);
        }
    }
    if cover(square(12.0), 4.0, point) > 0.5 {
        return DARK.panel;
    }
    let pins = OFFSETS.into_iter().flat_map(|from| {
        let to = from + WIDTH;
        let (low, high) = (4.0, SIDE as f32 - 4.0);
        [Rect::from_min_max(pos2(from, low), pos2(to, high)), Rect::from_min_max(pos2(low, from), pos2(high, to))]
    });
    let rim = pins.map(|pin| cover(pin, 0.5, point)).fold(cover(square(8.0), 7.0, point), f32::max);
    RIM.gamma_multiply(rim)
}

/// Returns a square with this margin on every side.
fn square(margin: f32) -> Rect {
    Rect::from_min_max(pos2(margin, margin), pos2(SIDE as f32 - margin, SIDE as f32 - margin))
}

/// Returns the fraction of a pixel that a rectangle with round corners covers.
fn cover(rect: Rect, radius: f32, point: Pos2) -> f32 {
    let inner = rect.shrink(radius);
    let distance = inner.distance_to_pos(point) - radius;
    (0.5 - distance).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWING: &str = include_str!("../../assets/icon.svg");

    #[test]
    fn the_icon_has_its_pins_its_lanes_and_free_corners() {
        let icon = icon();
        let at = |x: u32, y: u32| &icon.rgba[((y * SIDE + x) * 4) as usize..][..4];
        assert_eq!(icon.rgba.len() as u32, SIDE * SIDE * 4);
        assert_eq!(at(0, 0)[3], 0);
        assert_eq!(at(5, 26)[3], 0, "between two pins");
        assert_eq!(at(5, 32)[..3], RIM.to_array()[..3]);
        assert_eq!(at(30, 20)[..3], DARK.family(Family::EventLoops).to_array()[..3]);
    }

    #[test]
    fn the_drawing_for_packages_is_the_same() {
        let hex = |colour: Color32| {
            let [red, green, blue, _] = colour.to_array();
            format!("#{red:02X}{green:02X}{blue:02X}")
        };
        for ((family, from, to), top) in LANES.into_iter().zip(OFFSETS) {
            let width = to - from;
            let lane = format!(
                "<rect x=\"{from}\" y=\"{top}\" width=\"{width}\" height=\"{WIDTH}\" rx=\"2\" fill=\"{}\"/>",
                hex(DARK.family(family))
            );
            assert!(DRAWING.contains(&lane), "{lane}");
        }
        assert!(DRAWING.contains(&hex(RIM)) && DRAWING.contains(&hex(DARK.panel)));
    }
}
