//! Consent: code that a file names runs only after the user has agreed, and exactly what was agreed to runs.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use super::{call, command, module, reason, run_with};
use crate::common::{self, experiment, python, write_experiment};
use concurrency_lab::code::{self, CodeError, Consents, OwnCode};
use concurrency_lab::experiment::Experiment;
use concurrency_lab::failure::Failure;
use concurrency_lab::model::ModelId;
use concurrency_lab::workload::Step;

/// A module that leaves a trace where it is imported or called.
const TRACE: &str = "open('imported', 'w').close()\ndef work(task): return task\n";

/// Runs the lab's command line in a folder, with a configuration folder that is not the user's.
fn lab(folder: &Path, arguments: &[&str]) -> Output {
    let mut lab = common::lab();
    lab.args(arguments).current_dir(folder).env("XDG_CONFIG_HOME", folder.join("config"));
    lab.output().expect("the lab starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn quick(steps: Vec<Step>, models: &[ModelId]) -> Experiment {
    let mut quick = experiment(2, steps, models);
    quick.trials.minimum = 1;
    quick
}

#[test]
fn without_a_terminal_a_file_that_names_code_is_refused_with_the_flag() {
    if python().is_none() {
        return;
    }
    let folder = module(TRACE);
    let path = write_experiment(folder.path(), &quick(vec![call("work")], &[ModelId::PySequential]));
    let file = path.to_str().expect("text");
    let refused = lab(folder.path(), &["run", file, "--no-save"]);
    let message = stderr(&refused);
    assert_eq!(refused.status.code(), Some(2), "{message}");
    assert!(message.contains("--allow-code") && message.contains("work.py"), "{message}");
    let hash = code::read(&[call("work")], folder.path()).expect("readable")[0].sha256.to_string();
    assert!(message.contains(&hash) && message.contains("{index}"), "{message}");
    // Nothing of these looks at more than the text.
    assert_eq!(lab(folder.path(), &["run", file, "--dry-run"]).status.code(), Some(0));
    assert!(!folder.path().join("imported").exists());
    let allowed = lab(folder.path(), &["run", file, "--allow-code", "--no-save"]);
    assert_eq!(allowed.status.code(), Some(0), "{}", stderr(&allowed));
    assert!(folder.path().join("imported").exists());
    let again = lab(folder.path(), &["run", file, "--no-save"]);
    assert_eq!(again.status.code(), Some(2), "the flag is not stored: {}", stderr(&again));
}

#[test]
fn code_that_is_named_on_the_command_line_runs_at_once() {
    if python().is_none() {
        return;
    }
    let folder = module("def work(task, text): assert text == '{x}', text\ndef none(): pass");
    let models = ["--models", "py-sequential", "--trials", "1", "--warmups", "0", "--no-save"];
    let run = |arguments: &[&str]| lab(folder.path(), &[&["run"], arguments, &models].concat());
    let called = run(&["work.py:work", "--argument", "{index}", "--argument", "{{x}}"]);
    assert_eq!(called.status.code(), Some(0), "{}", stderr(&called));
    let none = run(&["work.py:none"]);
    assert_eq!(none.status.code(), Some(0), "a function without parameters gets none: {}", stderr(&none));
    let few = run(&["work.py:work"]);
    assert_eq!(few.status.code(), Some(2));
    assert!(stderr(&few).contains("takes task, text"), "{}", stderr(&few));
    let unknown = run(&["work.py:wrok"]);
    assert!(stderr(&unknown).contains("there are work, none"), "{}", stderr(&unknown));
    let missing = run(&["nothing.py:work"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("nothing.py can't be read"), "{}", stderr(&missing));
    let native = ["--models", "sequential,async", "--trials", "1", "--warmups", "0", "--no-save"];
    let ran = lab(folder.path(), &[&["run", "--command", "sh -c 'exit 0' {index}"], &native[..]].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));
    let open = lab(folder.path(), &["run", "--command", "sh 'open"]);
    assert_eq!(open.status.code(), Some(2));
    assert!(stderr(&open).contains("the quotation mark ' is not closed"), "{}", stderr(&open));
}

#[cfg(unix)]
#[test]
fn a_yes_on_a_terminal_is_remembered_until_one_byte_changes() {
    let Some(interpreters) = python() else { return };
    let folder = module(TRACE);
    let path = write_experiment(folder.path(), &quick(vec![call("work")], &[ModelId::PySequential]));
    let ask = |answer: &str| -> (String, i32) {
        let mut asked = isolated_terminal(&interpreters.usable[0].path, folder.path());
        let output = asked.arg(answer).arg(common::program()).args(["run", path.to_str().expect("text"), "--no-save"]);
        let output = output.output().expect("it starts");
        (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code().unwrap_or(-1))
    };
    let (text, status) = ask("n");
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("SHA-256") && text.contains("you did not agree"), "{text}");
    assert!(!folder.path().join("imported").exists());
    let (text, status) = ask("yes");
    assert_eq!(status, 0, "{text}");
    fs::remove_file(folder.path().join("imported")).expect("it ran");
    let (text, status) = ask("not asked");
    assert!(status == 0 && !text.contains("agree"), "{text}");
    fs::write(folder.path().join("work.py"), TRACE.replace("return task", "return tasK")).expect("written");
    fs::remove_file(folder.path().join("imported")).expect("it ran");
    let (text, status) = ask("n");
    assert_eq!(status, 2, "one byte: {text}");
    assert!(!folder.path().join("imported").exists());
}

