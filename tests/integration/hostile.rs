//! Hostile or careless texts, files and outputs on the command line: no control character reaches the terminal, nothing
//! hangs, no file is overwritten by accident.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use concurrency_lab::printable;

use crate::common::lab;

fn run(arguments: &[&str]) -> Output {
    lab().args(arguments).output().expect("the lab starts")
}

fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

/// Returns both streams, and checks that they have no character that a terminal would act on.
fn printable_output(output: &Output) -> String {
    let text = shown(output);
    assert_eq!(printable::first_hidden_in_block(&text), None, "{text:?}");
    assert!(text.chars().count() < 30_000, "{} characters", text.chars().count());
    text
}

const ATTACK: &str = "\u{1b}[2J\u{1b}]0;PWN\u{7}\u{9b}\u{7f}\u{202e}\u{2066}\u{200b}";

const QUICK: &[&str] = &["run", "quick-tour", "--models", "async", "--warmups", "0", "--trials", "1", "--tasks", "2"];

#[test]
fn no_argument_is_echoed_raw_or_at_full_length() {
    let long = "async".repeat(5_000);
    for bad in [ATTACK, &long] {
        let file = format!("{bad}.toml");
        let models = format!("async,{bad}");
        let equals = format!("--tasks={bad}");
        let cases: &[&[&str]] = &[
            &["run", bad],
            &["run", &file],
            &["presets", bad],
            &["--preset", bad],
            &["run", "quick-tour", "--models", bad],
            &["run", "quick-tour", "--models", &models],
            &["run", "quick-tour", "--reference", bad],
            &["run", "quick-tour", "--progress", bad],
            &["run", "quick-tour", "--work", bad],
            &["run", "quick-tour", "--csv-dialect", bad],
            &["run", "quick-tour", &equals],
            &["run", "quick-tour", "--task-ms", bad],
            &["run", "quick-tour", bad, bad],
            &["run", "quick-tour", "--python", bad, "--models", "py-threads", "--dry-run"],
        ];
        for arguments in cases {
            let output = run(arguments);
            let text = printable_output(&output);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
            assert!(text.chars().count() < 3_000, "{} characters: {}", text.chars().count(), &text[..400]);
        }
    }
    let outputs = format!("no-such-folder/{ATTACK}");
    let output = run(&[QUICK, &["--json", &outputs]].concat());
    assert!(output.status.code() == Some(1) && printable_output(&output).contains("\\u{1b}[2J"));
}

