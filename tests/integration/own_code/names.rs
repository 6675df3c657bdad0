//! Names that a file does not have, or that are no functions: refused before the first trial, without running anything.

use crate::common::{lab, python};
use concurrency_lab::experiment::Experiment;
use concurrency_lab::python::Interpreters;
use concurrency_lab::session::interpreters::function_check::read_code;
use std::path::Path;
use std::process::Command;

/// Loads a file as a trial does, and says whether a name in it can be called.
const LOADS: &str = "
import sys, types
module = found = types.ModuleType('work')
sys.modules['work'] = module
exec(compile(open(sys.argv[1]).read(), sys.argv[1], 'exec'), module.__dict__)
for part in sys.argv[2].split('.'):
    found = getattr(found, part, None)
sys.exit(0 if callable(found) else 3)
";

fn refusal(folder: &Path, function: &str, arguments: &[&str], interpreters: &Interpreters) -> Option<String> {
    let file = folder.join("work.py").display().to_string();
    let arguments = arguments.iter().map(|one| (*one).to_owned()).collect();
    let mut experiment = Experiment::calling(file, function.to_owned(), arguments);
    experiment.resolve_interpreters(interpreters);
    read_code(&experiment, interpreters).err().map(|error| error.to_string())
}

#[test]
fn only_names_that_no_run_could_call_are_refused_and_the_functions_are_named() {
    let Some(interpreters) = python() else { return };
    let refused = [
        ("def fetch(t): pass\ndef other(t): pass", "work", "there is no function \"work\"; there are fetch, other"),
        ("x = 1", "work", "there is no function \"work\"; the file defines none at its top level"),
        ("def fetch(t): pass\nLIMIT = 3", "LIMIT", "\"LIMIT\" is no function, but of type int; there are fetch"),
        ("if 1:\n    work = [1]\nelse:\n    work = {}", "work", "is no function, but of type list or dict"),
        ("work: dict = {}\ndef f(): work.update()", "work", "but of type dict; there are f"),
        ("class Site:\n    def get(self, t): pass", "Site.fetch", "there is no function \"Site.fetch\""),
        ("work: int", "work", "there is no function \"work\""),
        ("'''Calls other.'''\ndef f(t):\n    def work(t): pass", "work", "there is no function \"work\"; there are f"),
        ("import os.path as other", "os", "there is no function \"os\""),
        ("def print_all(t): print(t)", "print", "there is no function \"print\""),
    ];
    let passed = [
        ("def work(t): pass", "work"),
        ("async def work(t): pass", "work"),
        ("from functools import partial\nwork = partial(int)", "work"),
        ("work = lambda t: t", "work"),
        ("from os.path import join as work", "work"),
        ("from os.path import *", "join"),
        ("try:\n    from no_such import work\nexcept ImportError:\n    work = None\nwork = work or abs", "work"),
        ("class Site:\n    @staticmethod\n    def get(t): pass", "Site.get"),
        ("class Base:\n    def get(t): pass\nclass Site(Base): pass", "Site.get"),
        ("class Site: pass\nSite.get = abs", "Site.get"),
        ("class work: pass", "work"),
        ("globals()['wo' + 'rk'] = abs", "work"),
        ("def setup():\n    global work\n    work = abs\nsetup()", "work"),
        ("import sys\nsys.modules['work'].work = abs", "work"),
        ("def __getattr__(name): return abs", "work"),
        ("import sys\ndef names(text):\n    sys._getframe(1).f_globals[text] = abs\nnames('work')", "work"),
        ("for work in [abs]: pass", "work"),
        ("import contextlib\nwith contextlib.nullcontext(abs) as work: pass", "work"),
        ("(work := abs)", "work"),
        ("print([work := abs for one in 'a'])", "work"),
        ("def other(t): pass\nother.inner = abs", "other.inner"),
        ("text = 'a'", "text.upper"),
        ("work, other = abs, 1", "work"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let cases = refused.iter().map(|(text, name, expected)| (text, name, Some(expected)));
    for (text, name, expected) in cases.chain(passed.iter().map(|(text, name)| (text, name, None))) {
        let path = folder.path().join("work.py");
        std::fs::write(&path, text).expect("written");
        let found = refusal(folder.path(), name, &["{index}"], &interpreters);
        match (expected, &found) {
            (None, None) => {}
            (Some(expected), Some(found)) if found.contains(expected) && found.starts_with("step 1: ") => {}
            _ => panic!("{name} in {text:?}: {found:?}"),
        }
        let mut loads = Command::new(&interpreters.usable[0].path);
        let loaded = loads.args(["-c", LOADS]).arg(&path).arg(name).output().expect("Python starts");
        let can_be_called = loaded.status.success();
        assert_eq!(can_be_called, expected.is_none(), "{name} in {text:?}: {loaded:?}");
    }
}

#[test]
fn a_number_of_arguments_that_a_function_does_not_take_is_refused() {
    let Some(interpreters) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let cases: [(&str, &[&str], Option<&str>); 8] = [
        ("def work(a, b, c=1): pass", &["1"], Some("work takes a, b, c, and 1 of them would be passed")),
        ("def work(a, b, c=1): pass", &["1", "2"], None),
        ("def work(): pass", &["1"], Some("work takes no arguments, and 1 would be passed")),
        ("def work(a): pass", &["1", "2"], Some("work takes one argument (a), and 2 would be passed")),
        ("def work(*a): pass", &["1", "2"], None),
        (
            "def work(a, *, size): pass",
            &["1"],
            Some("work needs size by name, and arguments are passed in their order"),
        ),
        ("from functools import cache\n@cache\ndef work(): pass", &["1"], None),
        ("def work(): pass\ndef work(a): pass", &["1"], None),
    ];
    for (text, arguments, expected) in cases {
        std::fs::write(folder.path().join("work.py"), text).expect("written");
        let found = refusal(folder.path(), "work", arguments, &interpreters);
        let matches = match (&found, expected) {
            (None, None) => true,
            (Some(found), Some(expected)) => found.ends_with(expected),
            _ => false,
        };
        assert!(matches, "{text:?} with {arguments:?}: {found:?}");
    }
}

#[test]
fn the_command_line_refuses_such_a_name_before_anything_runs() {
    if python().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let text = "open('loaded', 'w')\nLIMIT = 3\ndef fetch(task): return task\ndef pair(a, b): return a\n";
    std::fs::write(folder.path().join("mine.py"), text).expect("written");
    let file = |function: &str| {
        format!(
            "id = \"own\"\ntitle = \"Own\"\n[workload]\n[[workload.step]]\nkind = \"call\"\nfile = \"mine.py\"\n\
             function = \"{function}\"\narguments = [\"{{index}}\"]\n[models]\ninclude = [\"py-threads\"]\n"
        )
    };
    for function in ["nothing", "LIMIT", "pair"] {
        std::fs::write(folder.path().join(format!("{function}.toml")), file(function)).expect("written");
    }
    let cases: [(&[&str], &str); 9] = [
        (
            &["mine.py:nothing"],
            "mine.py: there is no function \"nothing\"; there are fetch, pair; call one as FILE.py:F",
        ),
        (&["mine.py:nothing", "--dry-run"], "mine.py: there is no function \"nothing\""),
        (&["mine.py:LIMIT"], "mine.py: \"LIMIT\" is no function, but of type int; there are fetch, pair; call one as"),
        (&["mine.py"], "mine.py: no function is named; there are fetch, pair; call one as FILE.py:FUNCTION"),
        (&["mine.py:pair"], "mine.py: pair takes a, b, and 1 of them would be passed; give each with --argument"),
        (&["mine.py:fetch", "--argument", "a", "--argument", "b"], "fetch takes one argument (task), and 2 would be"),
        (&["nothing.toml", "--allow-code"], "mine.py: there is no function \"nothing\"; there are fetch, pair\n"),
        (&["LIMIT.toml", "--allow-code"], "mine.py: \"LIMIT\" is no function, but of type int"),
        (&["pair.toml", "--allow-code"], "mine.py: pair takes a, b, and 1 of them would be passed\n"),
    ];
    for (arguments, expected) in cases {
        let output = lab().current_dir(folder.path()).arg("run").args(arguments).output().expect("the lab starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!folder.path().join("loaded").exists(), "{arguments:?}: the file was run");
    }
}
