//! Experiment files: mistakes with their places, and files that read back the same.

use std::path::Path;

use proptest::prelude::*;

use super::testing::experiments;
use super::*;
use crate::experiment::{Experiment, SamplingPlan};
use crate::model::{Contender, ModelId};
use crate::printable;

fn parse_here(text: &str) -> Result<Experiment, FileError> {
    parse(text, "test.toml", Path::new(""))
}

const HEAD: &str = "id = \"a\"\ntitle = \"A\"\n";

#[test]
fn the_shortest_file_has_all_defaults() {
    let experiment = parse_here(&format!("{HEAD}[workload]\n")).expect("valid");
    assert_eq!(experiment.workload.task_count(), 20);
    assert_eq!(experiment.models.len(), 9, "all native ones");
    assert!(experiment.models_by_default);
    assert_eq!(experiment.reference, Contender::of(ModelId::Sequential));
    assert_eq!(experiment.trials, SamplingPlan::default());
    assert_eq!((experiment.workload.seed, experiment.workload.workers), (1, None));
}

#[test]
fn every_mistake_names_its_place_and_what_is_allowed() {
    let cases: &[(&str, &[&str])] = &[
        ("[workload]\ntasks = 0\n", &["test.toml:4:9", "tasks is 0", "1 to 1,000,000"]),
        ("[workload]\ntasks = 2000000\n", &["4:9", "2000000"]),
        ("[workload]\nworkers = 5000\n", &["4:11", "1 to 4,096"]),
        ("[workload]\ntask = 3\n", &["4:8", "a list"]),
        ("[workload]\ntasks = \"many\"\n", &["4:9: tasks: ", "\"many\"", "a whole number"]),
        ("[workload]\nspread = { kind = \"uniform\", percent = \"x\" }\n", &["4:40: percent: ", "a number"]),
        ("[workload]\n[models]\ninclude = [\n  \"async\",\n  3,\n]\n", &["7:3: include: ", "a string"]),
        ("[workload]\ntask_list = \".\"\n", &["4:13", "a folder, not a file"]),
        ("[[workload]]\n", &["3:1: workload is a list of tables: one table is needed, [workload]"]),
        ("workload = [3]\n", &["3:12: workload is a list: one table"]),
        ("workload = 3\n", &["3:12: workload is a number: one table"]),
        ("[workload]\nspread = [\"constant\"]\n", &["4:10: spread is a list: one table is needed"]),
        (
            "[workload.step]\nkind = \"wait\"\n",
            &["3:1: step is one table: a list of tables is needed, [[workload.step]]"],
        ),
        ("[workload]\nstep = [[\"wait\", 3]]\n", &["4:9: step is a list with a list: a list of tables"]),
        ("[workload]\nseed = true\nticker = 3\n", &["4:8: seed: invalid type: boolean"]),
        ("[workload]\n[[workload.step]]\nkind = 3\n", &["5:8: kind: "]),
        (
            "[workload]\n[models.leave_out]\nsequential = \"a\\u001b[2J\"\n",
            &["5:14", "leave_out: sequential is \"a\\u{1b}[2J\", with the invisible character"],
        ),
        ("[workload]\n[models]\ninclude = [\"async\"]\nleave_out = { async = \"x\" }\n", &["5:12", "left out"]),
        ("[workload]\ntasksx = 3\n", &["4:1", "tasksx", "in_flight"]),
        ("[workload]\nspread = { kind = \"normal\" }\n", &["4:19", "normal", "constant, uniform, exponential, pareto"]),
        ("[workload]\nspread = { kind = \"pareto\", shape = 1.0 }\n", &["4:37", "shape is 1", "above 1"]),
        ("[workload]\nspread = { kind = \"uniform\" }\n", &["4:", "percent"]),
        ("[workload]\nspread = { kind = \"constant\", percent = 3 }\n", &["4:", "percent", "constant"]),
        ("[workload]\n[[workload.step]]\nkind = \"nap\"\nms = 3\n", &["5:8", "nap", "compute, wait"]),
        ("[workload]\n[[workload.step]]\nkind = \"wait\"\nms = -1\n", &["6:6", "ms is -1", "0 to"]),
        ("[workload]\n[[workload.step]]\nkind = \"wait\"\nms = nan\n", &["6:6", "ms"]),
        ("[workload]\n[[workload.step]]\nkind = \"wait\"\n", &["4:1", "ms"]),
        (
            "[workload]\n[[workload.step]]\nkind = \"compute\"\nms = 1\nkernel = \"md5\"\n",
            &["7:10", "md5", "splitmix, sha256, sha256-large, fib, fib-await"],
        ),
        ("[workload]\n[[workload.step]]\nkind = \"wait\"\nms = 1\nkernel = \"fib\"\n", &["7:10", "kernel", "compute"]),
        (
            "[workload]\n[[workload.step]]\nkind = \"http\"\nbytes = 10\n",
            &["4:1", "http step needs latency_ms", "milliseconds"],
        ),
        (
            "[workload]\n[[workload.step]]\nkind = \"http\"\nlatency_ms = 1\nbytes = 999999999\n",
            &["7:9", "bytes is 999999999", "0 to 104,857,600"],
        ),
        ("[workload]\n[[workload.step]]\nkind = \"memory\"\nmib = 0\n", &["6:7", "mib is 0", "1 to 65,536"]),
        (
            "[workload]\n[[workload.step]]\nkind = \"critical\"\nms = 1\npermits = 2\n",
            &["7:11", "permits is 2", "mutex", "semaphore"],
        ),
        (
            "[workload]\n[[workload.step]]\nkind = \"critical\"\nms = 1\nlock = \"spin\"\n",
            &["7:8", "spin", "mutex, semaphore, condvar"],
        ),
        ("[workload]\n[[workload.step]]\nkind = \"increment\"\ncount = -1\n", &["6:9", "count is -1", "from 1"]),
        (
            "[workload]\n[[workload.step]]\nkind = \"increment\"\ncount = 5\nprotection = \"luck\"\n",
            &[
                "7:14",
                "luck",
                "none, none-call, mutex, atomic, per-worker, per-worker-padded, per-worker-atomic, per-worker-padded-atomic, per-worker-padded-64, per-worker-padded-64-atomic",
            ],
        ),
        (
            "[workload]\n[[workload.step]]\nkind = \"file\"\nbytes = 5\nms = 3\n",
            &["7:6", "ms belongs to", "a file step has bytes, sync"],
        ),
        ("[workload]\n[trials]\ncount = \"many\"\n", &["5:9", "many", "auto"]),
        ("[workload]\n[trials]\ncount = 0\n", &["5:9", "1 to 10,000"]),
        ("[workload]\n[trials]\nbudget_s = 0\n", &["5:12", "budget_s"]),
        ("[workload]\n[models]\ninclude = [\"thread\"]\n", &["5:12", "thread", "thread-pool"]),
        ("[workload]\n[models]\ninclude = []\n", &["5:11", "at least one"]),
        ("[workload]\n[models]\nreference = \"nobody\"\n", &["5:13", "nobody"]),
        (
            "[workload]\n[models]\ninclude = [\"async\", { model = \"thread-pool\", in_flight = 3 }]\n",
            &["5:58: thread-pool has no setting \"in_flight\"; it has workers and cpus"],
        ),
        (
            "[workload]\n[models]\ninclude = [{ model = \"thread-pool\", workers = 0, label = \"\" }]\n",
            &["5:47: workers is 0: allowed are whole numbers from 1 to 4,096, and default", "label is \"\""],
        ),
        (
            "[workload]\n[models]\ninclude = [{ model = \"rayon\", workers = \"2\", chunk = 1.5 }]\n",
            &["workers: ", "a whole number or \"default\"", "chunk: "],
        ),
        (
            "[workload]\n[models]\ninclude = [{ model = \"rayon\", cpus = \"3-1\" }]\n",
            &["5:38: cpus is \"3-1\": allowed are lists of CPUs such as 0-3,6, physical and performance"],
        ),
        ("[workload]\n[models]\ninclude = [{ workers = 3 }]\n", &["5:12: the key model is missing"]),
        (
            "[workload]\n[models]\ninclude = [{ model = \"rayon{workers=2}\", workers = 3 }]\n",
            &["workers is set twice"],
        ),
        ("[workload]\n[models]\ninclude = [{ model = \"rayon\", colour = 3 }]\n", &["unknown key \"colour\""]),
        ("[workload]\n[models]\ninclude = [\"rayon{loops=3}\"]\n", &["5:12", "has workers, chunk and cpus"]),
        (
            "[workload]\n[models]\ninclude = [\"rayon{workers=3}\"]\n[sweep]\nkey = \"workers\"\nvalues = [1, 2]\n",
            &["7:7: workers can't be swept: rayon{workers=3} sets it for itself"],
        ),
        ("[workload]\nworkers = \"all\"\n", &["4:11", "a whole number or \"default\""]),
        ("[workload]\ncpus = 3\n", &["4:8", "a string"]),
        ("[workload]\ntask_list = \"missing.csv\"\n", &["4:13", "missing.csv"]),
        ("[workload]\ntask_list = '\\\\host\\share\\list.csv'\n", &["4:13", "the path of a network share"]),
        ("[workload]\ntask_list = '//host/share/list.csv'\n", &["4:13", "the path of a network share"]),
        ("[workload]\ntask_list = '\\??\\UNC\\host\\list.csv'\n", &["4:13", "the path of a network share"]),
        ("[workload]\n[[workload.class]]\nname = \"A\"\n", &["there is 1 class: allowed are 2 to 4"]),
        (
            "[workload]\n[[workload.class]]\nname = \"A\"\n[[workload.class]]\nname = \"A\"\n",
            &["two classes have the name \"A\""],
        ),
        (
            "[workload]\ntasks = 3\n[[workload.class]]\nname = \"A\"\n[[workload.class]]\nname = \"B\"\n",
            &["4:9", "tasks does not go with classes"],
        ),
        (
            "[workload]\n[[workload.class]]\nname = \"A\"\n[[workload.class]]\nname = \"B\"\nrepeat = true\n",
            &["8:10", "the class \"B\" repeats and has no step"],
        ),
        (
            "[workload]\n[[workload.class]]\nname = \"A\"\n[[workload.class]]\nname = \"B\"\nrepeat = true\n\
             tasks = 257\n[[workload.class.step]]\nkind = \"wait\"\nms = 1\n",
            &["9:9", "tasks is 257: allowed are whole numbers from 1 to 256"],
        ),
        (
            "[workload]\n[[workload.class]]\nname = \"A\"\n[[workload.class]]\nname = \"B\"\nrepeat = true\n\
             [[workload.class.step]]\nkind = \"increment\"\ncount = 1\n",
            &["8:10", "it can't have increment steps"],
        ),
        (
            "[workload]\n[[workload.class]]\nname = \"A\"\n[[workload.class]]\nname = \"B\"\n\
             [[workload.class.step]]\nkind = \"command\"\nargv = [\"true\"]\n",
            &["the class \"B\" has a step with code of your own"],
        ),
        (
            "[workload]\n[workload.payload]\ninput_bytes = 9\n[[workload.step]]\nkind = \"call\"\nfile = \"f.py\"\n\
             function = \"f\"\n",
            &["4:1: step 1 runs code of your own, which gets its arguments and no payload"],
        ),
        (
            "[workload]\npayload = { output_bytes = 9 }\n[[workload.step]]\nkind = \"wait\"\nms = 1\n\
             [[workload.step]]\nkind = \"command\"\nargv = [\"true\"]\n",
            &["4:11: step 2 runs code of your own"],
        ),
        (
            "[workload]\n[workload.payload]\ninput_bytes = 9\n[[workload.class]]\nname = \"A\"\n\
             [[workload.class]]\nname = \"B\"\n",
            &["4:1: tasks of classes are given and return nothing"],
        ),
        (
            "[workload]\n[[workload.step]]\nkind = \"command\"\nargv = [\"true\"]\n[sweep]\n\
             key = \"input_bytes\"\nvalues = [1, 2]\n",
            &["8:7: input_bytes can't be swept: step 1 runs code of your own"],
        ),
        ("[workload]\n[[workload.class]]\nname = \"\"\nworker = 1\n", &["5:8", "name", "6:1", "worker", "workers"]),
        (
            "[workload]\n[[workload.class]]\nname = \"A\"\n[[workload.class.step]]\nkind = \"wait\"\nms = -1\n",
            &["8:6", "ms is -1"],
        ),
        ("[workload]\ntasks = 3\n[[workload.task]]\nname = \"A\"\nwait_ms = 1\n", &["tasks", "list"]),
        ("[workload]\n[[workload.task]]\nname = \"\"\nwait_ms = 1\n", &["5:8", "name"]),
    ];
    for (body, wanted) in cases {
        let message = parse_here(&format!("{HEAD}{body}")).expect_err(body).to_string();
        for part in *wanted {
            assert!(message.contains(part), "{body:?} gave {message:?}, without {part:?}");
        }
    }
    assert!(
        parse_here("id = \"A b\"\ntitle = \"\"\n[workload]\n").expect_err("id").to_string().contains("test.toml:1:6")
    );
    assert!(parse_here("title = \"x\"\n[workload]\n").expect_err("no id").to_string().contains("id"));
    for model in ModelId::all().filter(|model| !model.is_python()).take(8) {
        let kept = format!("{HEAD}[workload]\n[models.leave_out]\n{} = \"slow\"\n", model.name());
        assert_eq!(parse_here(&kept).map(|read| read.models.len()), Ok(8));
    }
    let all: String = ModelId::all().map(|model| format!("{} = \"slow\"\n", model.name())).collect();
    let none = parse_here(&format!("{HEAD}[workload]\n[models.leave_out]\n{all}")).expect_err("none left").to_string();
    assert!(none.contains("test.toml:4:1: leave_out takes out every Rust model"), "{none}");
}

