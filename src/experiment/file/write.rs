//! Experiment to TOML, as a person would write it.

use std::fmt::Write as _;

use toml::Value;

use super::keys::FORMAT;
use crate::experiment::sweep::SweepValues;
use crate::experiment::{Experiment, TrialCount};
use crate::model::{Contender, ContenderSettings, StartMethod};
use crate::workload::{Awaiting, DurationDistribution, Payload, Step, Tasks, Value as StepValue, Work, WorkerCount};

/// Address of the schema in the repository.
pub const SCHEMA_FILE: &str = "assets/experiment.schema.json";

/// Writes an experiment so that [`super::parse`] reads the same one.
#[must_use]
pub fn to_toml(experiment: &Experiment) -> String {
    let mut out = String::new();
    // Writing to a string can't fail.
    let _ = write_all(&mut out, experiment);
    out
}

fn string(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// A text on one line, whatever is in it.
fn on_one_line(text: &str) -> String {
    let mut written = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => written.extend(['\\', letter]),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            // TOML allows no other control characters.
            control if control.is_control() => written.push_str(&format!("\\u{:04X}", u32::from(control))),
            other => written.push(other),
        }
    }
    written.push('"');
    written
}

/// A float that reads back the same and looks like one.
fn float(value: f64) -> String {
    Value::Float(value).to_string()
}

/// Text over several lines where that is plain, else an escaped string.
fn prose(text: &str) -> String {
    let plain = |letter: char| letter == '\n' || !letter.is_control();
    if text.contains('\n') && text.chars().all(plain) && !text.contains("\"\"") && !text.ends_with('"') {
        format!("\"\"\"\n{}\"\"\"", text.replace('\\', "\\\\"))
    } else {
        string(text)
    }
}

/// The address of the JSON schema, for editors that complete and check TOML files (taplo's convention).
#[must_use]
pub fn schema_url() -> String {
    let repository = env!("CARGO_PKG_REPOSITORY").trim_start_matches("https://github.com/");
    format!("https://raw.githubusercontent.com/{repository}/HEAD/{SCHEMA_FILE}")
}

fn write_all(out: &mut String, experiment: &Experiment) -> std::fmt::Result {
    writeln!(out, "#:schema {}", schema_url())?;
    writeln!(out, "format = {FORMAT}")?;
    writeln!(out, "id = {}", string(&experiment.id))?;
    writeln!(out, "title = {}", string(&experiment.title))?;
    writeln!(out, "summary = {}", string(&experiment.summary))?;
    writeln!(out, "explanation = {}", prose(&experiment.explanation))?;
    write_workload(out, experiment)?;
    let trials = &experiment.trials;
    writeln!(out, "\n[trials]")?;
    match trials.count {
        TrialCount::Auto => writeln!(out, "count = \"auto\"")?,
        TrialCount::Fixed(count) => writeln!(out, "count = {count}")?,
    }
    writeln!(out, "minimum = {}", trials.minimum)?;
    writeln!(out, "warmups = {}", trials.warmups)?;
    writeln!(out, "budget_s = {}", float(trials.budget_seconds))?;
    writeln!(out, "timeout_s = {}", float(trials.timeout_seconds))?;
    writeln!(out, "\n[models]")?;
    // A copy carries its number, so that a second copy without a first stays one.
    let names: Vec<String> = experiment.models.iter().map(contender).collect();
    // Without a choice there is nothing to include by name: the file means what it meant before it was read.
    if !(experiment.models_by_default || names.is_empty()) {
        writeln!(out, "include = [{}]", names.join(", "))?;
    }
    writeln!(out, "reference = {}", string(&experiment.reference.to_string()))?;
    if experiment.start_method != StartMethod::Default {
        writeln!(out, "start_method = {}", string(experiment.start_method.name()))?;
    }
    write_excluded(out, experiment)?;
    if let Some(sweep) = &experiment.sweep {
        writeln!(out, "\n[sweep]\nkey = {}", string(&sweep.key.to_string()))?;
        match &sweep.values {
            SweepValues::List(list) => {
                let list: Vec<String> = list.iter().map(|value| plain_number(*value)).collect();
                writeln!(out, "values = [{}]", list.join(", "))?;
            }
            SweepValues::Range { from, to, points, scale } => {
                let (from, to, scale) = (plain_number(*from), plain_number(*to), string(scale.name()));
                writeln!(out, "values = {{ from = {from}, to = {to}, points = {points}, scale = {scale} }}")?;
            }
        }
    }
    for entry in &experiment.quiz {
        writeln!(out, "\n[[quiz]]\nquestion = {}", string(&entry.question))?;
        let choices: Vec<String> = entry.choices.iter().map(|choice| on_one_line(choice)).collect();
        writeln!(out, "choices = [{}]", choices.join(", "))?;
        writeln!(out, "answer = {}\nbecause = {}", string(&entry.answer), string(&entry.because))?;
    }
    Ok(())
}

