//! The Python program that runs the models: a package of its own, whose files are compiled in here.

use crate::model::ModelId;

/// The folder of the program: a package of this name with [`PROGRAM`] in it.
pub const PROGRAM_FOLDER: &str = "concurrency_lab_program";
/// The file in it that an interpreter is started with.
pub const PROGRAM_START: &str = "__main__.py";

/// Lists files of the program with their contents.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("concurrency_lab_program/", $name)))),*]
    };
}

/// The program that an interpreter is given, standard library only: the names and contents of its files.
pub const PROGRAM: &[(&str, &str)] = files![
    "__init__.py",
    "__main__.py",
    "calibrate.py",
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
    "program.py",
    "protocol.py",
    "recorder.py",
    "registry.py",
    "resources.py",
    "row.py",
    "steps.py",
    "task_process.py",
    "usage.py",
];
/// The models among them.
const MODELS: &str = include_str!("concurrency_lab_program/models.py");

/// Returns the code of a Python model as it is in [`PROGRAM`] and runs. Empty for native models.
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