#[test]
fn what_only_follows_from_a_mistake_is_not_reported() {
    let class = |name: &str, rest: &str| format!("[[workload.class]]\nname = \"{name}\"\n{rest}");
    let step = "[[workload.class.step]]\nkind = \"wait\"\nms = 1\n";
    let cases = [
        // A class that repeats, whose only step is wrong.
        format!(
            "[workload]\n{}{}",
            class("A", step),
            class("B", &format!("repeat = true\n{}", step.replace("= 1", "= \"1\"")))
        ),
        // Too many steps in one class are not too many in all of them as well.
        format!("[workload]\n{}{}", class("A", &step.repeat(9)), class("B", step)),
        // A sweep of a step that could not be read.
        "[workload]\n[[workload.step]]\nkind = \"wait\"\nms = -1\n[sweep]\nkey = \"step.1.ms\"\nvalues = [1, 2]\n"
            .to_owned(),
        // A sweep of a class that could not be read.
        format!(
            "[workload]\n{}{}[sweep]\nkey = \"class.B.tasks\"\nvalues = [1, 2]\n",
            class("A", step),
            class("B", "tasks = 0\n")
        ),
        // The kind of a spread decides what else it needs.
        "[workload]\nspread = { kind = \"unifrm\", percent = 200 }\n".to_owned(),
        // A payload of a wrong size beside a step that is wrong.
        "[workload]\n[[workload.step]]\nkind = \"call\"\nfile = \"f.py\"\nfunction = \"1f\"\n[workload.payload]\n\
         input_bytes = 1\n"
            .to_owned(),
    ];
    for body in cases {
        let error = parse_here(&format!("{HEAD}{body}")).expect_err(&body);
        assert_eq!(error.count(), 1, "{body}gave\n{error}");
    }
}

