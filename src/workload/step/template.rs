//! Arguments of the user's functions and commands: texts with a place for the number of the task.

use serde::{Deserialize, Serialize};

use super::LONGEST_TEXT;

/// Placeholder of the task's number in a text.
const INDEX: &str = "{index}";

/// A text with any number of places for the number of the task. `{{` and `}}` stand for braces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template {
    /// The texts before, between and behind the places.
    pieces: Vec<String>,
}

impl Template {
    /// Reads a text; `None` for a brace that is neither doubled nor part of `{index}`, for the character NUL, which no
    /// argument of a program can hold, and for a text that is too long.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains('\0') || text.chars().count() > LONGEST_TEXT {
            return None;
        }
        let mut pieces = vec![String::new()];
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(behind) = rest.strip_prefix(INDEX) {
                pieces.push(String::new());
                rest = behind;
                continue;
            }
            let doubled = ["{{", "}}"].into_iter().find(|pair| rest.starts_with(pair));
            if first == '{' && doubled.is_none() {
                return None;
            }
            let taken = doubled.map_or(first.len_utf8(), str::len);
            if let Some(piece) = pieces.last_mut() {
                piece.push(first);
            }
            rest = &rest[taken..];
        }
        Some(Self { pieces })
    }

    /// The text of a task.
    #[must_use]
    pub fn text(&self, index: u32) -> String {
        match self.pieces.as_slice() {
            [only] => only.clone(),
            pieces => pieces.join(&index.to_string()),
        }
    }

    /// The texts around the places, one more than there are places.
    #[must_use]
    pub fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// True for the number of the task and nothing else.
    #[must_use]
    pub fn is_index(&self) -> bool {
        self.pieces.len() == 2 && self.pieces.iter().all(String::is_empty)
    }

    /// True where the text is the same for every task.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.pieces.len() == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_the_task_is_put_in_and_doubled_braces_are_braces() {
        let text = |template: &str| Template::parse(template).map(|template| template.text(7));
        assert_eq!(text("{index}.png").as_deref(), Some("7.png"));
        assert_eq!(text("{index}{index}-{index}").as_deref(), Some("77-7"));
        assert_eq!(text("{{index}}").as_deref(), Some("{index}"));
        assert_eq!(text("{{{index}}}").as_deref(), Some("{7}"));
        assert_eq!(text("").as_deref(), Some(""));
        assert_eq!(text("a } ü").as_deref(), Some("a } ü"));
        for wrong in ["{", "{task}", "{index", "{ index}", "a{0}", "\0"] {
            assert_eq!(text(wrong), None, "{wrong:?}");
        }
        let alone = |template: &str| Template::parse(template).map(|template| template.is_index());
        assert_eq!((alone("{index}"), alone(" {index}"), alone("")), (Some(true), Some(false), Some(false)));
    }
}
