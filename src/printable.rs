//! Safe display of text of unknown origin: control characters, characters that reorder a line and other invisible ones
//! become visible escapes (`\u{1b}`), and long values are shortened.
//!
//! Every text passes through here before it reaches a terminal, a table, a CSV cell, a message or a label. The escapes
//! of JSON are in `export`.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::LazyLock;

/// Longest value quoted in a message, characters.
pub const LONGEST_VALUE: usize = 80;
/// Longest message, characters. A longer one loses its middle.
pub const LONGEST_MESSAGE: usize = 2_000;

/// Invisible characters: Unicode's categories Cc, Cf, Zl and Zp, the fillers among its letters, and
/// variation selectors other than those that choose between text and emoji (U+FE0E, U+FE0F). Sorted.
const HIDDEN: [RangeInclusive<char>; 29] = [
    '\0'..='\u{1f}',
    '\u{7f}'..='\u{9f}',
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{600}'..='\u{605}',
    '\u{61c}'..='\u{61c}',
    '\u{6dd}'..='\u{6dd}',
    '\u{70f}'..='\u{70f}',
    '\u{890}'..='\u{891}',
    '\u{8e2}'..='\u{8e2}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0d}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{110bd}'..='\u{110bd}',
    '\u{110cd}'..='\u{110cd}',
    '\u{13430}'..='\u{1343f}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e007f}',
    '\u{e0080}'..='\u{e0fff}',
    '\u{fffff}'..='\u{fffff}',
];

/// Returns true for a character that is invisible or changes how its neighbours are displayed.
#[must_use]
pub fn is_hidden(letter: char) -> bool {
    if (' '..='~').contains(&letter) {
        return false;
    }
    let next = HIDDEN.partition_point(|range| *range.end() < letter);
    HIDDEN.get(next).is_some_and(|range| range.contains(&letter))
}

/// Returns true for the joiners U+200C and U+200D between two characters outside ASCII: Persian, Indic scripts and
/// joined emoji need them.
fn joins(before: Option<char>, letter: char, after: Option<char>) -> bool {
    let written_joined = |neighbour: Option<char>| neighbour.is_some_and(|one| !one.is_ascii() && !is_hidden(one));
    matches!(letter, '\u{200c}' | '\u{200d}') && written_joined(before) && written_joined(after)
}

/// Returns the first character of a text that must be escaped.
#[must_use]
pub fn first_hidden(text: &str) -> Option<char> {
    hidden_positions(text, |_| false).next().map(|(_, letter)| letter)
}

/// Returns the first character of a text of several lines that must be escaped.
#[must_use]
pub fn first_hidden_in_block(text: &str) -> Option<char> {
    hidden_positions(text, allowed_in_block)
        .find(|(position, _)| !text[*position..].starts_with("\r\n"))
        .map(|(_, letter)| letter)
}

const fn allowed_in_block(letter: char) -> bool {
    matches!(letter, '\n' | '\t')
}

/// Iterates over the hidden characters with their byte offsets, except allowed ones.
fn hidden_positions(text: &str, is_allowed: fn(char) -> bool) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(move |(position, letter)| {
        is_hidden(*letter)
            && !is_allowed(*letter)
            && !joins(
                text[..*position].chars().next_back(),
                *letter,
                text[position + letter.len_utf8()..].chars().next(),
            )
    })
}

/// Returns true for the address of a web page whose host is what it seems to be; nothing else is ever opened or linked.
///
/// A user name in front of the host (`https://good.example@evil.example`) is read as the host, and letters of other
/// scripts look like Latin ones, whether they are written out or as punycode (`xn--`).
#[must_use]
pub fn is_web_address(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")) else { return false };
    let visible = |letter: char| !letter.is_whitespace() && !letter.is_control() && !is_hidden(letter);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "0"));
    let is_label = |label: &str| {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        !label.is_empty() && label.chars().all(plain) && !label.starts_with("xn--")
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    address.chars().all(visible) && host.split('.').all(is_label) && port.parse::<u16>().is_ok()
}

/// Escapes a text to one line: line ends and tabs are escaped as well.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, |_| false, "\r")
}