#[test]
fn flags_state_the_allowed_values() {
    let most = concurrency_lab::units::count(1_000_000).replace('\u{a0}', " ");
    let tasks = format!("allowed are whole numbers from 1 to {most}");
    let many = vec!["async"; 5_000].join(",");
    let cases: &[(&[&str], &[&str])] = &[
        (&["--tasks", "-1"], &["-1", &tasks]),
        (&["--tasks", "1e3"], &["1e3", &tasks]),
        (&["--task-ms", "abc"], &["abc", "0 to 3600000 milliseconds"]),
        (&["--seed", "-1"], &["-1", "whole numbers from 0 to"]),
        (&["--budget", "soon"], &["soon", "seconds above 0, up to 86400"]),
        (&["--workers", "x"], &["--workers", "allowed are whole numbers from 1"]),
        (&["--models", &many], &["--models names 5000 models", "at most 64"]),
        (&["--models", "async#300"], &["not a valid copy number of async", "1 to 255"]),
        (&["--models", "async@3.14"], &["async does not run on an interpreter"]),
        (&["--models", "py-threads@a b"], &["\"a b\" is not the name of an interpreter", "3.14"]),
        (&["--csv-dialect", "xls"], &["standard, excel, excel-comma, excel-semicolon"]),
    ];
    for (arguments, expected) in cases {
        let output = run(&[&["run", "quick-tour", "--dry-run"], *arguments].concat());
        let text = printable_output(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        for part in *expected {
            assert!(text.contains(part), "{arguments:?} gave {text:?}, without {part:?}");
        }
    }
}

/// Creates the folder of the user's presets under this home.
#[cfg(target_os = "linux")]
fn preset_folder(home: &Path) -> std::path::PathBuf {
    let folder = home.join("concurrencylab").join("presets");
    fs::create_dir_all(&folder).expect("made");
    folder
}

#[cfg(target_os = "linux")]
#[test]
fn presets_of_the_user_are_shown_with_escapes_and_special_files_are_skipped() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = preset_folder(home.path());
    let list = || lab().arg("presets").env("XDG_CONFIG_HOME", home.path()).output().expect("the lab starts");
    assert!(Command::new("mkfifo").arg(folder.join("pipe.toml")).status().expect("mkfifo").success());
    std::os::unix::fs::symlink("/dev/zero", folder.join("zero.toml")).expect("linked");
    fs::write(folder.join("bad.toml"), format!("id = \"bad\"\ntitle = '{ATTACK}'\n[workload]\n")).expect("written");
    let escaped = "id = \"worse\"\ntitle = \"\\u001b[2J\\u202e\"\n[workload]\n";
    fs::write(folder.join("worse.toml"), escaped).expect("written");
    fs::write(folder.join("huge.toml"), format!("id = \"{}\"\n", "x".repeat(10_000_000))).expect("written");
    fs::write(folder.join("mine.toml"), "id = \"mine\"\ntitle = \"My own\"\n[workload]\n").expect("written");
    let output = list();
    let text = printable_output(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in ["mine  ", "pipe.toml can't be read: it is a pipe", "zero.toml can't be read: it is a device"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(text.contains("worse.toml:2:9: title is \"\\u{1b}[2J\\u{202e}\""), "{text}");
}

#[cfg(unix)]
#[test]
fn an_experiment_comes_from_a_pipe_within_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let name = pipe.to_str().expect("text");
    let start = || {
        lab()
            .args(["run", name, "--dry-run", "--models", "async"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    };
    let reading = start().expect("the lab starts");
    fs::write(&pipe, "id = \"piped\"\ntitle = \"Piped\"\n[workload]\n").expect("written");
    let output = reading.wait_with_output().expect("it ends");
    assert!(output.status.success() && shown(&output).contains("Piped (piped)"), "{}", shown(&output));
    // Without a writer it waits, and a signal ends it.
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let waiting = start().expect("the lab starts");
        std::thread::sleep(Duration::from_millis(700));
        assert_eq!(end(waiting, signal), Some(status));
    }
    let device = run(&["run", "/dev/zero", "--dry-run"]);
    assert!(device.status.code() == Some(2) && shown(&device).contains("it is a device, not a file"));
}

/// Sends a signal and waits for the exit status; `None` if that takes longer than 20 s.
#[cfg(unix)]
fn end(mut child: std::process::Child, signal: &str) -> Option<i32> {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    // So that the test leaves no process behind.
    let _ = child.kill().and_then(|()| child.wait());
    None
}

#[cfg(unix)]
#[test]
fn one_signal_ends_an_export_that_nobody_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        // The table is printed once the trials are done.
        let mut child = lab()
            .args(QUICK)
            .args(["--progress", "none", "--tasks-csv", pipe.to_str().expect("text")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the lab starts");
        let mut out = std::io::BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        while !line.contains("trials") {
            line.clear();
            let read = std::io::BufRead::read_line(&mut out, &mut line).expect("readable");
            assert!(read > 0, "the table ended early");
        }
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(end(child, signal), Some(status), "{signal}");
    }
}

#[test]
fn outputs_that_name_one_file_are_refused_before_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = |arguments: &[&str]| {
        lab().args([QUICK, arguments].concat()).current_dir(folder.path()).output().expect("the lab starts")
    };
    fs::write(folder.path().join("old.csv"), "old").expect("written");
    fs::create_dir(folder.path().join("sub")).expect("made");
    let mut pairs = vec![("x.csv", "./x.csv"), ("x.csv", "sub/../x.csv"), ("old.csv", "./old.csv")];
    if cfg!(unix) {
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("old.csv", folder.path().join("link.csv")).expect("linked");
            std::os::unix::fs::symlink("later.csv", folder.path().join("dangling.csv")).expect("linked");
            std::os::unix::fs::symlink(".", folder.path().join("same")).expect("linked");
            fs::hard_link(folder.path().join("old.csv"), folder.path().join("hard.csv")).expect("linked");
        }
        pairs.extend([("old.csv", "link.csv"), ("later.csv", "dangling.csv"), ("x.csv", "same/x.csv")]);
        pairs.extend([("old.csv", "hard.csv"), ("-", "/dev/stdout")]);
    }
    for (one, other) in pairs {
        for (first, second) in [(one, other), (other, one)] {
            let output = here(&["--summary-csv", first, "--trials-csv", second]);
            let text = printable_output(&output);
            assert_eq!(output.status.code(), Some(2), "{first} {second}: {text}");
            assert!(text.contains("--summary-csv") && text.contains("--trials-csv") && text.contains(second), "{text}");
            assert!(!text.contains("round"), "{text}");
        }
    }
    assert_eq!(fs::read_to_string(folder.path().join("old.csv")).expect("readable"), "old");
    let file = "id = \"mine\"\ntitle = \"Mine\"\n[workload]\n";
    fs::write(folder.path().join("mine.toml"), file).expect("written");
    let own = lab()
        .args(["run", "mine.toml", "--models", "async", "--trials", "1", "--json", "./mine.toml"])
        .current_dir(folder.path())
        .output()
        .expect("the lab starts");
    assert!(own.status.code() == Some(2) && shown(&own).contains("the experiment file itself"), "{}", shown(&own));
    assert_eq!(fs::read_to_string(folder.path().join("mine.toml")).expect("readable"), file);
    let (list, file) = ("name,compute_ms,wait_ms\nA,0,1\n", format!("{file}task_list = \"lists.csv\"\n"));
    fs::write(folder.path().join("lists.csv"), list).expect("written");
    fs::write(folder.path().join("mine.toml"), file).expect("written");
    let own = lab()
        .args(["run", "mine.toml", "--models", "async", "--trials", "1", "--tasks-csv", "sub/../lists.csv"])
        .current_dir(folder.path())
        .output()
        .expect("the lab starts");
    assert!(own.status.code() == Some(2) && shown(&own).contains("the task list itself"), "{}", shown(&own));
    assert_eq!(fs::read_to_string(folder.path().join("lists.csv")).expect("readable"), list);
}

