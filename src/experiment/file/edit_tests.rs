//! Saving an experiment over the text that it was read from.

use std::path::Path;

use proptest::prelude::*;

use super::testing::experiments;
use super::*;
use crate::experiment::TrialCount;
use crate::model::{Contender, ModelId};
use crate::workload::{DurationDistribution, Kernel, Step, Tasks};

const TEXT: &str = r#"# My own experiment.
id = "mine"            # as on the command line
title = 'Mine'

[trials]   # first, because I like it so
count = 0x5
# Not much time.
budget_s = 5

[workload]
tasks = 1_000    # many
spread = { kind = "uniform", percent = 20 } # not too even

# The request.
[[workload.step]]
kind = "http"
latency_ms = 50   # as measured
bytes = 10_000

# Parsing.
[[workload.step]]
ms = 2.50
kind = "compute"

[models]
include = [
    "sequential", # the reference
    "threads",
    # cheap
    "async",
]
"#;

fn read(text: &str) -> Experiment {
    parse(text, "mine.toml", Path::new("")).unwrap_or_else(|error| panic!("{error}"))
}

fn saved(change: impl FnOnce(&mut Experiment)) -> String {
    let mut experiment = read(TEXT);
    change(&mut experiment);
    let text = to_toml_with_comments(&experiment, None);
    assert_eq!(read(&text), experiment, "{text}");
    text
}

fn replaced(pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(TEXT.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

fn steps(experiment: &mut Experiment) -> &mut Vec<Step> {
    let Tasks::Alike { steps, .. } = &mut experiment.workload.tasks else { panic!("no list") };
    steps
}

#[test]
fn what_is_not_changed_is_not_touched() {
    assert_eq!(saved(|_| ()), TEXT);
}

#[test]
fn a_changed_value_keeps_its_comment_and_all_around_it() {
    let text = saved(|experiment| {
        experiment.title = "Yours".to_owned();
        experiment.trials.count = TrialCount::Auto;
        let Tasks::Alike { count, .. } = &mut experiment.workload.tasks else { panic!("no list") };
        *count = 7;
        steps(experiment)[0] = Step::http(20.0, 10_000);
    });
    let expected = replaced(&[
        ("'Mine'", "\"Yours\""),
        ("0x5", "\"auto\""),
        ("1_000 ", "7 "),
        ("latency_ms = 50 ", "latency_ms = 20.0 "),
    ]);
    assert_eq!(text, expected);
}

#[test]
fn keys_that_were_left_out_come_and_those_that_mean_nothing_go() {
    let text = saved(|experiment| {
        experiment.workload.workers = Some(4.into());
        experiment.workload.spread = DurationDistribution::Constant;
        experiment.trials.timeout_seconds = 9.0;
        experiment.reference = Contender::of(ModelId::Async);
    });
    assert!(text.contains("spread = { kind = \"constant\" } # not too even\n"), "{text}");
    assert!(text.contains("workers = 4\n") && text.contains("timeout_s = 9.0\n"), "{text}");
    assert!(text.contains("reference = \"async\"\n"), "{text}");
    assert!(!text.contains("warmups") && !text.contains("seed") && !text.contains("format"), "{text}");
}

#[test]
fn steps_keep_their_comments_when_others_come_and_go() {
    let without_first = saved(|experiment| {
        steps(experiment).remove(0);
    });
    assert!(without_first.contains("# Parsing.\n[[workload.step]]\nms = 2.50\n"), "{without_first}");
    assert!(!without_first.contains("http"), "{without_first}");
    let with_third = saved(|experiment| steps(experiment).push(Step::wait(1.0)));
    assert!(with_third.contains("# The request.") && with_third.contains("# Parsing."), "{with_third}");
    let end = with_third.find("[[workload.step]]\nkind = \"wait\"\nms = 1.0\n").expect("there");
    assert!(end > with_third.find("2.50").expect("kept"), "{with_third}");
    let other_kind = saved(|experiment| steps(experiment)[1] = Step::memory(3));
    assert!(other_kind.contains("# Parsing.\n[[workload.step]]\nkind = \"memory\"\n"), "{other_kind}");
    let none = saved(|experiment| steps(experiment).clear());
    assert!(!none.contains("[[") && none.contains("# My own"), "{none}");
}

#[test]
fn models_come_and_go_within_their_list() {
    let fewer = saved(|experiment| {
        experiment.models.remove(1);
    });
    assert!(fewer.contains("    \"sequential\", # the reference\n"), "{fewer}");
    assert!(fewer.contains("    # cheap\n    \"async\",\n]"), "{fewer}");
    let last = saved(|experiment| experiment.models.truncate(2));
    assert!(last.contains("    \"threads\",\n]"), "{last}");
    let more = saved(|experiment| experiment.models.push(Contender::of(ModelId::Rayon)));
    assert!(more.contains("    \"async\",\n    \"rayon\",\n]"), "{more}");
}

#[test]
fn the_settings_of_a_contender_come_and_go_within_their_entry() {
    let text = "id = \"a\"\ntitle = \"A\"\n[workload]\n[models]\ninclude = [\n    \"async\", # plain\n    # wide\n    \
                { model = \"thread-pool\",  workers = 8 },\n]\n";
    let mut experiment = read(text);
    experiment.models[1].label = Some("wide".into());
    let written = to_toml_with_comments(&experiment, None);
    assert_eq!(read(&written), experiment, "{written}");
    assert!(written.contains("\"async\", # plain") && written.contains("label = \"wide\""), "{written}");
    experiment.models[1].settings.workers = None;
    experiment.models[1].label = None;
    let written = to_toml_with_comments(&experiment, None);
    assert!(written.contains("    # wide\n    \"thread-pool\",\n]"), "{written}");
}

#[test]
fn a_missing_table_gets_what_differs_and_steps_may_be_written_in_one_line() {
    let text = "id = \"a\"\ntitle = \"A\"\nworkload.step = [{ kind = \"wait\", ms = 3 }] # short\n";
    let mut experiment = read(text);
    experiment.trials.warmups = 0;
    let written = to_toml_with_comments(&experiment, None);
    assert_eq!(read(&written), experiment, "{written}");
    assert!(written.starts_with(text) && written.ends_with("[trials]\nwarmups = 0\n"), "{written}");
    steps(&mut experiment)[0] = Step::Compute { ms: 3.0, kernel: Kernel::Fib };
    let written = to_toml_with_comments(&experiment, None);
    assert_eq!(read(&written), experiment, "{written}");
}

#[test]
fn a_list_of_its_own_is_kept_in_its_folder_and_written_out_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("list.csv"), "name,compute_ms,wait_ms\nA,1,2\n").expect("written");
    let text = "# Mine\nid = \"a\"\ntitle = \"A\"\n[workload]\ntask_list = \"list.csv\" # from work\nseed = 3\n";
    let mut experiment = parse(text, "a.toml", folder.path()).expect("valid");
    experiment.workload.seed = 4;
    let here = to_toml_with_comments(&experiment, Some(folder.path()));
    assert_eq!(here, text.replace("= 3", "= 4"));
    let elsewhere = to_toml_with_comments(&experiment, Some(Path::new("/elsewhere")));
    assert!(
        elsewhere.starts_with("# Mine\n") && elsewhere.contains("[[workload.task]]\nname = \"A\"\n"),
        "{elsewhere}"
    );
    assert_eq!(parse(&elsewhere, "b.toml", Path::new("/elsewhere")), Ok(experiment));
}

