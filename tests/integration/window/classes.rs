//! Classes of tasks in the window: set in the form by label, and shown in the details of a model.

use concurrency_lab::workload::{Classes, Step, Tasks};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::scripted::{Window, scraper};

fn click(window: &mut Window, name: &str) {
    window.harness.get_by_label(name).click_accesskit();
    window.harness.run();
}

fn set(window: &mut Window, name: &str, value: f64) {
    window.harness.get_by_label(name).set_value_accesskit(value);
    window.harness.run();
}

fn classes_of(window: &Window) -> Classes {
    let draft = &window.harness.state().lab().draft;
    assert_eq!(draft.experiment().validate(), Ok(()), "whatever the form does stays valid");
    draft.workload().classes().expect("classes").clone()
}

#[test]
fn classes_are_made_changed_and_taken_out_by_label() {
    let mut window = Window::with(Some(scraper()));
    click(&mut window, "More settings");
    click(&mut window, "Add a class of tasks");
    let classes = classes_of(&window);
    assert_eq!(classes.list.iter().map(|class| class.name.as_str()).collect::<Vec<_>>(), ["Requests", "Computing"]);
    assert!(classes.list[1].repeat && !classes.list[0].repeat);
    assert!(
        window.harness.get_by_label("Class 1 repeats").accesskit_node().is_disabled(),
        "the other one repeats: this one has to end"
    );
    set(&mut window, "Class 1 tasks", 7.0);
    set(&mut window, "Class 2 tasks at a time", 3.0);
    set(&mut window, "Class 2 workers", 2.0);
    set(&mut window, "Class 2 step 1 duration", 9.0);
    let classes = classes_of(&window);
    assert_eq!((classes.list[0].tasks, classes.list[1].tasks, classes.list[1].workers), (7, 3, Some(2)));
    assert_eq!(classes.steps_of(1)[0].ms(), Some(9.0));
    set(&mut window, "Class 2 workers", 0.0);
    click(&mut window, "Add step to class 2");
    assert_eq!(classes_of(&window).list[1].workers, None);
    assert_eq!(classes_of(&window).steps_of(1).len(), 2);
    click(&mut window, "Edit class 2 step 1");
    click(&mut window, "Remove step");
    assert_eq!(classes_of(&window).steps_of(1), [Step::of_kind("compute", 5.0).expect("a kind")]);
    assert!(window.harness.get_by_label("Remove class 1").accesskit_node().is_disabled());
    click(&mut window, "Add class");
    assert_eq!(classes_of(&window).list[2].name, "Computing 2");
    click(&mut window, "Class 2 repeats");
    assert!(!classes_of(&window).list[1].repeat);
    click(&mut window, "Remove class 1");
    assert_eq!(classes_of(&window).list.len(), 2);
    click(&mut window, "Make all tasks the same");
    let workload = window.harness.state().lab().draft.workload().clone();
    assert!(matches!(workload.tasks, Tasks::Alike { .. }), "{workload:?}");
}

#[test]
fn a_preset_with_classes_is_shown_with_its_numbers() {
    let preset = concurrency_lab::preset::find("gil-convoy").expect("it ships").clone();
    let window = Window::with(Some(preset.clone()));
    assert_eq!(Some(&classes_of(&window)), preset.workload.classes());
    for label in ["Class 1 name", "Class 1 tasks at a time", "Class 2 tasks", "Class 2 step 1 duration"] {
        assert!(window.harness.query_by_label(label).is_some(), "{label}");
    }
    assert!(window.harness.query_by_label("Tasks").is_none(), "each class has its own");
}
