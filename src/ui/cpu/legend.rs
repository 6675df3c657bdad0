//! Legend of the CPU view: what its panels show, and nothing else.

use eframe::egui::{CornerRadius, Mesh, Painter, Rect, Sense, Shape, Ui, Vec2};

use super::usage_item::trial_end;
use crate::ui::theme;
use crate::ui::timeline::hatch;
use crate::ui::widgets::line;

/// Things that panels show besides usage and the ends of trials.
#[derive(Clone, Copy)]
pub struct Shown {
    /// The lab's own share.
    pub lab: bool,
    /// A heat map of the cores.
    pub heat_map: bool,
}

/// Draws the legend.
pub fn show(ui: &mut Ui, shown: Shown) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        let sample = |ui: &mut Ui, label: &str, draw: &dyn Fn(&Painter, Rect)| {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(18.0, 12.0), Sense::hover());
            draw(ui.painter(), rect.shrink2(Vec2::new(0.0, 1.0)));
            line(ui, label, theme::small(), palette.secondary);
            ui.add_space(theme::STEP);
        };
        sample(ui, "this model's own processes, in its colour", &|painter, rect| {
            painter.rect_filled(rect, CornerRadius::ZERO, palette.secondary);
        });
        sample(ui, "everything else: other programs and the lab", &|painter, rect| {
            let mut mesh = Mesh::default();
            hatch(&mut mesh, rect, palette.queue);
            painter.add(Shape::mesh(mesh));
        });
        if shown.lab {
            sample(ui, "of that, the lab itself", &|painter, rect| {
                let mut mesh = Mesh::default();
                hatch(&mut mesh, rect, palette.queue);
                painter.add(Shape::mesh(mesh));
                let band = Rect::from_min_max(rect.left_bottom() - Vec2::new(0.0, 2.0), rect.max);
                painter.rect_filled(band, CornerRadius::ZERO, palette.text);
            });
        }
        if shown.heat_map {
            sample(ui, "a core, from idle to busy", &|painter, rect| {
                for step in 0..6_u8 {
                    let width = rect.width() / 6.0;
                    let left = rect.left() + f32::from(step) * width;
                    let cell = Rect::from_min_size(rect.min, Vec2::new(width, rect.height()));
                    let cell = cell.translate(Vec2::new(left - rect.left(), 0.0));
                    painter.rect_filled(cell, CornerRadius::ZERO, palette.usage(f32::from(step) / 5.0));
                }
            });
        }
        sample(ui, "end of a trial", &|painter, rect| {
            let mut shapes = Vec::new();
            trial_end(rect.center().x, (rect.top(), rect.bottom()), palette, &mut shapes);
            painter.extend(shapes);
        });
    });
}
