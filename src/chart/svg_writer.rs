//! Writer of SVG: shapes and texts in the colours of the palette. The same input gives the same bytes.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::markup;
use super::palette::Colours;
use crate::model::Family;

/// A colour of the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Background,
    Raised,
    Hairline,
    Text,
    Secondary,
    Tertiary,
    Queue,
    Family(Family),
}

impl Colour {
    /// All colours.
    pub(super) const ALL: [Self; 13] = [
        Self::Background,
        Self::Raised,
        Self::Hairline,
        Self::Text,
        Self::Secondary,
        Self::Tertiary,
        Self::Queue,
        Self::Family(Family::Sequential),
        Self::Family(Family::Threads),
        Self::Family(Family::Pools),
        Self::Family(Family::EventLoops),
        Self::Family(Family::Processes),
        Self::Family(Family::SubInterpreters),
    ];

    /// Returns the end of its class names.
    pub(super) fn name(self) -> String {
        match self {
            Self::Background => "background".to_owned(),
            Self::Raised => "raised".to_owned(),
            Self::Hairline => "hairline".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Secondary => "secondary".to_owned(),
            Self::Tertiary => "tertiary".to_owned(),
            Self::Queue => "queue".to_owned(),
            Self::Family(family) => format!("family-{}", family as usize),
        }
    }

    /// Returns the colour in a theme, as `#rrggbb`.
    pub(super) fn of(self, colours: &Colours) -> String {
        let value = match self {
            Self::Background => colours.background,
            Self::Raised => colours.raised,
            Self::Hairline => colours.hairline,
            Self::Text => colours.text,
            Self::Secondary => colours.secondary,
            Self::Tertiary => colours.tertiary,
            Self::Queue => colours.queue,
            Self::Family(family) => colours.families[family as usize],
        };
        format!("#{value:06x}")
    }
}

/// Horizontal position of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Size and colour of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Font {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) colour: Colour,
}

/// Font of names.
pub(super) const NAME: Font = Font { size: 13.0, bold: false, colour: Colour::Text };
/// Font of figures and reasons.
pub(super) const NOTE: Font = Font { size: 12.0, bold: false, colour: Colour::Secondary };
/// Font of labels of axes.
pub(super) const SMALL: Font = Font { size: 11.0, bold: false, colour: Colour::Tertiary };
/// Font of headings within a chart.
pub(super) const HEADING: Font = Font { size: 12.0, bold: true, colour: Colour::Secondary };
/// Font of the title.
pub(super) const TITLE: Font = Font { size: 16.0, bold: true, colour: Colour::Text };

/// Distance between the stripes of a hatched bar.
const STRIPES: f64 = 4.0;

/// Estimates the width of a text; an upper bound for most.
pub(super) fn width(text: &str, font: Font) -> f64 {
    let units: f64 = text.chars().map(|letter| if letter.is_ascii() { 0.56 } else { 0.75 }).sum();
    units * font.size * if font.bold { 1.06 } else { 1.0 }
}

/// Cuts a text that is wider than the room.
pub(super) fn cut(text: &str, room: f64, font: Font) -> Cow<'_, str> {
    if width(text, font) <= room {
        return text.into();
    }
    let mut kept = text.to_owned();
    while !kept.is_empty() && width(&kept, font) + width("…", font) > room {
        kept.pop();
    }
    format!("{}…", kept.trim_end()).into()
}

/// SVG elements written so far.
pub(super) struct SvgWriter<'a> {
    out: String,
    colours: &'a Colours,
}

impl<'a> SvgWriter<'a> {
    pub(super) fn new(colours: &'a Colours) -> Self {
        Self { out: String::new(), colours }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    // Writing into a string can't fail.
    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(text);
    }

    fn fill(&self, colour: Colour) -> String {
        format!("class=\"f-{}\" fill=\"{}\"", colour.name(), colour.of(self.colours))
    }

