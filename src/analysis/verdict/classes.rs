//! Topic of classes of tasks: which class waits for which, by its latency under each model and against its own steps.

use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::classes::{ClassFigures, own_nanos};
use crate::analysis::phrasing::{join, name};
use crate::analysis::summary::Summary;
use crate::units;

/// Topic of classes of tasks.
pub(super) struct Classes;

impl Topic for Classes {
    fn headline(&self, ranking: &Ranking<'_>) -> Option<String> {
        Finding::of(ranking).map(|finding| finding.headline())
    }

    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        Finding::of(ranking).map(|finding| finding.cause(ranking))
    }

    fn uncertainty(&self, ranking: &Ranking<'_>) -> Option<String> {
        Finding::of(ranking).map(|finding| finding.uncertainty())
    }

    fn replaces_general_cause(&self, ranking: &Ranking<'_>) -> bool {
        Finding::of(ranking).is_some()
    }
}

/// Ratio of two median latencies from which they are said to differ.
const DIFFERS_FROM: f64 = 1.2;
/// Most models whose figures a sentence lists.
const MOST_LISTED: usize = 4;

/// The class whose latency differs most, and its figures.
struct Finding<'a> {
    /// Models by the median latency of the class, shortest first.
    order: Vec<(&'a Summary, &'a ClassFigures, f64)>,
    /// Duration of its steps, nanoseconds.
    own: Option<f64>,
    /// Names of the other classes.
    others: Vec<String>,
}

impl<'a> Finding<'a> {
    fn of(ranking: &Ranking<'a>) -> Option<Self> {
        let workload = &ranking.results.experiment.workload;
        let classes = workload.classes()?;
        let of_class = |class: usize| {
            let figures = |summary: &'a Summary| {
                let figures = summary.classes.get(class)?;
                Some((summary, figures, figures.latency?.p50))
            };
            let mut order: Vec<_> = ranking.order.iter().copied().filter_map(figures).collect();
            order.sort_by(|a, b| a.2.total_cmp(&b.2));
            let (least, most) = (order.first()?.2, order.last()?.2);
            let own = own_nanos(workload, class);
            // Against the best model, or with a single one against the steps themselves.
            let base = if order.len() > 1 { least } else { own? };
            let others = classes.list.iter().enumerate().filter(|(other, _)| *other != class);
            let others = others.map(|(_, other)| other.name.clone()).collect();
            Some((most / base.max(1.0), Self { order, own, others }))
        };
        let found = (0..classes.list.len()).filter_map(of_class);
        found.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, finding)| finding)
    }

    fn title(&self) -> &str {
        self.order.first().map_or("", |(_, figures, _)| &figures.name)
    }

    fn beside(&self) -> String {
        format!("beside {}", join(&self.others))
    }

    /// "Requests took 5.31 ms under ProcessPoolExecutor and 140 ms under asyncio, median latency beside Computing."
    fn headline(&self) -> String {
        let (title, beside) = (self.title(), self.beside());
        let ([first, ..], [.., last]) = (self.order.as_slice(), self.order.as_slice()) else { return String::new() };
        let took = |nanos: f64| units::duration(nanos);
        if self.order.len() == 1 {
            let above = self.own.map_or_else(String::new, |own| match first.2 - own {
                more if more > 0.0 => format!(", {} above the {} of its steps", took(more), took(own)),
                _ => format!(", no longer than the {} of its steps", took(own)),
            });
            return format!(
                "{title} took {} under {} (median latency {beside}){above}",
                took(first.2),
                name(&first.0.contender)
            );
        }
        if last.2 < DIFFERS_FROM * first.2 {
            let (least, most) = (took(first.2), took(last.2));
            return format!("{title} took {least} to {most} under every model (median latency {beside})");
        }
        format!(
            "{title} took {} under {} and {} under {} (median latency {beside})",
            took(first.2),
            name(&first.0.contender),
            took(last.2),
            name(&last.0.contender)
        )
    }

    /// Latency above the steps, queueing before the start, and how often the classes that repeat were done.
    fn cause(&self, ranking: &Ranking<'_>) -> String {
        let mut sentences = Vec::new();
        let shown = self.shown();
        if let Some(own) = self.own {
            let parts: Vec<String> = shown
                .iter()
                .map(|(summary, _, latency)| match latency - own {
                    more if more > 0.0 => format!("{} {}", name(&summary.contender), units::duration(more)),
                    _ => format!("{} nothing", name(&summary.contender)),
                })
                .collect();
            let (title, own) = (self.title(), units::duration(own));
            sentences.push(format!(
                "The steps of {title} take {own}; its median latency is longer by: {}.",
                parts.join(", ")
            ));
        }
        let queued = |(summary, figures, _): &&(&Summary, &ClassFigures, f64)| {
            Some(format!("{} {}", name(&summary.contender), units::duration(figures.queue?.p50)))
        };
        let parts: Vec<String> = shown.iter().filter_map(queued).collect();
        sentences.push(format!("Queued before the start (median): {}.", parts.join(", ")));
        let Some(classes) = ranking.results.experiment.workload.classes() else { return sentences.join(" ") };
        for (class, _) in classes.list.iter().enumerate().filter(|(_, class)| class.repeat) {
            let rate = |(summary, _, _): &&(&Summary, &ClassFigures, f64)| {
                let rate = summary.classes.get(class)?.throughput_per_s?;
                Some(format!("{} {}", name(&summary.contender), units::significant(rate, 3)))
            };
            let parts: Vec<String> = shown.iter().filter_map(rate).collect();
            sentences.push(format!("{} ran per second: {}.", classes.list[class].name, parts.join(", ")));
        }
        sentences.join(" ")
    }

    /// The models that a sentence names: all, or the two at each end.
    fn shown(&self) -> Vec<&(&'a Summary, &'a ClassFigures, f64)> {
        let all = self.order.len();
        let named = |index: &usize| all <= MOST_LISTED || *index < MOST_LISTED / 2 || *index >= all - MOST_LISTED / 2;
        (0..all).filter(named).map(|index| &self.order[index]).collect()
    }

    /// "Median latency of Requests in single trials: ProcessPoolExecutor 5.30 ms to 5.40 ms, asyncio 120 ms to 150 ms."
    fn uncertainty(&self) -> String {
        let range = |(summary, figures, _): &&(&Summary, &ClassFigures, f64)| {
            let (least, most) = figures.latency_range?;
            let (least, most) = (units::duration(least), units::duration(most));
            let range = if least == most { least } else { format!("{least} to {most}") };
            Some(format!("{} {range}", name(&summary.contender)))
        };
        let parts: Vec<String> = self.shown().iter().filter_map(range).collect();
        format!("Median latency of {} in single trials: {}.", self.title(), parts.join(", "))
    }
}
