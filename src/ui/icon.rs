//! The lab's sign, three bars of different models on one time axis: painted for the window's icon
//! from the same tokens as everything else. `assets/icon.svg` is the same drawing for packages.

use eframe::egui::{Color32, IconData, Rect, pos2};

use super::theme::DARK;
use crate::model::Family;

/// Side of the drawing; the icon is drawn at this size.
const SIDE: u32 = 64;

/// The bars: hue, and where each begins and ends.
const BARS: [(Family, f32, f32, f32); 3] =
    [(Family::EventLoops, 12.0, 52.0, 14.0), (Family::Pools, 12.0, 37.0, 28.0), (Family::Processes, 20.0, 46.0, 42.0)];

/// The icon of the window.
#[must_use]
pub fn icon() -> IconData {
    let ground = Rect::from_min_max(pos2(2.0, 2.0), pos2(62.0, 62.0));
    let mut rgba = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    for place in 0..SIDE * SIDE {
        let point = pos2((place % SIDE) as f32 + 0.5, (place / SIDE) as f32 + 0.5);
        let bar = BARS.iter().find_map(|(family, from, to, top)| {
            let rect = Rect::from_min_max(pos2(*from, *top), pos2(*to, *top + 9.0));
            (cover(rect, 3.0, point) > 0.5).then(|| DARK.family(*family))
        });
        let colour = bar.unwrap_or_else(|| DARK.panel.gamma_multiply(cover(ground, 13.0, point)));
        rgba.extend_from_slice(&Color32::to_srgba_unmultiplied(&colour));
    }
    IconData { rgba, width: SIDE, height: SIDE }
}

/// How much of a pixel a rectangle with round corners covers, 0 to 1.
fn cover(rect: Rect, radius: f32, point: eframe::egui::Pos2) -> f32 {
    let inner = rect.shrink(radius);
    let distance = inner.distance_to_pos(point) - radius;
    (0.5 - distance).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_has_its_ground_its_bars_and_free_corners() {
        let icon = icon();
        let at = |x: u32, y: u32| &icon.rgba[((y * SIDE + x) * 4) as usize..][..4];
        assert_eq!(icon.rgba.len() as u32, SIDE * SIDE * 4);
        assert_eq!(at(0, 0)[3], 0);
        assert_eq!(at(5, 32)[3], 255);
        assert_eq!(at(30, 18)[..3], DARK.family(Family::EventLoops).to_array()[..3]);
    }
}
