//! The entries of the step table for code of the user's: `call` and `command`.

use super::access::{access, of};
use super::describe;
use super::phase::Phase;
use super::table::{Amount, Capability, Key, Need, StepKind, TextKind, ValueType};
use super::{MOST_ARGUMENTS, PlanStep, Step};

pub(super) static CALL: StepKind = StepKind {
    name: "call",
    title: "own function",
    help: "Calls a Python function of yours once per task, after you have agreed to run it. A coroutine function is awaited on event loops and wrapped in asyncio.run elsewhere. What it prints is dropped; its standard input is empty.",
    keys: &[
        Key {
            name: "file",
            label: "Python file",
            what: "the file of the function",
            help: "The file of the function. A relative path starts at the folder of the experiment file, which is also the current folder of the function",
            value: ValueType::Text(TextKind::Path),
            required: true,
            condition: None,
            access: access!(Call.file),
        },
        Key {
            name: "function",
            label: "Function",
            what: "the name of the function",
            help: "The name of the function in that file",
            value: ValueType::Text(TextKind::Function),
            required: true,
            condition: None,
            access: access!(Call.function),
        },
        Key {
            name: "arguments",
            label: "Arguments",
            what: "the arguments of the function",
            help: "The positional arguments. {index} alone passes the number of the task as an integer, inside a text it is put in; {{ is a brace",
            value: ValueType::Templates { least: 0, most: MOST_ARGUMENTS },
            required: false,
            condition: None,
            access: access!(Call.arguments),
        },
    ],
    new: || Step::Call {
        file: "work.py".to_owned(),
        function: "work".to_owned(),
        arguments: vec!["{index}".to_owned()],
    },
    describe: of!(Step::Call { file, function, arguments } => describe::call(file, function, arguments)),
    amount: |_| Amount::Untimed(0),
    plan: |_| PlanStep::Call,
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::OwnCode],
    awaits: |_| true,
    needs: &[Need {
        steps: "calls of Python functions",
        applies: |_| true,
        capability: Capability::PythonFunctions,
        reason: "it runs no Python; the models of Python call the function",
    }],
};

pub(super) static COMMAND: StepKind = StepKind {
    name: "command",
    title: "own command",
    help: "Runs an external program of yours once per task, without a shell, after you have agreed to run it. Its standard input is empty and its standard output is dropped; the end of its standard error is quoted where it fails. The task lasts until the program has ended and nothing that it started in the background holds its standard error. An exit status other than 0 fails the trial.",
    keys: &[Key {
        name: "argv",
        label: "Command",
        what: "the program and its arguments",
        help: "The program and its arguments, without a shell. {index} is the number of the task, {{ is a brace. A relative path of the program starts at the folder of the experiment file, which is also its current folder",
        value: ValueType::Templates { least: 1, most: MOST_ARGUMENTS },
        required: true,
        condition: None,
        access: access!(Command.argv),
    }],
    new: || Step::Command { argv: vec!["./work".to_owned(), "{index}".to_owned()] },
    describe: of!(Step::Command { argv } => describe::command(argv)),
    amount: |_| Amount::Untimed(0),
    plan: |_| PlanStep::Command,
    permits: |_| None,
    inner_timestamps: 0,
    phases: |_| &[Phase::OwnCode],
    awaits: |_| true,
    needs: &[Need {
        steps: "commands",
        applies: |_| true,
        capability: Capability::PlainPrograms,
        reason: "uvloop hands programs descriptors of its own, so that they run otherwise than under the other models; \
                 py-asyncio runs them on asyncio's own loop",
    }],
};
