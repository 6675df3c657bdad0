//! Limits that a run may reach, said before it starts: tried with runs that reach them and runs that do not.

use std::process::Output;

use crate::common;

/// Tasks that write a file each, on an event loop.
fn experiment(folder: &tempfile::TempDir, tasks: u32) -> String {
    let path = folder.path().join(format!("files-{tasks}.toml"));
    let text = format!(
        "id = \"files\"\ntitle = \"Files\"\n[workload]\ntasks = {tasks}\n[[workload.step]]\nkind = \"file\"\nbytes = 10\n\
         [models]\ninclude = [\"async\"]\nreference = \"async\"\n"
    );
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

/// Calls the lab with at most so many open files for a process.
fn limited(arguments: &[&str]) -> Output {
    let lab = common::lab();
    let script = "ulimit -n 200; exec \"$@\"";
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, "sh"]).arg(lab.get_program()).args(arguments);
    for (name, value) in lab.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command.output().expect("a shell")
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_run_that_reaches_a_limit_was_warned_of_and_one_that_does_not_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let sentence = "Async may need about 420 open files and connections at once; this system allows a process 200";
    let run = |tasks: u32, more: &[&str]| {
        let file = experiment(&folder, tasks);
        let output = limited(&[&["run", &file, "--no-save", "--trials", "1", "--warmups", "0"], more].concat());
        let (stdout, stderr) = texts(&output);
        (output.status.code(), stdout, stderr)
    };
    let (status, stdout, _) = run(400, &["--dry-run"]);
    assert!(status == Some(0) && stdout.lines().any(|line| line == sentence), "{stdout}");
    let (status, stdout, stderr) = run(400, &[]);
    assert!(stderr.contains(sentence), "{stderr}");
    assert!(status == Some(1) && stdout.contains("Too many open files"), "{stdout}");
    let (status, _, stderr) = run(150, &[]);
    assert_eq!((status, stderr.contains("may need")), (Some(0), false), "{stderr}");
    let (status, _, stderr) = run(400, &["--quiet"]);
    assert_eq!((status, stderr.contains("may need")), (Some(1), false), "{stderr}");
}

#[test]
fn a_dry_run_of_a_sweep_gives_the_time_of_each_model_at_each_point() {
    let arguments = ["run", "io-bound", "--models", "sequential,async", "--sweep", "tasks=10,1000", "--dry-run"];
    let output = common::lab().args(arguments).output().expect("the lab starts");
    let (stdout, _) = texts(&output);
    let rows: Vec<Vec<&str>> = stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(rows.iter().any(|row| row.starts_with(&["Tasks", "Sequential", "Async"])), "{stdout}");
    assert!(rows.iter().any(|row| row.first() == Some(&"1,000")), "{stdout}");
    assert!(stdout.contains("2 values, 2 models, ") && stdout.contains(" expected: about "), "{stdout}");
    // Sequential needs 20 s at 1,000 tasks of 20 ms and more: three rounds exceed the usual budget.
    assert!(stdout.contains("at least 3 rounds, which exceeds the budget of 15.0 s"), "{stdout}");
}
