//! The lab's command line with an environment variable that all its descendants inherit, so that survivors are found.

use std::fs;
use std::io::{BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time limit: long enough for a busy machine, far below the duration of every workload.
pub const SOON: Duration = Duration::from_secs(20);

/// A running command line of the lab with a mark in its environment.
pub struct Marked {
    pub mark: String,
    pub child: Child,
    pub stderr: BufReader<std::process::ChildStderr>,
}

fn mark(test: &str) -> String {
    format!("LAB_TEST_MARK={test}-{}", std::process::id())
}

impl Marked {
    pub fn start(test: &str, arguments: &[&str]) -> Self {
        Self::start_in(test, arguments, &[])
    }

    /// Starts it with further environment variables.
    pub fn start_in(test: &str, arguments: &[&str], environment: &[(&str, &Path)]) -> Self {
        Self::spawn(test, super::lab().args(arguments).envs(environment.iter().copied()))
    }

    /// Starts a shell script in which `$LAB` is the lab.
    pub fn shell(test: &str, script: &str, environment: &[(&str, &Path)]) -> Self {
        let mut shell = super::shell();
        Self::spawn(test, shell.args(["-c", script]).env("LAB", super::program()).envs(environment.iter().copied()))
    }

    fn spawn(test: &str, command: &mut Command) -> Self {
        let mark = mark(test);
        let (name, value) = mark.split_once('=').expect("name=value");
        let command = command.env(name, value).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        Self { mark, child, stderr }
    }

    /// Returns the ids of the processes that have the mark and this argument.
    pub fn with_argument(&self, argument: &str) -> Vec<i32> {
        let marked = |folder: &Path| {
            let environment = fs::read(folder.join("environ")).unwrap_or_default();
            let arguments = fs::read(folder.join("cmdline")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|entry| entry == self.mark.as_bytes())
                && (argument.is_empty() || arguments.split(|byte| *byte == 0).any(|entry| entry == argument.as_bytes()))
        };
        let processes = fs::read_dir("/proc").expect("Linux").flatten();
        processes
            .filter(|entry| marked(&entry.path()))
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect()
    }

    pub fn wait_until(&self, description: &str, condition: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !condition(self) {
            assert!(start.elapsed() < SOON, "{description}: not within {SOON:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn wait_for_workers(&self, argument: &str, count: usize) {
        self.wait_until("the processes of the trial", |lab| lab.with_argument(argument).len() >= count);
    }

    pub fn nothing_is_left(&self) {
        self.wait_until("the end of every process", |lab| lab.with_argument("").is_empty());
    }

    pub fn finish(mut self) -> (Option<i32>, String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.child.stdout.take().expect("piped").read_to_string(&mut stdout).expect("text");
        self.stderr.read_to_string(&mut stderr).expect("text");
        let status = self.child.wait().expect("it ends");
        self.nothing_is_left();
        (status.code(), stdout, stderr)
    }
}

pub fn signal(process: i32, name: &str) {
    let status = Command::new("kill").args([name, &process.to_string()]).status().expect("kill is there");
    assert!(status.success(), "kill {name} {process}");
}
