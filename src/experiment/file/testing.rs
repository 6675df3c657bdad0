//! Any experiment that is allowed, for property tests. Steps come from the step table.

use proptest::prelude::*;

use crate::experiment::class_rules;
use crate::experiment::payload_rules::payload_problem;
use crate::experiment::quiz::QuizEntry;
use crate::experiment::{Excluded, Experiment, SamplingPlan, TrialCount};
use crate::model::settings_tests::contenders_with_settings;
use crate::model::{CATALOGUE, Contender, ModelId, contenders, number_copies};
use crate::printable;
use crate::python::StartMethod;
use crate::workload::{
    Awaiting, Class, Classes, DurationDistribution, Key, ListedTask, MOST_PAYLOAD_BYTES, MOST_STEPS, Payload,
    PayloadKind, Step, Tasks, TextKind, Value, ValueType, Work, WorkerCount, Workload,
};

/// Any value that a key of a step may have.
fn value(key: &Key) -> BoxedStrategy<Value> {
    match key.value {
        ValueType::Milliseconds => (0.0..1e5_f64).prop_map(Value::Number).boxed(),
        ValueType::Whole { least, most, .. } => (least..=most).prop_map(Value::Whole).boxed(),
        ValueType::Flag => any::<bool>().prop_map(Value::Flag).boxed(),
        ValueType::Text(TextKind::Path) => lines("[a-z./ü ]{1,12}[.]py").prop_map(Value::Text).boxed(),
        ValueType::Text(TextKind::Function) => "[a-z_][a-z0-9_]{0,9}".prop_map(Value::Text).boxed(),
        ValueType::Templates { least, .. } => {
            proptest::collection::vec("[a-z./ \"\\\\]{1,6}([{]index[}])?([{][{])?\n?", least..5)
                .prop_filter("names a program", |texts| texts.first().is_none_or(|first| !first.trim().is_empty()))
                .prop_map(Value::Texts)
                .boxed()
        }
        ValueType::Choice(choices) => (0..choices.len()).prop_map(|index| Value::Choice(choices[index].name)).boxed(),
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..Step::KINDS.len()).prop_flat_map(|index| {
        let kind = Step::KINDS[index];
        let values: Vec<BoxedStrategy<Value>> = kind.keys.iter().map(value).collect();
        values.prop_map(move |values| {
            let mut step = (kind.new)();
            for (key, value) in kind.keys.iter().zip(&values) {
                assert!(key.set(&mut step, value), "{} {}", kind.name, key.name);
            }
            step.bound();
            step
        })
    });
    proptest::collection::vec(step, 0..8)
}

fn spreads() -> impl Strategy<Value = DurationDistribution> {
    prop_oneof![
        Just(DurationDistribution::Constant),
        Just(DurationDistribution::Exponential),
        (0.0..=100.0_f64).prop_map(|percent| DurationDistribution::Uniform { percent }),
        (1.01..100.0_f64).prop_map(|shape| DurationDistribution::Pareto { shape }),
    ]
}

fn tasks() -> impl Strategy<Value = (Tasks, DurationDistribution)> {
    let listed = (lines("\\PC{0,10}[a-z]{1,9}"), 0.0..1e5_f64, 0.0..1e5_f64)
        .prop_map(|(name, compute_ms, wait_ms)| ListedTask { name, compute_ms, wait_ms });
    let class = ("[a-zA-Zü. ]{0,9}[a-z]", 1..200_u32, any::<bool>(), proptest::option::of(1..4_096_u32), steps());
    prop_oneof![
        (proptest::collection::vec(class, 2..=4), spreads()).prop_map(|(list, spread)| (classes(list), spread)),
        (1..1_000_000_u32, steps(), spreads())
            .prop_map(|(count, steps, spread)| (Tasks::Alike { count, steps }, spread)),
        proptest::collection::vec(listed, 1..6)
            .prop_map(|list| (Tasks::List(list.into()), DurationDistribution::Constant)),
    ]
}

/// Name, tasks, repeats, workers and steps of a class.
type AnyClass = (String, u32, bool, Option<u32>, Vec<Step>);

