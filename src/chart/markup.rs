//! Text of unknown origin in XML and HTML: made visible, then escaped.

use std::borrow::Cow;

use super::series::{Series, Shape};
use crate::printable;

/// Returns a text as content or attribute of XML and HTML, on one line.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    match printable::line(text) {
        Cow::Borrowed(text) => escaped(text),
        Cow::Owned(text) => escaped(&text).into_owned().into(),
    }
}

/// Returns a text of several lines as content of XML and HTML.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    match printable::block(text) {
        Cow::Borrowed(text) => escaped(text),
        Cow::Owned(text) => escaped(&text).into_owned().into(),
    }
}

fn escaped(text: &str) -> Cow<'_, str> {
    let special = |letter: char| matches!(letter, '&' | '<' | '>' | '"' | '\'' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(special) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No characters of XML.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out.into()
}

/// Returns the mark of a model as a small picture for a page whose style sheet has the classes `mark`, `family-N` and
/// `filled`.
#[must_use]
pub fn mark(series: &Series) -> String {
    let fill = if series.hollow { "" } else { " filled" };
    let shape = match series.shape {
        Shape::Circle => "<circle cx=\"6\" cy=\"6\" r=\"4.5\"/>",
        Shape::Square => "<rect x=\"2\" y=\"2\" width=\"8\" height=\"8\"/>",
        Shape::Diamond => "<path d=\"M6 .8 11.2 6 6 11.2 .8 6Z\"/>",
        Shape::Triangle => "<path d=\"M6 1.2 11 10.4H1Z\"/>",
    };
    let family = series.family as usize;
    format!("<svg class=\"mark family-{family}{fill}\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">{shape}</svg>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_markup_or_a_line_could_mean_is_left() {
        assert_eq!(line("a<b>&\"'\n\u{2028}\u{ffff}"), "a&lt;b&gt;&amp;&quot;&#39;\\n\\u{2028}\u{fffd}");
        assert_eq!(block("a\r\n\t<b\0"), "a\n\t&lt;b\\u{0}");
        assert!(matches!(line("plain, Müller"), Cow::Borrowed(_)));
    }
}
