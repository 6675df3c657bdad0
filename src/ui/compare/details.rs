//! What a row unfolds to: everything measured about one model, its caveats, and its code.

use eframe::egui::{Frame, Grid, Margin, RichText, Ui};

use crate::analysis::Summary;
use crate::experiment::FEWEST_PAIRS;
use crate::lab::extra::streamed;
use crate::lab::run::Run;
use crate::lab::text::plural;
use crate::model::Contender;
use crate::python::code_of;
use crate::trial::Percentiles;
use crate::ui::widgets::{text, uncut};
use crate::ui::{Cx, theme};
use crate::units;
use crate::workload::Step;

const NOT_MEASURED: &str = "not measured";
/// An ideal is a calculation: without a nominal duration of every step there is none.
const NOT_STATED: &str = "not stated";

/// Draws it.
pub fn show(ui: &mut Ui, cx: &mut Cx<'_>, run: &Run, contender: &Contender) {
    let _ = cx;
    let palette = theme::palette(ui);
    let info = contender.model.info();
    let frame = Frame::new()
        .fill(palette.panel)
        .stroke((1.0, palette.hairline))
        .corner_radius(theme::CORNER)
        .inner_margin(Margin::symmetric(16, 12))
        .outer_margin(Margin { left: 20, right: 0, top: 2, bottom: 8 });
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        text(ui, format!("{}: {}. {}", info.title, info.what, info.good_for), theme::body(), palette.secondary);
        let summary = run.summary(contender);
        if let Some(summary) = summary {
            if let Some(reason) = &summary.reason {
                text(ui, reason, theme::body(), palette.caveat);
            }
            facts(ui, run, summary);
            if let Some(words) = files(run, summary) {
                text(ui, words, theme::note(), palette.secondary);
            }
            for caveat in &summary.caveats {
                text(ui, format!("{}: {}", caveat.label(), caveat.remedy()), theme::note(), palette.caveat);
            }
        }
        let code = if contender.host.is_python() { code_of(contender.model) } else { info.code };
        Frame::new().fill(palette.raised).corner_radius(theme::CORNER).inner_margin(Margin::same(12)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(code).font(theme::figures()).color(palette.text));
        });
    });
}

fn facts(ui: &mut Ui, run: &Run, summary: &Summary) {
    let palette = theme::palette(ui);
    let all = groups(run, summary);
    let columns = if ui.available_width() > 940.0 { 3 } else { 2 };
    Grid::new(("facts", &summary.contender)).num_columns(columns * 2).min_row_height(18.0).spacing((16.0, 2.0)).show(
        ui,
        |ui| {
            for row in all.chunks(columns) {
                for (name, value) in row {
                    uncut(ui, name, theme::note(), palette.tertiary);
                    let known = value.as_deref();
                    let colour = if known.is_some() { palette.text } else { palette.tertiary };
                    uncut(ui, known.unwrap_or(NOT_MEASURED), theme::figures(), colour);
                }
                ui.end_row();
            }
        },
    );
}

fn groups(run: &Run, summary: &Summary) -> Vec<(String, Option<String>)> {
    let all = of_every_workload(run, summary).into_iter();
    all.map(|(name, value)| (name.to_owned(), value)).chain(of_this_workload(run, summary)).collect()
}

/// What only some workloads have, where this one has it.
fn of_this_workload(run: &Run, summary: &Summary) -> Vec<(String, Option<String>)> {
    let time = |nanos: Option<f64>| nanos.map(units::duration);
    let count = |value: Option<f64>| value.map(|value| units::count(value.round() as u64));
    let workload = &run.results.experiment.workload;
    let has = |wanted: fn(&Step) -> bool| workload.steps().iter().any(wanted);
    let mut told: Vec<(String, Option<String>)> = Vec::new();
    let mut tell = |name: &str, value: Option<String>| told.push((name.to_owned(), value));
    if summary.contender.host.is_python() {
        tell("Runtime", summary.runtime.clone());
        let error = summary.gil_wait_error_nanos.map_or_else(
            || ", error not known".to_owned(),
            |error| format!("; up to {} of it may be waiting for a core", units::duration(error)),
        );
        let waited = summary.gil_wait_nanos.map(|nanos| format!("{}{error}", units::duration(nanos)));
        if summary.contender.model.shares_an_interpreter() {
            let no_lock = summary.runtime.as_deref().is_some_and(|runtime| runtime.contains("no GIL"));
            let why = if no_lock { "no GIL" } else { "can't be told from waiting for what was asked" };
            tell("GIL wait, all tasks", waited.or_else(|| summary.wall.map(|_| why.to_owned())));
        }
    }
    if has(|step| step.permits().is_some()) {
        tell("Lock wait, all tasks", time(summary.lock_wait_nanos));
    }
    if has(|step| matches!(step, Step::Increment { .. })) {
        tell("Updates made", count(summary.expected_updates));
        let range = |range: Option<(f64, f64)>| range.map(|(least, most)| units::count_range(least, most));
        tell("Updates found", range(summary.got_range));
        let own = || Some("none: every worker has a counter in memory of its own".to_owned());
        tell("Updates lost", if summary.counts_apart() { own() } else { range(summary.lost_range) });
    }
    if workload.ticker {
        let late = [summary.late_median_nanos, summary.late_p95_nanos, summary.late_p99_nanos];
        let late: Option<Vec<String>> = late.into_iter().map(time).collect();
        tell("Ticker late 50/95/99 %", late.map(|late| late.join(" / ")));
        tell("Longest standstill", time(summary.late_worst_nanos));
    }
    if has(|step| matches!(step, Step::Http { .. })) {
        let share = summary.server_share.map(|share| format!(", {} of a core", units::percent(share * 100.0)));
        tell("Server CPU", time(summary.server_cpu_nanos).map(|cpu| cpu + &share.unwrap_or_default()));
    }
    if has(|step| matches!(step, Step::Memory { .. })) {
        tell("Memory read", summary.streamed_bytes_per_s.map(streamed));
    }
    if workload.steps().len() > 1 {
        for (place, nanos) in summary.step_nanos.iter().enumerate() {
            let title = workload.steps().get(place).map_or("", |step| step.kind().title);
            tell(&format!("Step {}, {title}", place + 1), time(Some(*nanos)));
        }
    }
    told
}

