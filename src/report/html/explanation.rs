//! Explanation of an experiment as HTML. It may be by anyone: only known elements are written, raw HTML becomes text,
//! pictures their description, and links lead to web pages only.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::chart::markup;
use crate::printable;

/// The parts of Markdown that the window shows, too.
const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_TASKLISTS).union(Options::ENABLE_STRIKETHROUGH);

/// Returns the explanation as HTML.
pub(super) fn html(source: &str) -> String {
    let mut writer = Writer { out: String::new(), links: Vec::new(), in_head: false };
    for event in Parser::new_ext(source, OPTIONS) {
        writer.event(event);
    }
    writer.out
}

struct Writer {
    out: String,
    /// For each open link, true if it is written as one.
    links: Vec<bool>,
    in_head: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.out.push_str(&markup::block(&text)),
            Event::Code(text) => {
                self.out.push_str("<code>");
                self.out.push_str(&markup::line(&text));
                self.out.push_str("</code>");
            }
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::TaskListMarker(done) => self.out.push_str(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.out.push_str("<p>"),
            Tag::Heading { level, .. } => self.out.push_str(&format!("<{}>", heading(level))),
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>"),
            Tag::CodeBlock(CodeBlockKind::Indented | CodeBlockKind::Fenced(_)) => self.out.push_str("<pre><code>"),
            Tag::List(None) => self.out.push_str("<ul>\n"),
            Tag::List(Some(first)) => self.out.push_str(&format!("<ol start=\"{first}\">\n")),
            Tag::Item => self.out.push_str("<li>"),
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Table(_) => self.out.push_str("<div class=\"wide\"><table>\n"),
            Tag::TableHead => {
                self.in_head = true;
                self.out.push_str("<tr>");
            }
            Tag::TableRow => self.out.push_str("<tr>"),
            Tag::TableCell => self.out.push_str(if self.in_head { "<th>" } else { "<td>" }),
            Tag::Link { dest_url, .. } => {
                let is_web = printable::is_web_address(&dest_url);
                self.links.push(is_web);
                if is_web {
                    let address = markup::line(&dest_url);
                    self.out.push_str(&format!("<a href=\"{address}\" rel=\"noopener noreferrer nofollow\">"));
                }
            }
            // The description of a picture is what is inside it.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        let end = match tag {
            TagEnd::Paragraph => "</p>\n",
            TagEnd::Heading(level) => {
                self.out.push_str(&format!("</{}>\n", heading(level)));
                return;
            }
            TagEnd::BlockQuote(_) => "</blockquote>\n",
            TagEnd::CodeBlock => "</code></pre>\n",
            TagEnd::List(false) => "</ul>\n",
            TagEnd::List(true) => "</ol>\n",
            TagEnd::Item => "</li>\n",
            TagEnd::Emphasis => "</em>",
            TagEnd::Strong => "</strong>",
            TagEnd::Strikethrough => "</del>",
            TagEnd::Table => "</table></div>\n",
            TagEnd::TableHead => {
                self.in_head = false;
                "</tr>\n"
            }
            TagEnd::TableRow => "</tr>\n",
            TagEnd::TableCell => {
                if self.in_head {
                    "</th>"
                } else {
                    "</td>"
                }
            }
            TagEnd::Link => self.links.pop().map_or("", |is_web| if is_web { "</a>" } else { "" }),
            _ => "",
        };
        self.out.push_str(end);
    }
}

/// Headings of an explanation are below that of its section.
const fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => "h3",
        HeadingLevel::H3 | HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => "h4",
    }
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn ordinary_markdown_is_kept() {
        assert_eq!(
            html("# Look\n\nAt *this* and `that`: [web](https://example.org/?a=1&b=2).\n\n- one\n- two\n"),
            "<h3>Look</h3>\n<p>At <em>this</em> and <code>that</code>: <a href=\"https://example.org/?a=1&amp;b=2\" \
             rel=\"noopener noreferrer nofollow\">web</a>.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
        );
        assert!(html("|a|b|\n|-|-|\n|1|2|\n").contains("<tr><th>a</th><th>b</th></tr>\n<tr><td>1</td>"));
    }

    #[test]
    fn nothing_active_is_left() {
        for source in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "![x](https://example.org/a.png)",
            "![<img onerror=x>](data:text/html,x)",
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a](data:text/html;base64,x)",
            "[a](file:///etc/passwd)",
            "[a](https://x\"onmouseover=alert(1))",
            "<https://x.org/\"><script>>",
            "[a]: javascript:b\n\n[a]",
            "```html\n</code></pre><script>\n```",
            "`</code><script>`",
            "<div\nonclick=a>\n\ntext\n</div>",
            "[w ![x](file:///a.png)](https://example.org)",
            "a\u{2028}b\u{202e}c",
        ] {
            let html = html(source);
            let tags: Vec<&str> = html.split('<').skip(1).collect();
            for tag in tags {
                let name = tag.trim_start_matches('/').split(|letter: char| !letter.is_ascii_alphanumeric()).next();
                let known = ["p", "code", "pre", "a", "em", "ul", "li", "br"];
                assert!(known.contains(&name.unwrap_or_default()), "{source}: {html}");
                assert!(!tag.starts_with("a ") || tag.starts_with("a href=\"http"), "{source}: {html}");
                let inside = tag.split('>').next().unwrap_or_default();
                assert!(inside.matches('"').count() == 4 || !inside.contains('"'), "{source}: {html}");
            }
            assert!(!html.contains(['\u{2028}', '\u{202e}']), "{source}: {html}");
        }
    }
}
