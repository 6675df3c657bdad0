//! Topic of classes of tasks: the class whose latency, or whose rate, differs most between the models, and by how much its
//! latency exceeds its own steps.

use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::classes::{ClassFigures, own_nanos};
use crate::analysis::phrasing::{from_to, join, names};
use crate::analysis::ratio::comparable;
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

/// Ratio of two figures from which they are said to differ.
const DIFFERS_FROM: f64 = 1.2;
/// Factor by which the rates of a class that repeats have to differ more than its latencies for the rates to be the
/// finding: a task that waits for long is one repetition among few, and a median over repetitions hides it.
const STARVES_FROM: f64 = 1.5;
/// Most models whose figures a sentence lists.
const MOST_LISTED: usize = 4;

/// One class under one model.
#[derive(Clone, Copy)]
struct Entry<'a> {
    summary: &'a Summary,
    figures: &'a ClassFigures,
    /// Median latency, nanoseconds.
    latency: f64,
}

impl Entry<'_> {
    fn model(&self) -> String {
        self.summary.contender.title()
    }

    fn rate(&self) -> f64 {
        self.figures.throughput_per_s.unwrap_or(0.0)
    }
}

/// The class that suffers, and its figures.
struct Finding<'a> {
    /// Index of the class.
    class: usize,
    /// Models by the median latency of the class, shortest first; by its rate, highest first, if that is the finding.
    order: Vec<Entry<'a>>,
    /// The same class under the models of hosts whose times can't be compared with these.
    elsewhere: Vec<Entry<'a>>,
    /// Models under which a class that repeats never ended once.
    never: Vec<&'a Summary>,
    /// True if the rate of a class that repeats is the finding.
    starves: bool,
    /// Duration of its steps, nanoseconds.
    own: Option<f64>,
    /// Names of the other classes.
    others: Vec<String>,
    /// Ratio of the worst to the best.
    severity: f64,
}

impl<'a> Finding<'a> {
    fn of(ranking: &Ranking<'a>) -> Option<Self> {
        let classes = ranking.results.experiment.workload.classes()?;
        // Models whose times can't be compared are groups of their own.
        let mut groups: Vec<Vec<&'a Summary>> = Vec::new();
        for summary in &ranking.order {
            let fits =
                |group: &&mut Vec<&Summary>| comparable(ranking.results, &group[0].contender, &summary.contender);
            match groups.iter_mut().find(fits) {
                Some(group) => group.push(summary),
                None => groups.push(vec![summary]),
            }
        }
        let all = groups.iter().flat_map(|group| (0..classes.list.len()).map(move |class| (group, class)));
        let mut found: Vec<Self> = all.filter_map(|(group, class)| Self::of_class(ranking, group, class)).collect();
        // A model with nothing to compare it with is compared with its steps, which says more of the queue than of the
        // model: a batch waits for itself everywhere, a class that repeats does not.
        // Of equal ones the first.
        let worst = (0..found.len()).rev().max_by(|a, b| {
            let (a, b) = (&found[*a], &found[*b]);
            let alone = |one: &Self| !one.compares() && classes.list[one.class].repeat;
            let by_class = alone(a).cmp(&alone(b));
            a.compares().cmp(&b.compares()).then(by_class).then(a.severity.total_cmp(&b.severity))
        });
        let mut worst = found.swap_remove(worst?);
        for other in found.into_iter().filter(|other| other.class == worst.class) {
            worst.elsewhere.extend(other.order);
            worst.never.extend(other.never);
        }
        Some(worst)
    }

