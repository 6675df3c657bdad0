//! Painter of charts to SVG. Nothing outside the file is referred to.

use std::fmt::Write as _;

use super::description::{Body, Chart};
use super::layout::{MARGIN, WIDTH, legend};
use super::palette::{Colours, DARK, LIGHT};
use super::svg_writer::{Anchor, Colour, SMALL, SvgWriter, TITLE, cut, number};
use super::{curves, lanes, markup, panels, rows, shares, stacks};

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

/// Paints one chart with title and legend from `top` downwards. Returns the bottom.
fn whole(svg: &mut SvgWriter<'_>, top: f64, chart: &Chart) -> f64 {
    svg.text(MARGIN, top + 28.0, Anchor::Start, TITLE, &cut(&chart.title, WIDTH - 2.0 * MARGIN, TITLE));
    let mut top = top + 46.0;
    if let Some(subtitle) = &chart.subtitle {
        svg.text(MARGIN, top, Anchor::Start, SMALL, subtitle);
        top += 16.0;
    }
    let bottom = match &chart.body {
        Body::Rows { axis, origin, groups } => rows::paint(svg, top, axis, *origin, groups),
        Body::Panels { axis, groups } => panels::paint(svg, top, axis, groups),
        Body::Lanes { axis, groups } => lanes::paint(svg, top, axis, groups),
        Body::Curves { x, y, curves } => curves::paint(svg, top + 6.0, x, y, curves),
        Body::Shares { x, y, lines } => shares::paint(svg, top + 6.0, x, y, lines),
        Body::Stacks { axis, groups } => stacks::paint(svg, top, axis, groups),
    };
    legend(svg, bottom + 4.0, &chart.legend)
}

/// Paints a chart, and those below it.
#[must_use]
pub fn paint(chart: &Chart, target: Target<'_>) -> String {
    let colours = if let Target::Picture(colours) = target { colours } else { &LIGHT };
    let mut svg = SvgWriter::new(colours);
    let mut bottom = whole(&mut svg, 0.0, chart);
    let sentence = chart.sentences();
    let mut below = &chart.below;
    while let Some(next) = below {
        bottom = whole(&mut svg, bottom + 14.0, next);
        below = &next.below;
    }
    let height = (bottom + 6.0).ceil();
    let (width, height, id) = (number(WIDTH), number(height), &chart.id);
    let (title, sentence) = (markup::line(&chart.title), markup::line(&sentence));
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