#[test]
fn presets_that_ship_with_the_lab_are_edited_and_keep_their_text() {
    for preset in crate::preset::built_in() {
        let text = crate::preset::source(&preset.id).expect("it ships");
        assert_eq!(to_toml_with_comments(preset, None), text, "{}", preset.id);
        let renamed = Experiment { id: "other".to_owned(), ..preset.clone() };
        let edited = to_toml_with_comments(&renamed, None);
        assert_eq!(edited, text.replacen(&format!("id = \"{}\"", preset.id), "id = \"other\"", 1));
    }
}

/// The experiment with a comment on and above every line that has a key or a header.
fn commented(experiment: &Experiment) -> String {
    let text = to_toml(experiment);
    let lines = text.lines().enumerate().map(|(number, line)| {
        let is_key = line.contains(" = ") && !line.contains("\"\"\"");
        if is_key || line.starts_with('[') {
            format!("# above {number}\n{line} # on {number}\n")
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_experiment_can_be_saved_over_the_text_of_any_other(mut from in experiments(), to in experiments()) {
        // A line of the explanation may look like a key.
        from.explanation = "plain".to_owned();
        let text = commented(&from);
        let read = parse(&text, "from.toml", Path::new(""));
        prop_assert_eq!(read.as_ref(), Ok(&from), "{}", text);
        prop_assert_eq!(edited(&text, Path::new(""), &from, None), Some(text.clone()));
        let written = edited(&text, Path::new(""), &to, None);
        let written = written.ok_or_else(|| TestCaseError::fail(format!("not edited: {text}")))?;
        prop_assert_eq!(parse(&written, "to.toml", Path::new("")), Ok(to), "{}", written);
        // The keys that every file has keep their comments, whatever their values.
        for (number, line) in text.lines().enumerate() {
            let fixed = ["id =", "title =", "seed =", "minimum =", "reference ="];
            if fixed.iter().any(|key| line.starts_with(key)) {
                let comment = line.rsplit_once(" # on ").map(|(_, rest)| format!(" # on {rest}"));
                prop_assert!(written.contains(&comment.unwrap_or_default()), "line {}: {}", number, written);
            }
        }
    }
}