/// Escapes a text of several lines: line ends and tabs remain, `\r\n` becomes `\n`.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    escape(text, allowed_in_block, "")
}

fn escape<'a>(text: &'a str, is_allowed: fn(char) -> bool, before_line_end: &str) -> Cow<'a, str> {
    let mut written = String::new();
    let mut from = 0;
    for (position, letter) in hidden_positions(text, is_allowed) {
        written.push_str(&text[from..position]);
        from = position + letter.len_utf8();
        if letter == '\r' && text[from..].starts_with('\n') && before_line_end.is_empty() {
            continue;
        }
        written.extend(letter.escape_default());
    }
    if from == 0 {
        return text.into();
    }
    written.push_str(&text[from..]);
    written.into()
}

/// Escapes a text to one line of at most `most` characters; a longer one ends in `…` and its length.
#[must_use]
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => line(text),
        Some((end, _)) => {
            let length = most + text[end..].chars().count();
            format!("{}… ({length} characters)", line(&text[..end])).into()
        }
    }
}

/// Escapes a value for quotation in a message: one line, at most [`LONGEST_VALUE`] characters.
#[must_use]
pub fn value(text: &str) -> Cow<'_, str> {
    shortened(text, LONGEST_VALUE)
}

/// Returns the home folder of this user; `None` if it is not known or is the root of the file system.
fn home() -> Option<&'static str> {
    static HOME: LazyLock<Option<String>> = LazyLock::new(|| {
        let home = directories::BaseDirs::new()?.home_dir().to_str()?.to_owned();
        (home.len() > 1).then_some(home)
    });
    HOME.as_deref()
}

/// Replaces the home folder by `~`, since it contains the user's name: for text that is stored or sent on.
#[must_use]
pub fn without_home(text: &str) -> Cow<'_, str> {
    home().map_or(Cow::Borrowed(text), |home| without_folder(text, home))
}

/// Formats a path for messages: on one line, escaped, with `~` for the home folder.
#[must_use]
pub fn path(path: &Path) -> String {
    line(&without_home(&path.display().to_string())).into_owned()
}

/// Replaces a folder by `~` where it is a path or the beginning of one.
fn without_folder<'a>(text: &'a str, folder: &str) -> Cow<'a, str> {
    if !text.contains(folder) {
        return text.into();
    }
    let in_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let mut written = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(folder) {
        let after = &rest[at + folder.len()..];
        written.push_str(&rest[..at]);
        // "/home/ada" is neither in "/home/adam" nor in "/mnt/home/ada".
        let longer = after.starts_with(in_name) && !after.starts_with(". ")
            || written.ends_with(|one| in_name(one) || one == '/');
        written.push_str(if longer { folder } else { "~" });
        rest = after;
    }
    written.push_str(rest);
    written.into()
}

/// Escapes a message of several lines and shortens it to [`LONGEST_MESSAGE`]. The middle is left out, since messages
/// tend to end with the allowed values.
#[must_use]
pub fn message(text: &str) -> Cow<'_, str> {
    match without_middle(text, LONGEST_MESSAGE) {
        Cow::Borrowed(text) => block(text),
        Cow::Owned(text) => block(&text).into_owned().into(),
    }
}

