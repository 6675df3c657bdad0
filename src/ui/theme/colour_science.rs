//! Tests of the tokens: contrast after WCAG 2, and distances in CIE Lab under simulated colour-vision deficiencies
//! (matrices of Machado, Oliveira and Fernandes 2009).

use eframe::egui::Color32;

use super::{DARK, LIGHT, Palette};
use crate::model::Family;

type Linear = [f64; 3];

const FAMILIES: [Family; 6] = [
    Family::Sequential,
    Family::Threads,
    Family::Pools,
    Family::EventLoops,
    Family::Processes,
    Family::SubInterpreters,
];

const NORMAL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
const PROTANOPIC: [[f64; 3]; 3] =
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]];
const DEUTERANOPIC: [[f64; 3]; 3] =
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];
const TRITANOPIC: [[f64; 3]; 3] =
    [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]];

fn linear(colour: Color32) -> Linear {
    [colour.r(), colour.g(), colour.b()].map(|byte| {
        let part = f64::from(byte) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    })
}

fn luminance(colour: Color32) -> f64 {
    let [red, green, blue] = linear(colour);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: Color32, other: Color32) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

fn seen(matrix: &[[f64; 3]; 3], colour: Linear) -> Linear {
    matrix.map(|row| row.iter().zip(colour).map(|(weight, part)| weight * part).sum::<f64>().clamp(0.0, 1.0))
}

/// CIE L*a*b* under D65.
fn lab([red, green, blue]: Linear) -> [f64; 3] {
    let x = (0.412_456 * red + 0.357_576 * green + 0.180_438 * blue) / 0.950_47;
    let y = 0.212_673 * red + 0.715_152 * green + 0.072_175 * blue;
    let z = (0.019_334 * red + 0.119_192 * green + 0.950_304 * blue) / 1.088_83;
    let [x, y, z] =
        [x, y, z].map(|part| if part > 216.0 / 24389.0 { part.cbrt() } else { (24389.0 / 27.0 * part + 16.0) / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(left, right)| (left - right).powi(2)).sum::<f64>().sqrt()
}

fn themes() -> [(&'static str, &'static Palette); 2] {
    [("dark", &DARK), ("light", &LIGHT)]
}

#[test]
fn text_stands_out_from_both_surfaces() {
    for (name, palette) in themes() {
        for surface in [palette.background, palette.panel] {
            let colours = [palette.text, palette.secondary, palette.tertiary, palette.caveat, palette.accent];
            for text in colours.into_iter().chain([palette.failure]) {
                let ratio = contrast(text, surface);
                assert!(ratio >= 4.7, "{name}: {text:?} on {surface:?} is {ratio:.2} to 1");
            }
        }
        let ratio = contrast(palette.on_accent, palette.accent);
        assert!(ratio >= 4.7, "{name}: on the accent {ratio:.2} to 1");
        let ratio = contrast(palette.secondary, palette.raised);
        assert!(ratio >= 4.5, "{name}: on a control {ratio:.2} to 1");
    }
}

#[test]
fn marks_stand_out_from_both_surfaces() {
    for (name, palette) in themes() {
        for surface in [palette.background, palette.panel] {
            for mark in FAMILIES.map(|family| palette.family(family)).into_iter().chain([palette.lock_wait]) {
                let ratio = contrast(mark, surface);
                assert!(ratio >= 3.0, "{name}: {mark:?} on {surface:?} is {ratio:.2} to 1");
            }
        }
    }
}

#[test]
fn families_stay_apart_in_every_kind_of_vision() {
    for (name, palette) in themes() {
        for matrix in [&NORMAL, &PROTANOPIC, &DEUTERANOPIC, &TRITANOPIC] {
            let colours = FAMILIES.map(|family| lab(seen(matrix, linear(palette.family(family)))));
            for (index, one) in colours.iter().enumerate() {
                for (offset, other) in colours[index + 1..].iter().enumerate() {
                    let apart = distance(*one, *other);
                    let (left, right) = (FAMILIES[index], FAMILIES[index + 1 + offset]);
                    assert!(apart >= 12.0, "{name}: {left:?} and {right:?} are {apart:.1} apart under {matrix:?}");
                }
            }
        }
    }
}

#[test]
fn failures_and_caveats_stay_apart_in_every_kind_of_vision() {
    for (name, palette) in themes() {
        for matrix in [&NORMAL, &PROTANOPIC, &DEUTERANOPIC, &TRITANOPIC] {
            let [failure, caveat, text] =
                [palette.failure, palette.caveat, palette.secondary].map(|colour| lab(seen(matrix, linear(colour))));
            for other in [caveat, text] {
                let apart = distance(failure, other);
                assert!(apart >= 12.0, "{name}: {apart:.1} under {matrix:?}");
            }
        }
    }
}
