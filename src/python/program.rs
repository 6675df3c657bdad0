//! Python program that runs the models: the files of its package, compiled into the executable.

use crate::model::{Contender, ModelId, RAYON_CHUNKS_CODE};
use crate::workload::Awaiting;

/// Name of the program's folder, a package with the files of [`PROGRAM`].
pub const PROGRAM_FOLDER: &str = "concurrency_lab_program";
/// File of the package that an interpreter is started with.
pub const PROGRAM_START: &str = "__main__.py";

/// Lists files of the program with their contents.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("concurrency_lab_program/", $name)))),*]
    };
}

/// Names and contents of the program's files, which need the standard library only.
pub const PROGRAM: &[(&str, &str)] = files![
    "__init__.py",
    "__main__.py",
    "calibrate.py",
    "class_drivers_loops.py",
    "class_drivers_processes.py",
    "class_drivers_threads.py",
    "class_process_starter.py",
    "class_tasks.py",
    "classes.py",
    "clock.py",
    "counters.py",
    "dask_client.py",
    "dask_connection.py",
    "dask_package.py",
    "dask_worker.py",
    "drivers_dask.py",
    "drivers_loops.py",
    "drivers_multi.py",
    "drivers_pools.py",
    "drivers_processes.py",
    "drivers_threads.py",
    "failures.py",
    "forks.py",
    "heartbeat.py",
    "kernels.py",
    "loop_steps.py",
    "loops.py",
    "models.py",
    "models_in_turn.py",
    "models_payload.py",
    "objects.py",
    "own_code.py",
    "own_code_loops.py",
    "payload.py",
    "pools.py",
    "process_starter.py",
    "program.py",
    "protocol.py",
    "recorder.py",
    "registry.py",
    "resources.py",
    "results.py",
    "row.py",
    "steps.py",
    "task_process.py",
    "usage.py",
    "workers.py",
];
/// Name and contents of the script with a plain program for each Python model, which the self-check compares trials with.
pub const BARE_PROGRAMS: (&str, &str) = ("bare_programs.py", include_str!("bare_programs.py"));
/// File with the code of the models.
const MODELS: &str = include_str!("concurrency_lab_program/models.py");
/// The same for tasks with a payload.
const MODELS_WITH_PAYLOAD: &str = include_str!("concurrency_lab_program/models_payload.py");
/// File with the code of those that await each task before the next one is begun.
const MODELS_IN_TURN: &str = include_str!("concurrency_lab_program/models_in_turn.py");

/// Returns the code of a contender, which its settings and a payload of the tasks may change: what the program runs for a
/// Python model, the catalogue's for a native one.
#[must_use]
pub fn code_of_contender(contender: &Contender, awaits: Awaiting, payload: bool) -> &'static str {
    let chunks = contender.settings.chunk.is_some();
    let in_turn = awaits == Awaiting::InTurn;
    match contender.model {
        model if in_turn && model.is_python() && model.has_event_loop() => marked(MODELS_IN_TURN, model.name()),
        ModelId::Rayon if chunks => RAYON_CHUNKS_CODE,
        ModelId::PyProcessPool if chunks => marked(MODELS, "py-process-pool with chunk"),
        model if model.is_python() => code_of(model, payload),
        model => model.info().code_that_awaits(awaits),
    }
}

/// Returns the code of a Python model that [`PROGRAM`] runs, for tasks with or without a payload. Empty for native
/// models.
#[must_use]
pub fn code_of(model: ModelId, payload: bool) -> &'static str {
    marked(if payload { MODELS_WITH_PAYLOAD } else { MODELS }, model.name())
}

fn marked(source: &'static str, name: &str) -> &'static str {
    let (head, end) = (format!("# code of {name}\n"), "# end\n");
    let found = source.split_once(&head).and_then(|(_, rest)| rest.split_once(end));
    found.map(|(code, _)| code.trim_end()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_shown_is_the_code_that_runs() {
        for model in ModelId::all().filter(|model| model.is_python()) {
            let count = |text: &str| PROGRAM.iter().map(|(_, content)| content.matches(text).count()).sum::<usize>();
            assert_eq!(count(&format!("@driver(\"{}\")", model.name())), 1, "{} has a driver", model.name());
            for (payload, ending) in [(false, ""), (true, "_payload")] {
                let code = code_of(model, payload);
                let name = model.name().replace('-', "_") + ending;
                assert!(code.contains(&format!("def {name}(")), "{name}: {code:?}");
                assert_eq!(count(&format!("def {name}(")), 1, "{name} is defined once");
                assert!(count(&format!("{name}(")) >= 2, "{name} is called");
                assert!(code.lines().count() <= 20, "{name}");
            }
            let (name, code) = (model.name().replace('-', "_"), code_of(model, false));
            let in_turn = code_of_contender(&Contender::of(model), Awaiting::InTurn, false);
            if model.has_event_loop() {
                assert!(in_turn.contains(&format!("def {name}_in_turn(")), "{name}: {in_turn:?}");
                assert_eq!(count(&format!("def {name}_in_turn(")), 1, "{name} is defined once");
                assert!(count(&format!("{name}_in_turn(")) >= 2, "{name} is called");
                assert!(in_turn.lines().count() <= 20, "{name}");
            } else {
                assert_eq!(in_turn, code, "{name}");
            }
        }
        assert_eq!(code_of(ModelId::Threads, false), "");
        let shown = |name: &str| code_of_contender(&name.parse().expect("a contender"), Awaiting::Together, false);
        assert!(shown("py-process-pool{chunk=8}").contains("chunksize=chunk"));
        assert!(shown("rayon{chunk=8}").contains("with_min_len(chunk)"));
        assert_eq!(shown("rayon{workers=8}"), ModelId::Rayon.info().code);
    }

    #[test]
    fn every_model_has_a_bare_program() {
        for model in ModelId::all().filter(|model| model.is_python()) {
            assert_eq!(BARE_PROGRAMS.1.matches(&format!("\"{}\": ", model.name())).count(), 1, "{}", model.name());
        }
    }

    #[test]
    fn every_file_of_the_program_is_written() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/python").join(PROGRAM_FOLDER);
        let names = std::fs::read_dir(folder).expect("the sources").map(|entry| entry.expect("readable").file_name());
        let names = names.map(|name| name.into_string().expect("text")).filter(|name| name.ends_with(".py"));
        let mut names: Vec<String> = names.collect();
        names.sort();
        assert_eq!(names, PROGRAM.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for (name, content) in PROGRAM {
            assert!(content.lines().count() < 300, "{name}");
        }
    }
}
