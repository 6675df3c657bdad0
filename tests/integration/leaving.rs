//! Texts from outside on every way out: nothing in them is a formula, a control character, an escape sequence, a change
//! of direction or markup where it arrives.
//!
//! The experiments are made in memory, since reading a file refuses most of these texts: so each way out is tested by
//! itself.

use std::sync::Arc;

use concurrency_lab::analysis::RunAnalysis;
use concurrency_lab::cli;
use concurrency_lab::experiment::Experiment;
use concurrency_lab::export::{self, CsvDialect};
use concurrency_lab::model::{Contender, ModelId};
use concurrency_lab::printable;
use concurrency_lab::python::{Interpreters, NotStarted};
use concurrency_lab::report::{self, Kind};
use concurrency_lab::results::RunResults;
use concurrency_lab::session::machine::Machine;
use concurrency_lab::session::{Outcome, SessionEvent};
use concurrency_lab::trial::{Runtime, Status};
use concurrency_lab::workload::{Class, Classes, ListedTask, Step, Tasks};
use eframe::egui::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::scripted::{Window, edit, failure, interpreters, scraper, trial};

/// Texts that mean something to a spreadsheet, a terminal, a browser or a viewer of Markdown.
const ATTACKS: [&str; 22] = [
    "=HYPERLINK(\"http://evil.example\";\"pwned\")",
    "+1+pwned",
    "-1-pwned",
    "@SUM(pwned)",
    "\t=pwned",
    "\r=pwned",
    "\n=pwned",
    " =pwned",
    "\u{ff1d}pwned",
    "pwned;=1+1,=2+2\t=3+3",
    "\u{1b}[2J\u{1b}]0;pwned\u{7}",
    "\u{9b}2Jpwned\u{0}\u{7f}",
    "\u{202e}pwned\u{2066}\u{200b}\u{feff}",
    "<script>pwned()</script>",
    "\"><img src=x onerror=\"pwned\">'><b id='pwned'>",
    "</title></style></svg><svg onload=pwned>",
    "]]><!--pwned-->&lt;pwned&gt;&#60;",
    "![pwned](http://evil.example/pwned.png)",
    "[pwned](javascript:pwned) <http://evil.example/pwned>",
    "`pwned` **pwned** | pwned | # pwned",
    "# pwned\n\n- pwned\n\n```\npwned",
    "http://evil.example/pwned www.evil.example pwned@evil.example",
];

/// Kinds of workloads, each with texts of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Work {
    Listed,
    Classes,
    Function,
    Command,
}

impl Work {
    const ALL: [Self; 4] = [Self::Listed, Self::Classes, Self::Function, Self::Command];

    fn tasks(self, attack: &str) -> Tasks {
        let text = || attack.to_owned();
        match self {
            Self::Listed => {
                let task = |wait_ms| ListedTask { name: text(), compute_ms: 0.0, wait_ms };
                Tasks::List(Arc::new(vec![task(1.0), task(2.0)]))
            }
            Self::Classes => {
                let mut classes = Classes::default();
                for (name, tasks) in [(text(), 1), (format!("{attack}2"), 1)] {
                    let class = Class { name, tasks, repeat: false, workers: None, steps: 1 };
                    classes.push(class, vec![Step::wait(1.0)]);
                }
                Tasks::Classes(classes)
            }
            Self::Function => {
                let step = Step::Call { file: text(), function: text(), arguments: vec![text()] };
                Tasks::Alike { count: 2, steps: vec![step] }
            }
            Self::Command => Tasks::Alike { count: 2, steps: vec![Step::Command { argv: vec![text(), text()] }] },
        }
    }
}

