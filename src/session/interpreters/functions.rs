//! Lists the functions of a Python file, and finds what a name in it means. An interpreter parses its text (`ast`); nothing
//! is imported or run.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{ChildStdout, Command};
use std::time::{Duration, Instant};

use crossbeam_channel::never;
use serde::Deserialize;

use crate::model::ModelId;
use crate::supervised_child::{Decoded, RecvError, SpawnError, SupervisedChild, Supervision};

/// Time limit for the list.
const LISTS_WITHIN: Duration = Duration::from_secs(10);
/// Bytes of the longest list.
const LONGEST_LIST: u64 = 8 << 20;
/// Threads of the interpreter, and the length of its stderr that is kept.
const SUPERVISION: Supervision = Supervision { name: "functions", stderr_bytes: 4096 };

/// The program; the file's text is its stdin, and names to look for are its arguments.
const PROGRAM: &str = include_str!("functions.py");

/// A function at the top level of a Python file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// True for `async def`.
    pub is_coroutine: bool,
    /// True if decorators decide what its name stands for.
    pub is_decorated: bool,
    /// True if it has a `yield` of its own.
    pub is_generator: bool,
    /// Names of its positional parameters.
    pub parameters: Vec<String>,
    /// Number of those without a default.
    pub needed: usize,
    /// True if it takes any number of arguments (`*args`).
    pub takes_more: bool,
    /// Names of parameters without a default that are only passed by name.
    pub keywords: Vec<String>,
}

/// Meaning of a name in a file, as far as its text tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum Meaning {
    /// A function, as written: nothing wraps it.
    Function {
        /// The function.
        function: Function,
    },
    /// A value that is no function.
    Value {
        /// Its type in Python.
        r#type: String,
    },
    /// The text binds no such name.
    Missing,
    /// It is only known when the file runs: imported, decorated, computed.
    Unknown,
}

/// Contents of a file, as far as its text tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Outline {
    /// The functions, in their order.
    pub functions: Vec<Function>,
    /// Meaning of each name that was asked about.
    pub names: Vec<Meaning>,
}

impl Function {
    /// Returns what a call of it does that its callers may not expect, on all models or on event loops alone. `None` for a
    /// decorated function, of which the decorator may have made anything.
    #[must_use]
    pub fn note(&self) -> Option<FunctionNote> {
        match (self.is_decorated, self.is_generator, self.is_coroutine) {
            (true, ..) | (false, false, true) => None,
            (false, true, _) => Some(FunctionNote::Generator),
            (false, false, false) => Some(FunctionNote::HoldsTheLoop),
        }
    }
}

/// Surprise in what a call of a function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionNote {
    /// A call makes a generator and runs nothing of it.
    Generator,
    /// On an event loop, a call holds the loop.
    HoldsTheLoop,
}

impl FunctionNote {
    /// Returns true if it is about this model. gevent makes the standard library's waits give its loop back.
    #[must_use]
    pub fn is_about(self, model: ModelId) -> bool {
        match self {
            Self::Generator => true,
            Self::HoldsTheLoop => model.computes_on_its_loop() && model != ModelId::PyGevent,
        }
    }

    /// Returns the end of the sentence that begins with the function's name and "is a".
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Generator => {
                "generator function (it has yield in it): a call returns a generator and runs none of its body, so that \
                 nothing of it is measured"
            }
            Self::HoldsTheLoop => {
                "plain function (def without async): on an event loop of asyncio, uvloop or trio its calls run one after \
                 the other, since each holds the loop until it returns"
            }
        }
    }
}

/// Reason why the functions of a file can't be listed.
#[derive(Debug, thiserror::Error)]
pub enum FunctionsError {
    /// The interpreter could not be started.
    #[error("the interpreter that reads it could not be started: {0}")]
    NotStarted(#[source] SpawnError),
    /// The interpreter did not answer.
    #[error("the interpreter that reads it gave no answer")]
    NoAnswer,
    /// The text is no Python.
    #[error("Python {python} can't read it: {mistake}{}", line.map_or_else(String::new, |line| format!(", line {line}")))]
    Syntax {
        /// The interpreter's message.
        mistake: String,
        /// The line.
        line: Option<u64>,
        /// Version of the interpreter.
        python: String,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Outline(Outline),
    Mistake { mistake: String, line: Option<u64>, python: String },
}

/// Lists the functions of a file's text, in their order. Blocks.
///
/// # Errors
/// [`FunctionsError`].
pub fn functions(interpreter: &Path, source: &[u8]) -> Result<Vec<Function>, FunctionsError> {
    Ok(outline(interpreter, source, &[])?.functions)
}

/// Lists the functions of a file's text, and says what some names mean in it. Blocks.
///
/// # Errors
/// [`FunctionsError`].
pub fn outline(interpreter: &Path, source: &[u8], names: &[&str]) -> Result<Outline, FunctionsError> {
    let mut command = Command::new(interpreter);
    // Isolated, and without the files that a virtual environment runs at its start.
    command.args(["-I", "-S", "-c", PROGRAM]).args(names);
    if cfg!(unix) {
        command.current_dir("/");
    }
    let deadline = Instant::now() + LISTS_WITHIN;
    let mut child =
        SupervisedChild::spawn_tree(&mut command, SUPERVISION, answer_in).map_err(FunctionsError::NotStarted)?;
    child.write_and_close_stdin(source.to_vec()).map_err(FunctionsError::NotStarted)?;
    let answer = match child.recv(deadline, &never()) {
        Ok(answer) => serde_json::from_slice(&answer).map_err(|_| FunctionsError::NoAnswer)?,
        Err(RecvError::TimedOut | RecvError::Cancelled | RecvError::Gone) => return Err(FunctionsError::NoAnswer),
    };
    match answer {
        Answer::Outline(outline) => Ok(outline),
        Answer::Mistake { mistake, line, python } => Err(FunctionsError::Syntax { mistake, line, python }),
    }
}

fn answer_in(pipe: &mut BufReader<ChildStdout>) -> Decoded<Vec<u8>> {
    let mut line = Vec::new();
    match pipe.take(LONGEST_LIST).read_until(b'\n', &mut line) {
        Ok(1..) => Decoded::Last(line),
        _ => Decoded::End,
    }
}
