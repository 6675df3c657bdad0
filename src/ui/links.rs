//! Links and pictures of an explanation, which may be by anyone: everything but links to web pages becomes text.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::printable::{self, is_web_address};

/// Options of the viewer.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_DEFINITION_LIST);

/// Deepest nesting of links and pictures that is resolved.
const DEEPEST: usize = 8;

/// Returns the Markdown with every picture, and every link that is not to a web page, as text followed by the address
/// as code.
pub fn without_unsafe_links(source: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(source);
    for _ in 0..DEEPEST {
        let found = unsafe_links(&text);
        if found.is_empty() {
            return text;
        }
        let mut plain = String::with_capacity(text.len());
        let mut from = 0;
        for Found { link, content, address } in found {
            plain.push_str(&text[from..link.start]);
            plain.push_str(&text[content]);
            plain.push_str(&format!(" (`{}`)", printable::value(&address).replace('`', "'")));
            from = link.end;
        }
        plain.push_str(&text[from..]);
        text = plain.into();
    }
    // A deeper nesting is shown as source text.
    format!("    {}", printable::block(source).replace('\n', "\n    ")).into()
}

struct Found {
    link: Range<usize>,
    content: Range<usize>,
    address: String,
}

/// Returns the outermost links and pictures to replace, in order.
fn unsafe_links(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (event, range) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
        let address = match &event {
            Event::Start(Tag::Link { dest_url, .. }) if !is_web_address(dest_url) => Some(dest_url.to_string()),
            Event::Start(Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
            _ => None,
        };
        let within = |outer: &&mut Found| outer.link.start <= range.start && range.end <= outer.link.end;
        match found.last_mut().filter(within) {
            // Nested in the previous one: part of its text.
            Some(outer) if range != outer.link => {
                let content = &mut outer.content;
                *content = if content.start == content.end {
                    range
                } else {
                    content.start.min(range.start)..content.end.max(range.end)
                };
            }
            Some(_) => {}
            None => {
                let empty = range.start..range.start;
                found.extend(address.map(|address| Found { link: range, content: empty, address }));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_web_page_becomes_text() {
        let cases = [
            ("[web](https://example.org/a)", "[web](https://example.org/a)"),
            ("<https://example.org>", "<https://example.org>"),
            ("see [the *file*](file:///etc/passwd), please", "see the *file* (`file:///etc/passwd`), please"),
            ("[a](javascript:alert(1)) [b](../../etc/hosts)", "a (`javascript:alert(1)`) b (`../../etc/hosts`)"),
            ("![shot](https://example.org/a.png)", "shot (`https://example.org/a.png`)"),
            ("![](file:///a.png)", " (`file:///a.png`)"),
            ("[![x](file:///a.png)](file:///evil.desktop)", "x (`file:///a.png`) (`file:///evil.desktop`)"),
            ("[w ![x](file:///a.png)](https://example.org)", "[w x (`file:///a.png`)](https://example.org)"),
            ("[ref][1]\n\n[1]: file:///etc/passwd\n", "ref (`file:///etc/passwd`)\n\n[1]: file:///etc/passwd\n"),
            ("<file:///etc/passwd>", "file:///etc/passwd (`file:///etc/passwd`)"),
            ("`[a](file:///b)`", "`[a](file:///b)`"),
        ];
        for (source, wanted) in cases {
            assert_eq!(without_unsafe_links(source), wanted, "{source}");
        }
    }

    #[test]
    fn no_unsafe_link_is_left_however_deep() {
        let mut nested = "x".to_owned();
        for _ in 0..20 {
            nested = format!("![{nested}](file:///a)");
        }
        assert!(unsafe_links(&without_unsafe_links(&nested)).is_empty());
    }
}