fn experiment(work: Work, attack: &str) -> Experiment {
    let mut experiment = scraper();
    experiment.id = attack.to_owned();
    experiment.title = attack.to_owned();
    experiment.summary = attack.to_owned();
    experiment.explanation = attack.to_owned();
    experiment.workload.tasks = work.tasks(attack);
    let label = Some(Arc::from(attack));
    experiment.models = [ModelId::Sequential, ModelId::Threads, ModelId::PyThreads]
        .map(|model| Contender { label: label.clone(), ..Contender::of(model) })
        .to_vec();
    experiment.reference = experiment.models[0].clone();
    experiment
}

fn hostile_interpreters(attack: &str) -> Interpreters {
    let mut all = interpreters();
    for one in &mut all.usable {
        one.version = attack.to_owned();
        one.build = attack.to_owned();
        one.path = format!("/opt/{attack}").into();
        one.trio = Some(attack.to_owned());
        one.packages.insert(attack.to_owned(), attack.to_owned());
        one.missing.push(attack.to_owned());
    }
    for one in &mut all.rejected {
        one.path = format!("/opt/{attack}").into();
        one.reason = attack.to_owned();
    }
    let (path, text) = (format!("/near/{attack}").into(), attack.to_owned());
    all.not_started.push(NotStarted { path, found: text.clone(), reason: text, may_be_confirmed: true });
    all
}

fn machine(attack: &str) -> Machine {
    let text = || Some(attack.to_owned());
    let mut machine = Machine::probe();
    machine.os = attack.to_owned();
    (machine.kernel, machine.cpu, machine.governor, machine.clock_source) = (text(), text(), text(), text());
    machine
}

/// Events of a run with completed and failed trials.
fn events(experiment: &Experiment, attack: &str) -> Vec<SessionEvent> {
    let mut events = vec![SessionEvent::Machine(Arc::new(machine(attack))), SessionEvent::RoundsFixed { rounds: 2 }];
    for round in 0..=2 {
        for (position, contender) in (1..).zip(&experiment.models) {
            let mut finished = trial(contender.model, round, position, 50, 2);
            finished.contender = contender.clone();
            edit(&mut finished, |spans, measured| {
                spans.steps.truncate(1);
                measured.runtime = contender.host.is_python().then(|| Runtime {
                    version: attack.to_owned(),
                    gil: true,
                    start_method: Some(attack.to_owned()),
                    gil_wait_error_nanos: None,
                    external: None,
                    gil_wait_asleep_nanos: None,
                });
            });
            events.push(SessionEvent::TrialFinished(Box::new(finished)));
        }
    }
    let mut failed = trial(experiment.models[1].model, 3, 1, 50, 2);
    failed.contender = experiment.models[1].clone();
    (failed.measured, failed.status, failed.failure) = (None, Status::Failed, Some(failure(attack)));
    events.push(SessionEvent::TrialFinished(Box::new(failed)));
    events.push(SessionEvent::Finished(Outcome::Failed(failure(attack))));
    events
}

fn run(work: Work, attack: &str) -> RunResults {
    let experiment = experiment(work, attack);
    let events = events(&experiment, attack);
    let mut run = RunResults::new(Arc::new(experiment), &Arc::new(hostile_interpreters(attack)), 1_795_233_605_123);
    run.note = Some(attack.to_owned());
    for event in events {
        run.apply(event);
    }
    run
}

