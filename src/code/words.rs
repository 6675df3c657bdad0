//! Command lines split into words and joined again, by the quoting rules of POSIX shells. Nothing is expanded.

/// Reason why a command line can't be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnevenQuotes {
    /// A quotation mark has no counterpart.
    #[error("the quotation mark {0} is not closed")]
    Open(char),
    /// Nothing follows a backslash.
    #[error("nothing follows the last backslash")]
    Backslash,
}

/// Splits a command line. Between `'` everything is literal; between `"` a backslash protects `$`, `` ` ``, `"`, itself
/// and a line end; outside of quotes it protects any character.
///
/// # Errors
/// [`UnevenQuotes`] for a quotation that does not end.
pub fn split(line: &str) -> Result<Vec<String>, UnevenQuotes> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                let text = word.get_or_insert_default();
                loop {
                    match letters.next().ok_or(UnevenQuotes::Open('\''))? {
                        '\'' => break,
                        inside => text.push(inside),
                    }
                }
            }
            '"' => {
                let text = word.get_or_insert_default();
                loop {
                    match letters.next().ok_or(UnevenQuotes::Open('"'))? {
                        '"' => break,
                        '\\' => match letters.next().ok_or(UnevenQuotes::Open('"'))? {
                            '\n' => {}
                            inside if matches!(inside, '$' | '`' | '"' | '\\') => text.push(inside),
                            inside => text.extend(['\\', inside]),
                        },
                        inside => text.push(inside),
                    }
                }
            }
            '\\' => match letters.next().ok_or(UnevenQuotes::Backslash)? {
                '\n' => {}
                inside => word.get_or_insert_default().push(inside),
            },
            ' ' | '\t' | '\n' => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Joins words so that [`split`] returns them again.
#[must_use]
pub fn join(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:=,+@%^{}".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does() {
        let words = |line: &str| split(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(words("./resize {index}.png  -q 3"), ["./resize", "{index}.png", "-q", "3"]);
        assert_eq!(words(r#"a 'b c' "d \"e\" \n" f\ g '' h'i'"j""#), ["a", "b c", r#"d "e" \n"#, "f g", "", "hij"]);
        assert_eq!(words("  \t\n"), Vec::<String>::new());
        assert_eq!(words("$HOME `id` *.png ; rm"), ["$HOME", "`id`", "*.png", ";", "rm"], "nothing is expanded");
        assert_eq!(split("a 'b"), Err(UnevenQuotes::Open('\'')));
        assert_eq!(split("a \"b\\"), Err(UnevenQuotes::Open('"')));
        assert_eq!(split("a\\"), Err(UnevenQuotes::Backslash));
    }

    proptest! {
        #[test]
        fn joined_words_are_split_into_the_same_ones(words in proptest::collection::vec("(\\PC|[ '\"\\\\\n\t]){0,8}", 0..6)) {
            prop_assert_eq!(split(&join(&words)), Ok(words));
        }
    }
}
