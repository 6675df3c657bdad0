//! Payloads in the window: set in the form, drawn and explained on the timeline, and stated in the details.

use concurrency_lab::experiment::Experiment;
use concurrency_lab::model::ModelId;
use concurrency_lab::trial::{Handover, Span};
use concurrency_lab::workload::{Payload, PayloadKind, Tasks};
use eframe::egui::{self, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::click;
use crate::scripted::{Window, run_with, scraper};

fn payload(window: &Window) -> Option<Payload> {
    let draft = &window.harness.state().lab().draft;
    assert_eq!(draft.experiment().validate(), Ok(()), "whatever the form does stays valid");
    draft.workload().payload
}

fn set(window: &mut Window, name: &str, value: f64) {
    window.harness.get_by_label(name).set_value_accesskit(value);
    window.harness.run();
}

#[test]
fn a_payload_is_set_in_the_form_and_taken_away_again() {
    let mut window = Window::sized(Some(scraper()), egui::vec2(1280.0, 2400.0));
    assert!(window.harness.query_by_label("Input of a task").is_none());
    click(&mut window, "More settings");
    assert!(window.harness.query_by_label("Payload").is_none(), "there is no data whose kind could be chosen");
    set(&mut window, "Input of a task", 10_000.0);
    assert_eq!(payload(&window).map(|payload| (payload.input_bytes, payload.output_bytes)), Some((10_000, 0)));
    set(&mut window, "Output of a task", 9e12);
    window.harness.get_by_label("Payload").click_accesskit();
    window.harness.run();
    window.harness.get_by_role_and_label(Role::Button, "list of numbers").click_accesskit();
    window.harness.run();
    let expected = Payload { input_bytes: 10_000, output_bytes: 1 << 30, kind: PayloadKind::List };
    assert_eq!(payload(&window), Some(expected));
    click(&mut window, "More settings");
    assert!(window.harness.query_by_label("Input of a task").is_some(), "a payload is in sight");
    set(&mut window, "Output of a task", 0.0);
    set(&mut window, "Input of a task", 0.0);
    assert_eq!(payload(&window), None);
}

#[test]
fn a_transfer_is_drawn_explained_and_stated() {
    let mut experiment: Experiment = scraper();
    experiment.workload.tasks = Tasks::Alike { count: 80, steps: vec![] };
    experiment.workload.payload = Some(Payload { input_bytes: 1_000, output_bytes: 1_000, ..Payload::default() });
    let mut window = Window::sized(Some(experiment), egui::vec2(1280.0, 1600.0));
    click(&mut window, "Run");
    window.script.send(run_with(|model, spans, _| {
        spans.steps.clear();
        // Those that share memory hand over by reference.
        let copies = model == ModelId::Sequential;
        for span in &mut spans.tasks {
            (span.submitted, span.started) = (span.started, span.started + (span.finished - span.started) / 2);
        }
        let handover = |span: &Span| Handover {
            sent: copies.then_some(span.submitted),
            read: span.started + (span.finished - span.started) / 2,
            worked: span.started + (span.finished - span.started) / 2,
            received: copies.then_some(span.finished + 1_000_000),
        };
        spans.handovers = spans.tasks.iter().map(handover).collect();
    }));
    window.harness.run();
    click(&mut window, "Timeline");
    window.until(|app| app.lab().run.as_ref().is_some_and(|run| run.lanes.values().all(Option::is_some)));
    for there in ["read or make payload", "transfer"] {
        assert!(window.harness.query_by_label(there).is_some(), "{there} is on screen and in the legend");
    }
    let images: Vec<String> =
        window.harness.query_all_by_role(Role::Image).filter_map(|node| node.accesskit_node().label()).collect();
    let of = |model: &str| {
        let start = format!("Timeline of {model}");
        images.iter().find(|label| label.starts_with(&start)).unwrap_or_else(|| panic!("{images:?}"))
    };
    assert!(of("Sequential, Rust").contains("of transfer over all tasks"), "{images:?}");
    assert!(!of("Async, Rust").contains("transfer"), "{images:?}");
    click(&mut window, "Compare");
    let row = window
        .harness
        .query_all_by_role(Role::Row)
        .find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with("Sequential, Rust")));
    window.harness.get_by_label(&row.expect("a row")).click();
    window.harness.run();
    for name in ["Input transfer, mean", "Output transfer, mean"] {
        assert!(window.harness.query_by_label(name).is_some(), "{name}");
    }
}