#[test]
fn texts_are_visible_and_messages_short() {
    let text = |key: &str, value: &str| {
        let rest: String =
            ["id = \"a\"\n", "title = \"A\"\n"].into_iter().filter(|line| !line.starts_with(key)).collect();
        parse_here(&format!("{rest}{key} = \"{value}\"\n[workload]\n"))
    };
    for escape in ["\\u0000", "\\u001b[2J", "\\u007f", "\\u009b", "\\u202e", "\\u2066", "\\u200b", "\\r"] {
        for key in ["id", "title", "summary", "explanation"] {
            let message = text(key, &format!("a{escape}b")).expect_err(escape).to_string();
            assert!(message.contains(key), "{message}");
            assert_eq!(printable::first_hidden(&message), None, "{message:?}");
        }
    }
    assert!(text("explanation", "- one\\n\\t- two").is_ok());
    let huge = "x".repeat(10_000_000);
    for file in [
        format!("id = \"{huge}\"\ntitle = \"A\"\n[workload]\n"),
        format!("id = \"a\"\ntitle = \"{huge}\"\n[workload]\n"),
        format!("{HEAD}summary = \"{huge}\"\n[workload]\n"),
        format!("{HEAD}explanation = \"{huge}\"\n[workload]\n"),
        format!("{HEAD}{huge} = 1\n[workload]\n"),
        format!("{HEAD}[workload]\ntasks = \"{huge}\"\n"),
        format!("{HEAD}[workload]\ntask_list = \"{huge}\"\n"),
        format!("{HEAD}[workload]\n[[workload.step]]\nkind = \"{huge}\"\n"),
        format!("{HEAD}[workload]\n[trials]\ncount = \"{huge}\"\n"),
        format!("{HEAD}[workload]\n[models]\ninclude = [\"{huge}\"]\n"),
        format!("{HEAD}[workload]\n[models]\nleave_out = {{ async = \"{huge}\" }}\n"),
        format!("{HEAD}[workload]\n[trials]\nbudget_s = 1{}.0\n", "0".repeat(308)),
        huge,
    ] {
        let message = parse_here(&file).expect_err("not allowed").to_string();
        assert!(message.len() < 1_200, "{} characters: {}…", message.len(), &message[..200]);
    }
}