/// A contender as an entry of `include`: its name, or a table where it has settings or a label.
fn contender(contender: &Contender) -> String {
    if contender.settings.is_empty() && contender.label.is_none() {
        return string(&contender.to_string());
    }
    let bare = Contender { settings: ContenderSettings::NONE, label: None, ..contender.clone() };
    let mut entry = format!("{{ model = {}", string(&bare.to_string()));
    for (key, value) in contender.settings.pairs() {
        let number = key.is_number() && value != WorkerCount::DEFAULT;
        entry.push_str(&format!(", {} = {}", key.name(), if number { value } else { string(&value) }));
    }
    if let Some(label) = &contender.label {
        entry.push_str(&format!(", label = {}", string(label)));
    }
    entry + " }"
}

/// A number that is whole where it can be.
fn plain_number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { float(value) }
}

fn write_excluded(out: &mut String, experiment: &Experiment) -> std::fmt::Result {
    if !experiment.left_out.is_empty() {
        writeln!(out, "\n[models.leave_out]")?;
        for left in &experiment.left_out {
            let name = left.contender.to_string();
            let bare = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
            let key = if bare { name } else { string(&name) };
            writeln!(out, "{key} = {}", string(&left.reason))?;
        }
    }
    Ok(())
}

fn write_workload(out: &mut String, experiment: &Experiment) -> std::fmt::Result {
    let workload = &experiment.workload;
    writeln!(out, "\n[workload]")?;
    if let Tasks::Alike { count, .. } = &workload.tasks {
        writeln!(out, "tasks = {count}")?;
    }
    match workload.workers {
        Some(WorkerCount::Number(workers)) => writeln!(out, "workers = {workers}")?,
        Some(WorkerCount::Default) => writeln!(out, "workers = {}", string(WorkerCount::DEFAULT))?,
        None => {}
    }
    if let Some(in_flight) = workload.in_flight {
        writeln!(out, "in_flight = {in_flight}")?;
    }
    if let Some(cpus) = &workload.cpus {
        writeln!(out, "cpus = {}", string(&cpus.to_string()))?;
    }
    writeln!(out, "seed = {}", workload.seed)?;
    if workload.ticker {
        writeln!(out, "ticker = true")?;
    }
    if workload.work != Work::default() {
        writeln!(out, "work = {}", string(workload.work.name()))?;
    }
    if workload.awaits != Awaiting::default() {
        writeln!(out, "await = {}", string(workload.awaits.name()))?;
    }
    let payload = workload.payload.as_ref();
    match &workload.tasks {
        Tasks::Alike { steps, .. } => {
            write_spread(out, workload.spread)?;
            write_payload(out, payload)?;
            for step in steps {
                writeln!(out, "\n[[workload.step]]")?;
                write_step(out, step)?;
            }
        }
        Tasks::Classes(classes) => {
            write_spread(out, workload.spread)?;
            write_payload(out, payload)?;
            for (index, class) in classes.list.iter().enumerate() {
                writeln!(out, "\n[[workload.class]]\nname = {}\ntasks = {}", string(&class.name), class.tasks)?;
                if class.repeat {
                    writeln!(out, "repeat = true")?;
                }
                if let Some(workers) = class.workers {
                    writeln!(out, "workers = {workers}")?;
                }
                for step in classes.steps_of(index) {
                    writeln!(out, "\n[[workload.class.step]]")?;
                    write_step(out, step)?;
                }
            }
        }
        Tasks::List(list) => {
            write_payload(out, payload)?;
            for task in list.iter() {
                writeln!(out, "\n[[workload.task]]\nname = {}", string(&task.name))?;
                writeln!(out, "compute_ms = {}\nwait_ms = {}", float(task.compute_ms), float(task.wait_ms))?;
            }
        }
    }
    Ok(())
}

fn write_spread(out: &mut String, spread: DurationDistribution) -> std::fmt::Result {
    let kind = string(spread.name());
    match spread {
        DurationDistribution::Constant | DurationDistribution::Exponential => {
            writeln!(out, "spread = {{ kind = {kind} }}")
        }
        DurationDistribution::Uniform { percent } => {
            writeln!(out, "spread = {{ kind = {kind}, percent = {} }}", float(percent))
        }
        DurationDistribution::Pareto { shape } => {
            writeln!(out, "spread = {{ kind = {kind}, shape = {} }}", float(shape))
        }
    }
}

fn write_payload(out: &mut String, payload: Option<&Payload>) -> std::fmt::Result {
    let Some(Payload { input_bytes, output_bytes, kind }) = payload else { return Ok(()) };
    writeln!(out, "\n[workload.payload]\ninput_bytes = {input_bytes}\noutput_bytes = {output_bytes}")?;
    writeln!(out, "kind = {}", string(kind.name()))
}

fn write_step(out: &mut String, step: &Step) -> std::fmt::Result {
    writeln!(out, "kind = \"{}\"", step.kind().name)?;
    for key in step.kind().keys.iter().filter(|key| key.applies(step)) {
        if let Some(value) = key.get(step) {
            writeln!(out, "{} = {}", key.name, written(value))?;
        }
    }
    Ok(())
}

fn written(value: StepValue) -> String {
    match value {
        StepValue::Number(number) => float(number),
        StepValue::Whole(number) => number.to_string(),
        StepValue::Flag(flag) => flag.to_string(),
        StepValue::Choice(name) => string(name),
        StepValue::Text(text) => string(&text),
        StepValue::Texts(texts) => {
            format!("[{}]", texts.iter().map(|text| on_one_line(text)).collect::<Vec<_>>().join(", "))
        }
    }
}
