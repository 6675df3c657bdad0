//! Style sheet of the HTML report, in the colours of the charts.

use std::fmt::Write as _;

use crate::chart;
use crate::chart::palette::{Colours, DARK, LIGHT};

/// Rules that use the variables of [`variables`].
const RULES: &str = include_str!("report.css");

/// Returns the style sheet.
pub(super) fn style() -> String {
    let (light, dark) = (variables(&LIGHT), variables(&DARK));
    let charts = chart::style();
    format!(
        ":root{{color-scheme:light dark;{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{charts}\n{RULES}"
    )
}

fn variables(colours: &Colours) -> String {
    let named = [
        ("background", colours.background),
        ("raised", colours.raised),
        ("hairline", colours.hairline),
        ("text", colours.text),
        ("secondary", colours.secondary),
        ("tertiary", colours.tertiary),
        ("accent", colours.accent),
        ("caveat", colours.caveat),
    ];
    let mut css = String::new();
    // Writing into a string can't fail.
    for (name, value) in named {
        let _ = write!(css, "--{name}:#{value:06x};");
    }
    for (index, value) in colours.families.iter().enumerate() {
        let _ = write!(css, "--family-{index}:#{value:06x};");
    }
    css
}