#[test]
fn copies_are_kept_and_a_crowd_is_refused() {
    let list = |names: &str| parse_here(&format!("{HEAD}[workload]\n[models]\ninclude = [{names}]\n"));
    let twice = list("\"async\", \"async\"").expect("valid");
    let second = Experiment { models: vec![twice.models[1].clone()], ..twice };
    assert_eq!(parse_here(&to_toml(&second)), Ok(second));
    let crowd = list(&vec!["\"async\""; 300].join(", ")).expect_err("a crowd").to_string();
    assert!(crowd.contains("5:11: include has 300 entries: at most 64"), "{crowd}");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_tolerated() {
    let text = format!("\u{feff}{HEAD}[workload]\ntasks = 7\n").replace('\n', "\r\n");
    assert_eq!(parse_here(&text).map(|read| read.workload.task_count()), Ok(7));
    let message = parse_here(&text.replace("= 7", "= 0")).expect_err("none").to_string();
    assert!(message.starts_with("test.toml:4:9: "), "{message}");
}

#[test]
fn who_has_chosen_no_models_has_chosen_none_in_the_file() {
    let mut experiment = parse_here(&format!("{HEAD}[workload]\n")).expect("a file without models");
    assert!(experiment.models_by_default);
    assert_eq!(parse(&to_toml(&experiment), "written.toml", Path::new("")), Ok(experiment.clone()));
    // All unticked in the window: what is kept has to be read again.
    experiment.models_by_default = false;
    experiment.models.clear();
    assert!(parse(&to_toml(&experiment), "written.toml", Path::new("")).is_ok());
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(experiment in experiments()) {
        let text = to_toml(&experiment);
        let read = parse(&text, "written.toml", Path::new(""));
        prop_assert_eq!(read, Ok(experiment), "{}", text);
    }

    #[test]
    fn noise_is_an_error_and_no_panic(noise in "\\PC{0,200}", body in "[a-z_ =\\[\\]\"0-9.\n]{0,120}") {
        let _ = parse_here(&noise);
        let _ = parse_here(&format!("{HEAD}[workload]\n{body}"));
    }
}

#[test]
fn contenders_with_settings_are_read_and_written_as_tables() {
    let body = "[workload]\nworkers = \"default\"\ncpus = \"physical\"\n[models]\ninclude = [\"thread-pool\", \
                { model = \"thread-pool\", workers = 8, label = \"8 workers\" }, \"thread-pool{workers=8}\"]\n\
                reference = \"thread-pool{workers=8}\"\n";
    let experiment = parse_here(&format!("{HEAD}{body}")).expect("valid");
    let names: Vec<String> = experiment.models.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["thread-pool", "thread-pool{workers=8}", "thread-pool{workers=8}#2"]);
    assert_eq!(experiment.models[1].title(), "Thread pool (8 workers)");
    assert_eq!(experiment.reference, experiment.models[1], "with its label");
    let written = to_toml(&experiment);
    assert!(written.contains("{ model = \"thread-pool\", workers = 8, label = \"8 workers\" }"), "{written}");
    assert!(written.contains("{ model = \"thread-pool#2\", workers = 8 }"), "{written}");
    assert!(written.contains("workers = \"default\"\ncpus = \"physical\"\n"), "{written}");
    assert_eq!(parse_here(&written), Ok(experiment));
}