/// Replaces the middle of a text of more than `most` characters by the number of characters left out.
#[must_use]
pub fn without_middle(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    let length = text.chars().count();
    if length <= most {
        return text.into();
    }
    let half = most / 2;
    let offset = |index: usize| text.char_indices().nth(index).map_or(text.len(), |(offset, _)| offset);
    let left_out = length - 2 * half;
    format!("{} … ({left_out} characters) … {}", &text[..offset(half)], &text[offset(length - half)..]).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_web_pages_are_addresses_to_open() {
        for address in ["https://example.org/a?b=c", "http://x", "HTTPS://example.org"] {
            assert!(is_web_address(address), "{address}");
        }
        for address in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "../../etc/hosts",
            "https:/x",
            "https://",
            "ftp://x",
            " https://x",
            "https://a b",
            "https://a\u{202e}b",
            "data:text/html,x",
            "https://example.org@evil.example/a",
            "https://user:word@evil.example",
            "https://example.org\\@evil.example",
            "https://example.org%2f@evil.example",
            "https://xn--pple-43d.example",
            "https://www.XN--pple-43d.example",
            "https://\u{430}pple.example",
            "https://ex\u{e4}mple.example",
            "https://a..example",
            "https://a:b",
            "https://?a",
            "",
        ] {
            assert!(!is_web_address(address), "{address}");
        }
    }

    #[test]
    fn the_home_folder_becomes_a_tilde_where_it_begins_a_path() {
        let of = |text| without_folder(text, "/home/ada").into_owned();
        assert_eq!(of("/home/ada/.venv/bin/python3 at \"/home/ada\""), "~/.venv/bin/python3 at \"~\"");
        for other in ["/home/adam/x", "/mnt/home/ada/x", "x/home/ada", "/home/ada-old", "nothing"] {
            assert_eq!(of(other), other);
        }
    }

    #[test]
    fn ranges_are_sorted_and_apart() {
        assert!(HIDDEN.windows(2).all(|pair| pair[0].end() < pair[1].start()));
    }

    #[test]
    fn nothing_hidden_is_missing() {
        let every = (0..=0x1f).chain(0x7f..=0x9f).chain(0x200b..=0x200f).chain(0x202a..=0x202e).chain(0x2066..=0x2069);
        for code in every {
            let letter = char::from_u32(code).expect("a character");
            assert!(is_hidden(letter), "U+{code:04X}");
        }
        // The standard library's table knows control and format characters, too.
        for letter in (0..=0x1fffe).filter_map(char::from_u32).filter(|letter| is_hidden(*letter)) {
            let escaped = letter.escape_debug().count() > 1;
            let other = matches!(u32::from(letter), 0x115f..=0x1160 | 0x3164 | 0xffa0);
            assert!(escaped || other, "U+{:04X} is a visible character", u32::from(letter));
        }
        for letter in "aé ü中ش🎉\u{a0}\u{fe0f}–".chars() {
            assert!(!is_hidden(letter), "{letter}");
        }
    }

    #[test]
    fn escapes_are_visible_and_honest_text_is_untouched() {
        assert_eq!(line("\u{1b}[2J\u{7}\0\u{85}\u{202e}x"), "\\u{1b}[2J\\u{7}\\u{0}\\u{85}\\u{202e}x");
        assert_eq!(line("a\r\nb\tc"), "a\\r\\nb\\tc");
        assert_eq!(block("a\r\nb\tc\rd"), "a\nb\tc\\rd");
        assert!(matches!(line("Müller – 80 %"), Cow::Borrowed(_)));
        for joined in ["می\u{200c}خواهم", "👩\u{200d}🚀"] {
            assert_eq!(line(joined), joined);
        }
        assert_eq!(line("pay\u{200d}pal \u{200b}"), "pay\\u{200d}pal \\u{200b}");
    }

    #[test]
    fn long_values_are_shortened_and_end_in_their_length() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "abcdef… (7 characters)");
        let huge = "ä".repeat(10_000_000);
        assert!(value(&huge).ends_with("… (10000000 characters)") && value(&huge).chars().count() < 120);
        let middle = message(&format!("begin {huge} allowed are 1 to 3")).into_owned();
        assert!(middle.starts_with("begin ä") && middle.ends_with("allowed are 1 to 3"), "{middle}");
        assert!(middle.chars().count() < LONGEST_MESSAGE + 40);
    }

    #[test]
    fn the_first_hidden_character_is_named() {
        assert_eq!(first_hidden("a\u{202e}b\u{7}"), Some('\u{202e}'));
        assert_eq!(first_hidden("a\nb"), Some('\n'));
        assert_eq!(first_hidden_in_block("a\r\nb\t\n"), None);
        assert_eq!(first_hidden_in_block("a\rb"), Some('\r'));
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>(), most in 0..50_usize) {
            prop_assert_eq!(first_hidden(&line(&text)), None);
            prop_assert_eq!(first_hidden_in_block(&block(&text)), None);
            prop_assert_eq!(first_hidden(&shortened(&text, most)), None);
            prop_assert_eq!(first_hidden_in_block(&message(&text)), None);
        }
    }
}