fn written(kind: Kind, dialect: CsvDialect, run: &RunResults) -> String {
    let mut out = Vec::new();
    report::write(kind, run, &RunAnalysis::of(run), dialect, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn reports_have_the_note_on_a_run() {
    let mut run = run(Work::ALL[0], "a quiet name");
    run.note = Some("after the new kernel".to_owned());
    for kind in [Kind::Markdown, Kind::Html] {
        assert!(written(kind, CsvDialect::default(), &run).contains("after the new kernel"), "{kind:?}");
        let without = RunResults { note: None, ..run.clone() };
        assert!(!written(kind, CsvDialect::default(), &without).contains("after the new kernel"), "{kind:?}");
    }
}

/// Calls a check with every run, its attack and the kind of its workload.
fn each(check: impl Fn(&RunResults, &dyn Fn(&str) -> String)) {
    for attack in ATTACKS {
        for work in Work::ALL {
            check(&run(work, attack), &|text| format!("{work:?} with {attack:?}: {text:?}"));
        }
    }
}

/// Fails for a character that a terminal or an editor acts on.
fn assert_visible(text: &str, explain: &dyn Fn(&str) -> String) {
    let hidden = text.lines().find(|line| printable::first_hidden(line).is_some());
    assert_eq!(hidden, None, "{}", explain(hidden.unwrap_or_default()));
}

#[test]
fn no_cell_of_a_table_is_a_formula() {
    let tables = Kind::ALL.into_iter().filter(|kind| kind.is_table());
    let tables: Vec<Kind> = tables.collect();
    assert_eq!(tables.len(), 5);
    let signs = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    each(|run, explain| {
        for (kind, dialect, separator) in tables
            .iter()
            .flat_map(|kind| [(*kind, CsvDialect::Standard, b','), (*kind, CsvDialect::ExcelSemicolon, b';')])
        {
            let text = written(kind, dialect, run);
            let text = text.trim_start_matches('\u{feff}');
            assert_visible(&text.replace("\r\n", "\n"), explain);
            // Each reader cuts at its own separator.
            for delimiter in [separator, b',', b';', b'\t'] {
                let mut reader = csv::ReaderBuilder::new();
                reader.has_headers(false).flexible(true).delimiter(delimiter);
                let rows = reader.from_reader(text.as_bytes()).into_records();
                let cells: Vec<String> =
                    rows.flat_map(|row| row.expect("a row").iter().map(str::to_owned).collect::<Vec<_>>()).collect();
                let formula = cells.iter().find(|cell| {
                    let number = cell.replace(',', ".").parse::<f64>().is_ok();
                    !number && cell.trim_start().starts_with(signs)
                });
                assert_eq!(
                    formula,
                    None,
                    "{kind:?}, {}: {}",
                    delimiter as char,
                    explain(formula.map_or("", |cell| cell))
                );
            }
        }
    });
}

/// Calls `check` with every text of a JSON document, keys included.
fn texts(value: &serde_json::Value, check: &mut dyn FnMut(&str)) {
    match value {
        serde_json::Value::String(text) => check(text),
        serde_json::Value::Array(list) => list.iter().for_each(|one| texts(one, check)),
        serde_json::Value::Object(map) => map.iter().for_each(|(key, one)| {
            check(key);
            texts(one, check);
        }),
        _ => {}
    }
}

#[test]
fn json_is_valid_and_a_trace_shows_nothing_hidden() {
    each(|run, explain| {
        for kind in [Kind::Export(export::Kind::Json), Kind::Trace] {
            let text = written(kind, CsvDialect::Standard, run);
            // JSON has its own escapes: the file is visible, and its texts are exact.
            assert_visible(&text, explain);
            let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            if kind == Kind::Trace {
                texts(&document, &mut |text| assert_visible(text, explain));
            }
        }
    });
}

/// Fails for markup that an attack would bring: its elements, or an attribute behind a quotation mark.
fn assert_no_markup(text: &str, explain: &dyn Fn(&str) -> String) {
    let lower = text.to_lowercase();
    for markup in ["<script>pwned", "<img", "<b id=", "<svg onload", "<!--pwned", "href=\"javascript", "src=\"http"] {
        let at = lower.find(markup).map(|at| lower[at.saturating_sub(40)..].chars().take(120).collect::<String>());
        assert_eq!(at, None, "{}", explain(markup));
    }
}

#[test]
fn html_and_svg_have_no_markup_of_others() {
    each(|run, explain| {
        let charts = Kind::ALL.into_iter().filter(|kind| matches!(kind, Kind::Chart(..)) && kind.applies(run));
        for kind in charts.chain([Kind::Html]) {
            let text = written(kind, CsvDialect::Standard, run);
            // An explanation may have tabs.
            assert_visible(&text.replace('\t', " "), explain);
            assert_no_markup(&text, explain);
        }
    });
}

#[test]
fn markdown_has_no_markup_of_others() {
    each(|run, explain| {
        let text = written(Kind::Markdown, CsvDialect::Standard, run);
        assert_visible(&text, explain);
        // The explanation is Markdown by intention, and not part of the report's own text.
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
        for event in Parser::new_ext(&text, options) {
            let link = match &event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => dest_url.contains("evil"),
                Event::Html(text) | Event::InlineHtml(text) | Event::Code(text) => text.contains("pwned"),
                _ => false,
            };
            assert!(!link, "{}", explain(&format!("{event:?}")));
        }
        let bold = text.lines().find(|line| line.contains(" **pwned**"));
        assert_eq!(bold, None, "{}", explain(bold.unwrap_or_default()));
    });
}

#[test]
fn the_terminal_shows_nothing_hidden() {
    each(|run, explain| {
        let text = cli::table::render(run, &RunAnalysis::of(run), Some(120));
        assert_visible(&text, explain);
    });
}

#[test]
fn labels_of_the_window_show_nothing_hidden() {
    for attack in ATTACKS {
        for work in [Work::Listed, Work::Classes, Work::Function] {
            // Files with a hidden character in a title or a name are refused, and the answers of interpreters are made
            // visible when they are read; trials may say anything.
            let is_hidden = printable::first_hidden_in_block(attack).is_some();
            let known = if is_hidden { "pwned" } else { attack };
            let experiment = experiment(work, known);
            let events = events(&experiment, attack);
            let mut window = Window::with_any_characters(experiment, hostile_interpreters(known));
            let check = |window: &Window| {
                for node in window.harness.get_all_by_label_contains("") {
                    let node = node.accesskit_node();
                    // A field that can be edited has the text as it is.
                    if matches!(node.role(), Role::TextInput | Role::MultilineTextInput | Role::TextRun) {
                        continue;
                    }
                    for text in [node.label(), node.description(), node.value()].into_iter().flatten() {
                        let role = node.role();
                        let hidden = printable::first_hidden_in_block(&text);
                        assert_eq!(hidden, None, "{work:?} with {attack:?}: {role:?} {text:?}");
                    }
                }
            };
            window.harness.run_ok();
            check(&window);
            let Some(button) = window.harness.query_by_label("Run").filter(|one| !one.accesskit_node().is_disabled())
            else {
                continue;
            };
            button.click();
            window.harness.run_ok();
            check(&window);
            if !window.script.played().is_empty() {
                window.script.send(events);
                window.harness.run_ok();
                check(&window);
            }
        }
    }
}

#[test]
fn no_picture_of_an_explanation_is_loaded() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    server.set_nonblocking(true).expect("set");
    let address = format!("http://{}/pwned.png", server.local_addr().expect("an address"));
    let mut experiment = scraper();
    experiment.explanation = format!(
        "![picture]({address}) ![]({address})\n\n<img src=\"{address}\">\n\n![ref][1]\n\n[1]: {address}\n\n[![in]({address})](https://example.org)"
    );
    let mut window = Window::with(Some(experiment.clone()));
    for _ in 0..20 {
        window.harness.run_ok();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(window.harness.query_all_by_label_contains("pwned.png").next().is_some(), "the address is shown");
    let connected = server.accept().err().map(|error| error.kind());
    assert_eq!(connected, Some(std::io::ErrorKind::WouldBlock), "nothing was asked for");
    let run = RunResults::new(Arc::new(experiment), &Arc::default(), 1);
    let page = written(Kind::Html, CsvDialect::Standard, &run);
    // The data inside are JSON, without any tag.
    assert!(!page.contains("<img") && !page.contains("<script src") && !page.contains("url(http"), "nothing is loaded");
}