/// Where the files were, and whether the storage saw any of it; `None` without files.
fn files(run: &Run, summary: &Summary) -> Option<String> {
    let steps = run.results.experiment.workload.steps();
    if summary.wall.is_none() || !steps.iter().any(|step| matches!(step, Step::File { .. })) {
        return None;
    }
    let systems = run.results.measured(&summary.contender).filter_map(|trial| trial.completed()?.file_system.clone());
    let place = systems.last().unwrap_or_else(|| "a file system that the system does not name".to_owned());
    let read = match summary.storage_read_bytes {
        Some(0.0) => "all reads came from the page cache".to_owned(),
        Some(bytes) => format!("{} were read from the storage", units::bytes(bytes)),
        None => "what was read from the storage was not measured".to_owned(),
    };
    let written = match summary.storage_written_bytes {
        Some(bytes) => format!("{} were written to the storage", units::bytes(bytes)),
        None => "what was written to it was not measured".to_owned(),
    };
    Some(format!("Files on {place}: {read}; {written}"))
}

fn of_every_workload(run: &Run, summary: &Summary) -> Vec<(&'static str, Option<String>)> {
    let time = |nanos: Option<f64>| nanos.map(units::duration);
    let pair = |range: Option<(f64, f64)>| {
        range.map(|(low, high)| match (units::duration(low), units::duration(high)) {
            (low, high) if low == high => low,
            (low, high) => format!("{low} to {high}"),
        })
    };
    let percentiles = |of: Option<Percentiles>| of.map(|of| [of.p50, of.p95, of.p99].map(units::duration).join(" / "));
    let wall = summary.wall;
    let ratio = summary.times_as_fast;
    let interval = match (ratio, ratio.and_then(|ratio| ratio.ci95)) {
        (_, Some((low, high))) => Some(format!("{} to {}", units::ratio(low), units::ratio(high))),
        (Some(ratio), None) => {
            let (low, high) = ratio.range;
            let rounds = plural(ratio.pairs as u64, "round");
            let (low, high) = (units::ratio(low), units::ratio(high));
            Some(if low == high { format!("{low} in {rounds}") } else { format!("{low} to {high} in {rounds}") })
        }
        (None, None) => None,
    };
    let count = |value: Option<f64>| value.map(|value| units::count(value.round() as u64));
    let not_stated = || summary.ideal_nanos.is_none().then(|| NOT_STATED.to_owned());
    let one_process = || (!summary.memory_is_a_sum()).then(|| "one process".to_owned());
    vec![
        ("Trials", Some(summary.trials.to_string())),
        ("Median", time(wall.map(|wall| wall.median))),
        (
            "95 % interval",
            pair(wall.and_then(|wall| wall.ci95))
                .or_else(|| wall.map(|_| format!("needs {FEWEST_PAIRS} rounds ({} so far)", summary.trials))),
        ),
        ("Mean", time(wall.map(|wall| wall.mean))),
        ("Deviation", time(wall.and_then(|wall| wall.stddev))),
        ("Range", pair(wall.map(|wall| (wall.min, wall.max)))),
        ("Ideal", time(summary.ideal_nanos).or_else(not_stated)),
        ("Efficiency", summary.efficiency.map(|share| units::percent(share * 100.0)).or_else(not_stated)),
        ("Times as fast", interval),
        ("Setup", time(summary.setup_nanos)),
        ("Teardown", time(summary.teardown_nanos)),
        ("Tasks per second", count(summary.throughput_per_s)),
        ("CPU user", time(summary.cpu_user_nanos)),
        ("CPU system", time(summary.cpu_system_nanos)),
        ("Cores used", summary.cpu_cores_used.map(|cores| format!("{cores:.2} of {}", run.results.logical_cpus()))),
        ("Waited (voluntary switches)", count(summary.voluntary_switches)),
        ("Was interrupted", count(summary.involuntary_switches)),
        ("Most in flight", summary.peak_in_flight.map(|tasks| units::count(u64::from(tasks)))),
        ("Peak memory", summary.memory_words()),
        ("PSS after the clock", summary.pss_bytes.map(units::bytes).or_else(one_process)),
        ("Lab's records", summary.record_bytes.map(units::bytes)),
        ("Workers", Some(summary.workers.map_or_else(|| "no pool".to_owned(), |workers| workers.to_string()))),
        ("Queue 50/95/99 %", percentiles(summary.queue)),
        ("Latency 50/95/99 %", percentiles(summary.latency)),
        ("Outliers", Some(summary.outliers.to_string())),
    ]
}
