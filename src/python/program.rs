//! Python program that runs the models: the files of its package, compiled into the executable.

use crate::model::ModelId;

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
    "class_tasks.py",
    "classes.py",
    "clock.py",
    "counters.py",
    "drivers_loops.py",
    "drivers_processes.py",
    "drivers_threads.py",
    "failures.py",
    "heartbeat.py",
    "kernels.py",
    "loop_steps.py",
    "loops.py",
    "models.py",
    "pools.py",
    "processes.py",
    "program.py",
    "protocol.py",
    "recorder.py",
    "registry.py",
    "resources.py",
    "row.py",
    "steps.py",
    "task_process.py",
    "usage.py",
    "workers.py",
];
/// File with the code of the models.
const MODELS: &str = include_str!("concurrency_lab_program/models.py");

/// Returns the code of a Python model that [`PROGRAM`] runs. Empty for native models.
#[must_use]
pub fn code_of(model: ModelId) -> &'static str {
    let (head, end) = (format!("# code of {}\n", model.name()), "# end\n");
    let found = MODELS.split_once(&head).and_then(|(_, rest)| rest.split_once(end));
    found.map(|(code, _)| code.trim_end()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_shown_is_the_code_that_runs() {
        for model in ModelId::all().filter(|model| model.is_python()) {
            let code = code_of(model);
            let name = model.name().replace('-', "_");
            assert!(code.contains(&format!("def {name}(")), "{name}: {code:?}");
            let count = |text: &str| PROGRAM.iter().map(|(_, content)| content.matches(text).count()).sum::<usize>();
            assert_eq!(count(&format!("def {name}(")), 1, "{name} is defined once");
            assert!(count(&format!("{name}(")) >= 2, "{name} is called");
            assert_eq!(count(&format!("@driver(\"{}\")", model.name())), 1, "{name} has a driver");
            assert!(code.lines().count() <= 20, "{name}");
        }
        assert_eq!(code_of(ModelId::Threads), "");
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
