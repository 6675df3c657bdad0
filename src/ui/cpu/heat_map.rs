//! Heat map of many cores: a picture with a row per core and a column per point of width, since as many rectangles would
//! take too long to draw.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use eframe::egui::{Color32, ColorImage, Id, Rect, Shape, TextureHandle, TextureOptions, Ui, pos2};

use crate::analysis::cpu_usage::CpuUsage;
use crate::ui::theme::Palette;

/// Returns the picture of the times `from` to `to`, of which `totals` are the samples without the cores. What was not
/// sampled is transparent. The picture is kept under `id` until it differs.
pub fn shape(
    ui: &Ui,
    id: Id,
    (usage, totals): (&CpuUsage, &CpuUsage),
    rect: Rect,
    (from, to): (f64, f64),
    palette: &Palette,
) -> Shape {
    let most = ui.input(|input| input.max_texture_side);
    let columns = (rect.width().ceil() as usize).clamp(1, most.max(1));
    let key = key(totals, columns, (from, to), palette);
    let known: Option<(u64, TextureHandle)> = ui.data(|data| data.get_temp(id));
    if usage.cores > most {
        // No graphics card can hold a picture of so many rows.
        return Shape::Noop;
    }
    let texture = match known {
        Some((drawn, texture)) if drawn == key => texture,
        _ => {
            let picture = picture(&usage.thinned(from, to, columns), columns, (from, to), palette);
            let texture = ui.ctx().load_texture("heat map", picture, TextureOptions::NEAREST);
            ui.data_mut(|data| data.insert_temp(id, (key, texture.clone())));
            texture
        }
    };
    Shape::image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE)
}

/// Tells pictures apart.
fn key(totals: &CpuUsage, columns: usize, (from, to): (f64, f64), palette: &Palette) -> u64 {
    let mut hasher = DefaultHasher::new();
    (columns, from.to_bits(), to.to_bits(), palette.text.to_array()).hash(&mut hasher);
    for sample in &totals.samples {
        (sample.from_ms.to_bits(), sample.to_ms.to_bits(), sample.busy_cores.to_bits()).hash(&mut hasher);
    }
    hasher.finish()
}

fn picture(usage: &CpuUsage, columns: usize, (from, to): (f64, f64), palette: &Palette) -> ColorImage {
    let mut picture = ColorImage::filled([columns, usage.cores.max(1)], Color32::TRANSPARENT);
    let shades: Vec<Color32> = (0..=100_u8).map(|percent| palette.usage(f32::from(percent) / 100.0)).collect();
    let column = |ms: f64| ((ms - from) / (to - from) * columns as f64).clamp(0.0, columns as f64);
    for (index, sample) in usage.samples.iter().enumerate() {
        let first = column(sample.from_ms) as usize;
        let end = (column(sample.to_ms).ceil() as usize).max(first + 1).min(columns);
        for (core, percent) in usage.core_percent(index).iter().enumerate() {
            let shade = shades[percent.clamp(0.0, 100.0).round() as usize];
            if let Some(cells) = picture.pixels.get_mut(core * columns + first..core * columns + end) {
                cells.fill(shade);
            }
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::CpuSample;
    use crate::ui::theme::DARK;

    #[test]
    fn a_row_is_a_core_and_a_gap_stays_empty() {
        let sample = |at_ms: f64, usage_percent: Vec<f32>| CpuSample {
            at_ms,
            width_ms: 250.0,
            usage_percent,
            lab_percent: None,
            tree_percent: None,
        };
        let samples = [sample(250.0, vec![0.0, 100.0]), sample(1000.0, vec![100.0, 50.0])];
        let usage = CpuUsage::of([(&samples[..], None)].into_iter());
        let picture = picture(&usage, 4, (0.0, 1000.0), &DARK);
        assert_eq!(picture.size, [4, 2]);
        assert_eq!((picture.pixels[0], picture.pixels[4]), (DARK.raised, DARK.text));
        assert_eq!((picture.pixels[1], picture.pixels[2]), (Color32::TRANSPARENT, Color32::TRANSPARENT));
        assert_eq!((picture.pixels[3], picture.pixels[7]), (DARK.text, DARK.usage(0.5)));
    }
}