#[test]
fn an_output_that_can_not_be_named_is_found_before_the_first_trial() {
    let long = format!("{}.csv", "x".repeat(300));
    for (path, reason) in [
        (long.as_str(), "name too long"),
        ("no-such-folder/out.csv", "there is no folder no-such-folder"),
        ("no-such-file/", "names a folder"),
        ("no-such-file/.", "names a folder"),
    ] {
        let output = run(&[QUICK, &["--summary-csv", path]].concat());
        let text = printable_output(&output);
        assert!(output.status.code() == Some(1) && !text.contains("round"), "{text}");
        assert!(cfg!(windows) || text.to_lowercase().contains(reason), "{text}");
    }
}

#[test]
fn the_table_is_fitted_to_columns_and_complete_without_a_terminal() {
    let table = |columns: Option<&str>| {
        let mut command = lab();
        command.args(QUICK).args(["--progress", "none"]).env_remove("COLUMNS");
        if let Some(columns) = columns {
            command.env("COLUMNS", columns);
        }
        let output = command.output().expect("the lab starts");
        assert!(output.status.success(), "{}", shown(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let complete = table(None);
    assert!(complete.contains("OS switches") && !complete.contains("hidden"), "{complete}");
    let narrow = table(Some("60"));
    let head = narrow.lines().find(|line| line.contains("wall time")).expect("a header");
    assert!(head.chars().count() <= 60 && !head.contains("OS switches"), "{narrow}");
    assert!(narrow.contains("hidden to fit 60 characters: OS switches, CPU time"), "{narrow}");
}

#[cfg(unix)]
#[test]
fn a_failed_session_is_reported_once() {
    let output = lab()
        .args(["run", "file-io", "--models", "threads", "--tasks", "2", "--trials", "1", "--warmups", "0"])
        .env("TMPDIR", "/nonexistent")
        .output()
        .expect("the lab starts");
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(errors.matches("/nonexistent could not be created").count(), 1, "{errors}");
    assert!(errors.lines().last().is_some_and(|line| line.starts_with("concurrency-lab: ")), "{errors}");
}

/// Reads an export as a spreadsheet of that dialect would.
const SPREADSHEET: &str = r#"
import csv, sys
path, separator, decimal = sys.argv[1:]
raw = open(path, "rb").read()
assert raw.startswith(b"\xef\xbb\xbf"), raw[:10]
assert raw.count(b"\n") == raw.count(b"\r\n"), "line ends"
rows = list(csv.DictReader(open(path, newline="", encoding="utf-8-sig"), delimiter=separator))
assert rows and list(rows[0])[:3] == ["experiment", "model", "host"], list(rows[0])[:3]
for row in rows:
    assert row["wall_ms_median"].count(decimal) == 1, row["wall_ms_median"]
    assert float(row["wall_ms_median"].replace(decimal, ".")) > 0
    assert row["tasks"] == "2", row["tasks"]
print(len(rows))
"#;

#[test]
fn spreadsheets_read_numbers_as_numbers() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        crate::common::skipped("no python3 on this machine to read the CSV with");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("summary.csv");
    let path = path.to_str().expect("text");
    let cases = [
        ("excel-semicolon", "C", ";", ","),
        ("excel-comma", "de_DE.UTF-8", ",", "."),
        ("excel", "de_DE.UTF-8", ";", ","),
        ("excel", "en_GB.UTF-8", ",", "."),
        ("excel", "de_CH.UTF-8", ";", "."),
    ];
    for (dialect, locale, separator, decimal) in cases {
        let written = lab()
            .args(QUICK)
            .args(["--quiet", "--csv-dialect", dialect, "--summary-csv", path])
            .env("LC_ALL", locale)
            .output()
            .expect("the lab starts");
        assert!(written.status.success(), "{}", shown(&written));
        let read =
            Command::new("python3").args(["-c", SPREADSHEET, path, separator, decimal]).output().expect("python3");
        assert!(read.status.success(), "{dialect} {locale}: {}", shown(&read));
    }
    let fallback = lab()
        .args(QUICK)
        .args(["--quiet", "--csv-dialect", "excel", "--summary-csv", path])
        .env("LC_ALL", "")
        .env("LC_NUMERIC", "fr_FR.UTF-8")
        .env("LANG", "en_US.UTF-8")
        .output()
        .expect("the lab starts");
    assert!(fallback.status.success() && fs::read_to_string(path).expect("readable").contains("experiment;model"));
}

#[cfg(unix)]
#[test]
fn hidden_characters_from_an_interpreter_are_shown_as_escapes() {
    if crate::common::python().is_none() {
        return;
    }
    let stderr = r"printf 'a\033[2J\033]0;PWN\007\342\200\256b\n' >&2";
    // After the greeting of the lab's own program.
    let json_line = r#"printf 'concurrency-lab-python 1\n{"failed": {"problem": "other", "message": "a\\u001b[2J\\u001b]0;PWN\\u0007\\u202eb"}}\n'; sleep 1"#;
    for output in [stderr, json_line] {
        check_interpreter(output);
    }
}

/// Runs a Python model on an interpreter that runs this shell command and fails.
#[cfg(unix)]
fn check_interpreter(command: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let real = &crate::common::python().expect("found").usable[0].path;
    let fake = folder.path().join("python3");
    // Answers the probe under its own path; trials fail with escapes in the output.
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *concurrency_lab_program*) {command}; exit 3;; esac\n\
         '{}' \"$@\" | sed 's|\"executable\": *\"[^\"]*\"|\"executable\": \"{}\"|'\n",
        real.display(),
        fake.display()
    );
    fs::write(&fake, script).expect("written");
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).expect("set");
    let json = folder.path().join("out.json");
    let csv = folder.path().join("trials.csv");
    let output = lab()
        .args(["run", "python-io", "--models", "async,py-threads", "--tasks", "2", "--trials", "1", "--warmups", "0"])
        .arg("--python")
        .arg(&fake)
        .arg("--json")
        .arg(&json)
        .arg("--trials-csv")
        .arg(&csv)
        .output()
        .expect("the lab starts");
    let text = printable_output(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("a\\u{1b}[2J\\u{1b}]0;PWN\\u{7}\\u{202e}b"), "{text}");
    for file in [&json, &csv] {
        let text = fs::read_to_string(file).expect("readable").replace("\r\n", "\n");
        assert_eq!(printable::first_hidden_in_block(&text), None);
        assert!(text.contains("PWN"), "{}", file.display());
    }
}