/// Classes of any values that are allowed together.
fn classes(list: Vec<AnyClass>) -> Tasks {
    let mut classes = Classes::default();
    let most = MOST_STEPS / list.len();
    for (index, (name, tasks, repeat, workers, mut steps)) in list.into_iter().enumerate() {
        steps.retain(|step| !step.is_own_code());
        steps.truncate(most);
        // The first one ends, and names differ.
        let repeat = repeat && index > 0 && !steps.is_empty();
        if repeat {
            steps.retain(|step| class_rules::unrepeatable(step).is_none());
        }
        let repeat = repeat && !steps.is_empty();
        let class = Class { name: format!("{index}{name}"), tasks, repeat, workers, steps: 0 };
        classes.push(class, steps);
    }
    Tasks::Classes(classes)
}

fn trial_plans() -> impl Strategy<Value = SamplingPlan> {
    (proptest::option::of(1..100_u32), 1..50_u32, 0..5_u32, 0.5..100.0_f64, 1.0..1000.0_f64).prop_map(
        |(count, minimum, warmups, budget_seconds, timeout_seconds)| SamplingPlan {
            count: count.map_or(TrialCount::Auto, TrialCount::Fixed),
            minimum,
            warmups,
            budget_seconds,
            timeout_seconds,
        },
    )
}

/// A line that may be shown: letters that show nothing are refused.
fn lines(pattern: &'static str) -> impl Strategy<Value = String> {
    pattern.prop_filter("visible", |line| printable::first_hidden(line).is_none())
}

fn texts() -> impl Strategy<Value = (String, String, String, String)> {
    let title = lines("\\PC{1,30}").prop_filter("not blank", |title| !title.trim().is_empty());
    let explanation =
        "(\\PC|\n|\"|\\\\){0,200}".prop_filter("visible", |text| printable::first_hidden_in_block(text).is_none());
    ("[a-z0-9-]{1,20}", title, lines("\\PC{0,40}"), explanation)
}

fn workloads() -> impl Strategy<Value = Workload> {
    let numbers = (proptest::option::of(1..4096_u32), proptest::option::of(1..1000_u32), 0..u64::MAX / 2);
    (tasks(), numbers, any::<bool>(), 0..Work::ALL.len()).prop_map(
        |((tasks, spread), (workers, in_flight, seed), ticker, work)| {
            let mut workload = Workload {
                payload: None,
                tasks,
                workers: workers.map(WorkerCount::Number),
                in_flight,
                seed,
                spread,
                ticker,
                work: Work::ALL[work],
                awaits: Awaiting::ALL[usize::from(seed % 3 == 0)],
                cpus: None,
            };
            workload.payload = (work == 0 && payload_problem(&workload).is_none()).then(|| Payload {
                input_bytes: seed % (MOST_PAYLOAD_BYTES + 1),
                output_bytes: u64::from(in_flight.unwrap_or(0)),
                kind: PayloadKind::ALL[usize::from(ticker)],
            });
            workload
        },
    )
}

/// Two questions.
fn quiz() -> Vec<QuizEntry> {
    let entry = |number: u32, answer: &str| QuizEntry {
        question: format!("Which \"model\" waits {number} times?"),
        choices: vec!["a \\ b".to_owned(), "c".to_owned()],
        answer: answer.to_owned(),
        because: String::new(),
    };
    vec![entry(1, "c"), entry(2, "a \\ b")]
}

/// Experiments that name their models.
pub(super) fn experiments() -> impl Strategy<Value = Experiment> {
    let names = proptest::collection::vec(0..8_usize, 1..6);
    let with_settings = proptest::collection::vec(contenders_with_settings(), 0..4);
    (texts(), workloads(), trial_plans(), (names, with_settings), any::<bool>()).prop_map(
        |((id, title, summary, explanation), workload, trials, (names, with_settings), leaves_out)| {
            let mut models = contenders(names.iter().map(|index| CATALOGUE[index * 2].id.name())).expect("known");
            models.extend(with_settings);
            let models = number_copies(models).expect("few");
            let trio =
                Excluded { contender: Contender::on(ModelId::PyTrio, "3.14t"), reason: "\"too\" slow".to_owned() };
            Experiment {
                id,
                title,
                summary,
                explanation,
                workload,
                trials,
                reference: models[0].clone(),
                models,
                left_out: if leaves_out { vec![trio] } else { Vec::new() },
                quiz: if leaves_out { quiz() } else { Vec::new() },
                start_method: StartMethod::ALL[names.len() % 4],
                models_by_default: false,
                ..Experiment::default()
            }
        },
    )
}
