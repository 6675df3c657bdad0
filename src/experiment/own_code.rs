//! Experiments about code of the user's: a function under every model of Python, a command under the models of an experiment
//! that names none.

use std::path::Path;

use super::Experiment;
use crate::model::{Contender, ModelId};
use crate::workload::{Step, Workload};

/// Tasks of such an experiment.
const TASKS: u32 = 20;

impl Experiment {
    /// Calls a function.
    #[must_use]
    pub fn calling(file: String, function: String, arguments: Vec<String>) -> Self {
        let title = format!("Own function {function}");
        let step = Step::Call { file, function, arguments };
        Self {
            id: "own-function".to_owned(),
            title,
            summary: step.describe(),
            workload: Workload::of(TASKS, vec![step]),
            models: ModelId::all().filter(|model| model.is_python()).map(Contender::of).collect(),
            reference: Contender::of(ModelId::PySequential),
            models_by_default: false,
            ..Self::default()
        }
    }

    /// Runs a command.
    #[must_use]
    pub fn running(argv: Vec<String>) -> Self {
        let name = argv.first().and_then(|program| Path::new(program).file_name()).map(|name| name.to_string_lossy());
        let title = format!("Own command {}", name.unwrap_or_default());
        let step = Step::Command { argv };
        Self {
            id: "own-command".to_owned(),
            title,
            summary: step.describe(),
            workload: Workload::of(TASKS, vec![step]),
            ..Self::default()
        }
    }
}