    fn stroke(&self, colour: Colour, width: f64) -> String {
        let (name, value) = (colour.name(), colour.of(self.colours));
        format!("class=\"s-{name}\" fill=\"none\" stroke=\"{value}\" stroke-width=\"{}\"", number(width))
    }

    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, font: Font, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let bold = if font.bold { " font-weight=\"600\"" } else { "" };
        let (x, y, size, fill) = (number(x), number(y), number(font.size), self.fill(font.colour));
        let text = markup::line(text);
        self.add(format_args!("<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{bold}{anchor} {fill}>{text}</text>\n"));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: Colour, width: f64, dashed: bool) {
        let stroke = self.stroke(colour, width);
        let dashes = if dashed { " stroke-dasharray=\"3 2.5\"" } else { "" };
        let path = path(&[from, to]);
        self.add(format_args!("<path d=\"{path}\" {stroke}{dashes}/>\n"));
    }

    pub(super) fn polyline(&mut self, points: &[(f64, f64)], colour: Colour, width: f64, dashed: bool) {
        let stroke = self.stroke(colour, width);
        let dashes = if dashed { " stroke-dasharray=\"5 4\"" } else { "" };
        let path = path(points);
        self.add(format_args!("<path d=\"{path}\" stroke-linejoin=\"round\" {stroke}{dashes}/>\n"));
    }

    /// Fills a closed shape.
    pub(super) fn area(&mut self, points: &[(f64, f64)], colour: Colour, opacity: f64) {
        let (fill, path) = (self.fill(colour), path(points));
        let opacity = opacity_attribute("fill-opacity", opacity);
        self.add(format_args!("<path d=\"{path}Z\" {fill}{opacity}/>\n"));
    }

    /// Draws the outline of a closed shape, filled with the background.
    pub(super) fn outline(&mut self, points: &[(f64, f64)], colour: Colour, width: f64) {
        let (name, value) = (colour.name(), colour.of(self.colours));
        let background = Colour::Background.of(self.colours);
        let (path, width) = (path(points), number(width));
        self.add(format_args!(
            "<path d=\"{path}Z\" class=\"f-background s-{name}\" fill=\"{background}\" stroke=\"{value}\" \
             stroke-width=\"{width}\"/>\n"
        ));
    }

    pub(super) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), colour: Colour, opacity: f64) {
        let (x, y, width, height) = (number(x), number(y), number(width), number(height));
        let (fill, opacity) = (self.fill(colour), opacity_attribute("fill-opacity", opacity));
        self.add(format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" {fill}{opacity}/>\n"));
    }

    /// Draws a dotted line.
    pub(super) fn dotted(&mut self, from: (f64, f64), to: (f64, f64), colour: Colour) {
        let (stroke, path) = (self.stroke(colour, 1.5), path(&[from, to]));
        self.add(format_args!("<path d=\"{path}\" {stroke} stroke-dasharray=\"1.5 2.5\"/>\n"));
    }

    /// Fills a rectangle with a tint and stripes of 45°, which rise or fall from left to right.
    pub(super) fn hatch(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), colour: Colour, rises: bool) {
        self.rect((x, y), (width, height), colour, 0.22);
        let mut stripes = String::new();
        // Positions are multiples of the distance, so that the stripes of neighbouring bars join.
        let mut foot = ((x - height) / STRIPES).ceil() * STRIPES;
        while foot < x + width {
            let (from, to) = (foot.max(x), (foot + height).min(x + width));
            if to > from {
                let level = |at: f64| if rises { y + height - (at - foot) } else { y + (at - foot) };
                stripes.push_str(&path(&[(from, level(from)), (to, level(to))]));
            }
            foot += STRIPES;
        }
        let stroke = self.stroke(colour, 1.1);
        self.add(format_args!("<path d=\"{stripes}\" {stroke}/>\n"));
    }

    pub(super) fn dot(&mut self, (x, y): (f64, f64), radius: f64, colour: Colour, hollow: bool) {
        let (x, y, radius) = (number(x), number(y), number(radius));
        let style = if hollow { self.stroke(colour, 1.2) } else { self.fill(colour) };
        self.add(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" {style}/>\n"));
    }
}

fn opacity_attribute(name: &str, opacity: f64) -> String {
    if opacity < 1.0 { format!(" {name}=\"{}\"", number(opacity)) } else { String::new() }
}

/// Formats a coordinate with at most two decimals; what is no number becomes 0.
pub(super) fn number(value: f64) -> String {
    let value = if value.is_finite() { value.clamp(-1e6, 1e6) } else { 0.0 };
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn path(points: &[(f64, f64)]) -> String {
    let mut out = String::with_capacity(points.len() * 14);
    for (index, (x, y)) in points.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        let _ = write!(out, "{command}{} {}", number(*x), number(*y));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_always_numbers() {
        let shown = [1.0, 1.5, 1.005, -0.001, 1e300, f64::NAN, f64::INFINITY, 100.0].map(number);
        assert_eq!(shown, ["1", "1.5", "1", "0", "1000000", "0", "0", "100"]);
    }

    #[test]
    fn a_text_wider_than_its_room_ends_in_an_ellipsis() {
        assert_eq!(cut("sixteen tasks", 100.0, NOTE), "sixteen tasks");
        let short = cut("sixteen tasks", 60.0, NOTE);
        assert_eq!(short, "sixteen…");
        assert!(width(&short, NOTE) <= 60.0);
        assert_eq!(cut("sixteen tasks", 0.0, NOTE), "…");
    }

    #[test]
    fn every_family_has_a_colour_of_its_own() {
        let mut names: Vec<String> = Colour::ALL.iter().map(|colour| colour.name()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Colour::ALL.len());
    }
}