    fn of_class(ranking: &Ranking<'a>, group: &[&'a Summary], class: usize) -> Option<Self> {
        let workload = &ranking.results.experiment.workload;
        let classes = workload.classes()?;
        let entry = |summary: &&'a Summary| {
            let figures = summary.classes.get(class)?;
            Some(Entry { summary, figures, latency: figures.latency?.p50 })
        };
        let mut order: Vec<Entry<'a>> = group.iter().filter_map(entry).collect();
        order.sort_by(|a, b| a.latency.total_cmp(&b.latency));
        let (first, last) = (order.first()?, order.last()?);
        let own = own_nanos(workload, class);
        // Against the best model, or with a single one against the steps themselves.
        let base = if order.len() > 1 { first.latency } else { own.unwrap_or(first.latency) };
        let by_latency = last.latency / base.max(1.0);
        let rates = || order.iter().map(Entry::rate).filter(|rate| *rate > 0.0);
        let by_rate = rates().fold(0.0, f64::max) / rates().fold(f64::INFINITY, f64::min).max(f64::MIN_POSITIVE);
        let starves = classes.list[class].repeat && order.len() > 1 && by_rate > STARVES_FROM * by_latency;
        if starves {
            order.sort_by(|a, b| b.rate().total_cmp(&a.rate()));
        }
        // In no trial: a median of 0 would not say that.
        let not_once = |summary: &&'a Summary| summary.classes.get(class).is_some_and(ClassFigures::never_ended);
        let never: Vec<&Summary> =
            group.iter().copied().filter(|summary| classes.list[class].repeat && not_once(summary)).collect();
        let others = classes.list.iter().enumerate().filter(|(other, _)| *other != class);
        let others = others.map(|(_, other)| other.name.clone()).collect();
        let severity = match starves {
            _ if !never.is_empty() => f64::INFINITY,
            true => by_rate,
            false => by_latency,
        };
        Some(Self { class, order, elsewhere: Vec::new(), never, starves, own, others, severity })
    }

    fn compares(&self) -> bool {
        self.order.len() + self.never.len() > 1
    }

    fn title(&self) -> &str {
        self.order.first().map_or("", |entry| &entry.figures.name)
    }

    /// "Requests took 5.31 ms under ProcessPoolExecutor and 140 ms under asyncio (median latency beside Computing)".
    fn headline(&self) -> String {
        let (title, beside) = (self.title(), format!("beside {}", join(&self.others)));
        let ([first, ..], [.., last]) = (self.order.as_slice(), self.order.as_slice()) else { return String::new() };
        let (best, worst) = (first.model(), last.model());
        let times = |entry: &Entry<'_>| units::significant(entry.rate(), 3);
        if !self.never.is_empty() {
            let most = self.order.iter().max_by(|a, b| a.rate().total_cmp(&b.rate())).unwrap_or(first);
            let never = names(&self.never);
            return format!(
                "{title} ended {} times a second under {} and not once under {never} ({beside})",
                times(most),
                most.model()
            );
        }
        if self.starves {
            let longest = last.figures.latency.map_or_else(String::new, |latency| {
                format!(", where the longest took {}", units::duration(latency.max))
            });
            let (often, seldom) = (times(first), times(last));
            return format!(
                "{title} ran {often} times a second under {best} and {seldom} times under {worst}{longest} ({beside})"
            );
        }
        let took = units::duration;
        if self.order.len() == 1 {
            let above = self.own.map_or_else(String::new, |own| match first.latency - own {
                more if more > 0.0 => format!(", {} above the {} of its steps", took(more), took(own)),
                _ => format!(", no longer than the {} of its steps", took(own)),
            });
            let also = self.also();
            return format!("{title} took {} under {best} (median latency {beside}){above}{also}", took(first.latency));
        }
        let (least, most) = (took(first.latency), took(last.latency));
        if last.latency < DIFFERS_FROM * first.latency {
            let every =
                if self.elsewhere.is_empty() { "every model".to_owned() } else { format!("{best} and {worst}") };
            let took = from_to(least, &most);
            return format!("{title} took {took} under {every} (median latency {beside}){}", self.also());
        }
        format!("{title} took {least} under {best} and {most} under {worst} (median latency {beside}){}", self.also())
    }

    /// Names the other models under which the class takes clearly longer than its steps, on any host: "; also 95.0 ms under
    /// threading 3.13t".
    fn also(&self) -> String {
        let Some(own) = self.own else { return String::new() };
        let between = self.order.len().saturating_sub(1);
        let between = self.order.iter().take(between).skip(1);
        let suffers = |entry: &&Entry<'_>| entry.latency >= DIFFERS_FROM * own;
        let others: Vec<&Entry<'_>> = between.chain(&self.elsewhere).filter(suffers).collect();
        if others.len() > MOST_LISTED / 2 {
            let count = units::count(others.len() as u64);
            return format!("; also clearly longer than the steps under {count} other models");
        }
        let parts: Vec<String> =
            others.iter().map(|one| format!("{} under {}", units::duration(one.latency), one.model())).collect();
        if parts.is_empty() { String::new() } else { format!("; also {}", join(&parts)) }
    }

    /// Latency above the steps, queueing before the start, and the rates of the classes that repeat.
    fn cause(&self, ranking: &Ranking<'_>) -> String {
        let mut sentences = Vec::new();
        let shown = self.shown();
        let of = if shown.len() < self.order.len() + self.elsewhere.len() {
            " (the first two and the last two models)"
        } else {
            ""
        };
        let list = |figure: &dyn Fn(&Entry<'_>) -> Option<String>| -> String {
            let parts = shown.iter().filter_map(|entry| Some(format!("{} {}", entry.model(), figure(entry)?)));
            parts.collect::<Vec<_>>().join(", ")
        };
        if let Some(own) = self.own {
            let above = |entry: &Entry<'_>| {
                let more = entry.latency - own;
                Some(if more > 0.0 { units::duration(more) } else { "nothing".to_owned() })
            };
            let (title, own) = (self.title(), units::duration(own));
            sentences.push(format!(
                "The steps of {title} take {own}; the median latency is longer by{of}: {}.",
                list(&above)
            ));
        }
        let queued = |entry: &Entry<'_>| Some(units::duration(entry.figures.queue?.p50));
        sentences.push(format!("Queued before the start (median): {}.", list(&queued)));
        let Some(classes) = ranking.results.experiment.workload.classes() else { return sentences.join(" ") };
        for (class, one) in classes.list.iter().enumerate().filter(|(_, class)| class.repeat) {
            let rate =
                |entry: &Entry<'_>| Some(units::significant(entry.summary.classes.get(class)?.throughput_per_s?, 3));
            sentences.push(format!("{} ran per second: {}.", one.name, list(&rate)));
        }
        sentences.join(" ")
    }

    /// The models that a sentence names: all, or the two at each end.
    fn shown(&self) -> Vec<Entry<'a>> {
        let mut rows: Vec<Entry<'a>> = self.order.iter().chain(&self.elsewhere).copied().collect();
        if !self.elsewhere.is_empty() {
            match self.starves {
                true => rows.sort_by(|a, b| b.rate().total_cmp(&a.rate())),
                false => rows.sort_by(|a, b| a.latency.total_cmp(&b.latency)),
            }
        }
        let all = rows.len();
        let named = |index: &usize| all <= MOST_LISTED || *index < MOST_LISTED / 2 || *index >= all - MOST_LISTED / 2;
        (0..all).filter(named).map(|index| rows[index]).collect()
    }

    /// "Median latency of Requests in single trials: ProcessPoolExecutor 5.30 ms to 5.40 ms, asyncio 120 ms to 150 ms."
    fn uncertainty(&self) -> String {
        let range = |entry: &Entry<'_>| {
            let (least, most) = entry.figures.latency_range?;
            let (least, most) = (units::duration(least), units::duration(most));
            let range = if least == most { least } else { format!("{least} to {most}") };
            Some(format!("{} {range}", entry.model()))
        };
        let parts: Vec<String> = self.shown().iter().filter_map(range).collect();
        format!("Median latency of {} in single trials: {}.", self.title(), parts.join(", "))
    }
}