/// A program that runs the lab on a terminal of its own and types an answer to its question.
#[cfg(unix)]
fn isolated_terminal(python: &Path, folder: &Path) -> std::process::Command {
    const PROGRAM: &str = "
import os, pty, sys
answer, program = sys.argv[1], sys.argv[2:]
process, terminal = pty.fork()
if process == 0:
    os.execv(program[0], program)
text, answered = b'', False
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    text += piece
    if not answered and b'Type yes to agree: ' in text:
        os.write(terminal, answer.encode() + b'\\n')
        answered = True
sys.stdout.buffer.write(text)
sys.stdout.flush()
sys.exit(os.WEXITSTATUS(os.waitpid(process, 0)[1]))
";
    let mut command = std::process::Command::new(python);
    command.args(["-c", PROGRAM]).current_dir(folder).env("XDG_CONFIG_HOME", folder.join("config"));
    command.env(concurrency_lab::record::DATA_VARIABLE, folder.join("data"));
    command
}

#[test]
fn a_session_runs_no_code_that_it_was_not_given() {
    let Some(interpreters) = python() else { return };
    let folder = module(TRACE);
    let plan = || quick(vec![call("work")], &[ModelId::PySequential]);
    let results = run_with(plan(), &interpreters, Vec::new());
    assert_eq!(results.trials[0].failure, Some(Failure::NoConsent));
    // The bytes that were read run, whatever is in the file by then.
    let read = code::read(plan().workload.steps(), folder.path()).expect("readable");
    fs::write(folder.path().join("work.py"), "open('replaced', 'w').close()\ndef work(task): return task")
        .expect("written");
    let results = run_with(plan(), &interpreters, read);
    assert!(results.trials[0].completed().is_some(), "{:?}", results.trials[0].failure);
    assert!(folder.path().join("imported").exists() && !folder.path().join("replaced").exists());
}

#[test]
fn consent_covers_bytes_function_arguments_and_the_folder() {
    let folder = module(TRACE);
    let other = module(TRACE);
    let read = |folder: &Path, step: &Step| code::read(std::slice::from_ref(step), folder).expect("readable");
    let with = |function: &str, arguments: &[&str]| Step::Call {
        file: "work.py".to_owned(),
        function: function.to_owned(),
        arguments: arguments.iter().map(|one| (*one).to_owned()).collect(),
    };
    let asked: Vec<Vec<OwnCode>> = vec![
        read(folder.path(), &with("work", &["{index}"])),
        read(folder.path(), &with("work", &["{index}", ""])),
        read(folder.path(), &with("work", &["{index} "])),
        read(folder.path(), &with("other", &["{index}"])),
        // What it imports comes from there.
        read(other.path(), &with("work", &["{index}"])),
    ];
    let config = tempfile::tempdir().expect("a folder");
    let consents = Consents::in_folder(&config.path().join("deep/er"));
    assert!(asked.iter().all(|code| !consents.cover(code)));
    consents.remember(&asked[0]).expect("stored");
    let covered: Vec<bool> = asked.iter().map(|code| consents.cover(code)).collect();
    assert_eq!(covered, [true, false, false, false, false]);
    consents.remember(&asked[3]).expect("stored");
    assert!(consents.cover(&asked[0]) && consents.cover(&asked[3]));
    let mut both = asked[0].clone();
    both.extend(asked[1].clone());
    assert!(!consents.cover(&both), "all of it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = config.path().join("deep/er/consents");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(&config.path().join("deep/er"))), (0o600, 0o700));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).expect("set");
        assert!(!consents.cover(&asked[0]), "others could have written it");
    }
}

