//! Names of contenders that can't be used, each with what is allowed.

use super::{InvalidSetting, ModelId, all_names};
use crate::printable;

/// Error for a model name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown model \"{}\"; allowed are {}", printable::value(.name), all_names())]
pub struct UnknownModel {
    /// The name as typed.
    pub name: String,
}

/// Error for the name of a contender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContender {
    /// The model does not exist.
    #[error(transparent)]
    Model(#[from] UnknownModel),
    /// The copy is not a number, 0, or too high.
    #[error("\"{}\" is not a valid copy number of {}; allowed are 1 to {}", printable::value(.copy), .model.name(), u8::MAX)]
    Copy {
        /// The model.
        model: ModelId,
        /// The copy as typed.
        copy: String,
    },
    /// A native model with an interpreter.
    #[error("{} does not run on an interpreter; remove \"@{}\"", .model.name(), printable::value(.tag))]
    NotPython {
        /// The model.
        model: ModelId,
        /// The tag as typed.
        tag: String,
    },
    /// No tag of an interpreter looks like this.
    #[error(
        "\"{}\" is not the name of an interpreter; allowed are names such as 3.14 and 3.13t, which \
         `concurrency-lab doctor` lists",
        printable::value(.0)
    )]
    Tag(String),
    /// More copies than can be counted.
    #[error("{} is named more than {} times", .0.name(), u8::MAX)]
    TooManyCopies(ModelId),
    /// The braces around the settings are not a pair.
    #[error("\"{}\" has a brace without its counterpart; settings are written as in thread-pool{{workers=8}}", printable::value(.0))]
    Braces(String),
    /// Something between the settings and the end that is no copy.
    #[error("\"{}\" is not allowed after the settings of {}; only a copy number such as #2 is", printable::value(.rest), .model.name())]
    AfterSettings {
        /// The model.
        model: ModelId,
        /// The text as typed.
        rest: String,
    },
    /// A setting can't be used.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
}
