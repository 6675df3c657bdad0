//! Painter of charts to SVG. Nothing outside the file is referred to.

use std::fmt::Write as _;

use super::description::{Body, Chart};
use super::layout::{MARGIN, WIDTH, legend};
use super::palette::{Colours, DARK, LIGHT};
use super::svg_writer::{Anchor, Colour, SvgWriter, TITLE, number};
use super::{curves, lanes, markup, panels, rows};

/// Fonts of charts: those of the system, whatever it has.
const FONTS: &str = "system-ui, sans-serif";

/// Destination of an SVG.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target<'a> {
    /// A file of its own. Light; dark where the viewer knows style sheets and prefers it.
    File,
    /// A part of an HTML page that has [`style`].
    Inline,
    /// A picture in fixed colours.
    Picture(&'a Colours),
}

/// Returns the style sheet that makes charts dark where that is preferred.
#[must_use]
pub fn style() -> String {
    let mut css = String::from("@media (prefers-color-scheme:dark){");
    for colour in Colour::ALL {
        let (name, value) = (colour.name(), colour.of(&DARK));
        // Writing into a string can't fail.
        let _ = write!(css, ".f-{name}{{fill:{value}}}.s-{name}{{stroke:{value}}}");
    }
    css.push('}');
    css
}

/// Paints a chart.
#[must_use]
pub fn paint(chart: &Chart, target: Target<'_>) -> String {
    let colours = if let Target::Picture(colours) = target { colours } else { &LIGHT };
    let mut svg = SvgWriter::new(colours);
    svg.text(MARGIN, 28.0, Anchor::Start, TITLE, &chart.title);
    let top = 46.0;
    let bottom = match &chart.body {
        Body::Rows { axis, origin, groups } => rows::paint(&mut svg, top, axis, *origin, groups),
        Body::Panels { axis, groups } => panels::paint(&mut svg, top, axis, groups),
        Body::Lanes { axis, groups } => lanes::paint(&mut svg, top, axis, groups),
        Body::Curves { x, y, curves } => curves::paint(&mut svg, top + 6.0, x, y, curves),
    };
    let height = (legend(&mut svg, bottom + 4.0, &chart.legend) + 6.0).ceil();
    let (width, height, id) = (number(WIDTH), number(height), &chart.id);
    let (title, sentence) = (markup::line(&chart.title), markup::line(&chart.sentence));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" font-family=\"{FONTS}\">\n\
         <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{sentence}</desc>\n"
    );
    if target == Target::File {
        let _ = writeln!(out, "<style>{}</style>", style());
    }
    let background = Colour::Background.of(colours);
    let _ = writeln!(out, "<rect width=\"{width}\" height=\"{height}\" class=\"f-background\" fill=\"{background}\"/>");
    out.push_str(&svg.finish());
    out.push_str("</svg>\n");
    out
}