#[test]
fn the_question_shows_all_and_nothing_invisible() {
    let folder = module(TRACE);
    let long = "x".repeat(4000);
    let step = Step::Call {
        file: "work.py".to_owned(),
        function: "work".to_owned(),
        arguments: vec!["a\u{1b}[2J\n\u{202e}b".to_owned(), "c d".to_owned(), long.clone()],
    };
    let read = code::read(&[step], folder.path()).expect("readable");
    let text: String = read[0].question().facts.into_iter().map(|(name, value)| format!("{name} {value}\n")).collect();
    assert!(text.contains("a\\u{1b}[2J\\n\\u{202e}b") && text.contains("'c d'") && text.contains(&long), "{text}");
    assert!(text.lines().count() == 5 && !text.contains('\u{1b}'), "{text}");
}

#[cfg(unix)]
#[test]
fn the_question_says_where_others_can_change_the_code() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = module(TRACE);
    let file = folder.path().join("work.py");
    let caution = |mode: u32| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
        let read = code::read(&[super::call("work")], folder.path()).expect("readable");
        read[0].question().facts.into_iter().find(|(name, _)| *name == "Caution").map(|(_, value)| value)
    };
    assert_eq!(caution(0o644), None);
    let stated = caution(0o666).expect("every user can write it");
    assert!(stated.starts_with("other users can change ") && stated.contains("(mode 666)"), "{stated}");
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_folders_are_no_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    assert!(std::process::Command::new("mkfifo").arg(path("pipe.py")).status().expect("mkfifo").success());
    fs::create_dir(path("folder.py")).expect("created");
    let call = |file: &str| Step::Call { file: file.to_owned(), function: "f".to_owned(), arguments: Vec::new() };
    let refused = |step: Step| code::read(&[step], folder.path()).expect_err("refused").to_string();
    for (file, why) in [
        ("pipe.py", "it is a pipe, not a file"),
        ("folder.py", "it is a folder, not a file"),
        ("/dev/zero", "it is a device, not a file"),
        ("none.py", "No such file"),
    ] {
        let message = refused(call(file));
        assert!(message.contains(why) && message.starts_with("step 1: "), "{message}");
    }
    fs::write(path("large.py"), vec![b'#'; 5_000_000]).expect("written");
    assert!(refused(call("large.py")).contains("larger than the 4 MB allowed"));
    fs::write(path("plain"), "").expect("written");
    assert!(refused(command(&["./plain"])).contains("may not be executed"));
    assert!(refused(command(&["./pipe.py"])).contains("it is a pipe"));
    assert!(refused(command(&["no-such-program-here"])).contains("no program \"no-such-program-here\""));
    assert!(refused(command(&["./w{index}"])).contains("depends on the task"));
    let named = code::read(&[command(&["sh"])], folder.path()).expect("on PATH");
    assert!(named[0].path.is_absolute(), "{:?}", named[0].path);
    assert!(matches!(code::read(&[call("none.py")], folder.path()), Err(CodeError::Unreadable { step: 1, .. })));
}

#[test]
fn hostile_files_beside_an_experiment_do_not_run_before_consent() {
    let Some(interpreters) = python() else { return };
    let folder = module(TRACE);
    let trap = format!("open({:?}, 'w').close()", folder.path().join("trap"));
    for name in ["sitecustomize.py", "usercustomize.py", "ast.py", "json.py", "concurrency_lab_program.py"] {
        fs::write(folder.path().join(name), &trap).expect("written");
    }
    let path = write_experiment(folder.path(), &quick(vec![call("work")], &[ModelId::PySequential]));
    let file = path.to_str().expect("text");
    for arguments in [vec!["run", file], vec!["run", file, "--dry-run"], vec!["run", "work.py:work", "--dry-run"]] {
        lab(folder.path(), &arguments);
    }
    let source = fs::read(folder.path().join("work.py")).expect("there");
    concurrency_lab::session::interpreters::functions::functions(&interpreters.usable[0].path, &source)
        .expect("Python");
    assert!(!folder.path().join("trap").exists() && !folder.path().join("imported").exists());
    let refused = run_with(quick(vec![call("work")], &[ModelId::PySequential]), &Arc::clone(&interpreters), Vec::new());
    assert!(reason(&refused.trials[0]).contains("nobody has agreed"));
}
