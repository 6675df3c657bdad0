//! Topic of memory steps: memory streamed per second, and cores that wait for memory.

use super::ranking::{ONE_CORE, Ranking};
use super::topic::Topic;
use crate::analysis::phrasing::{cores, names};
use crate::analysis::summary::Summary;
use crate::units;
use crate::workload::Step;

/// Factor by which the cores used must grow more than the rate before cores are said to have waited for memory.
const WASTED: f64 = 1.2;

/// Topic of memory streamed by `memory` steps.
pub(super) struct Memory;

impl Topic for Memory {
    fn headline(&self, ranking: &Ranking<'_>) -> Option<String> {
        headline(ranking)
    }

    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        cause(ranking)
    }
}

fn rate(summary: &Summary) -> Option<String> {
    summary.streamed_bytes_per_s.map(units::bytes_per_second)
}

/// Returns true if the workload consists of memory steps only.
fn only_streams(ranking: &Ranking<'_>) -> bool {
    let steps = ranking.results.experiment.workload.steps();
    !steps.is_empty() && steps.iter().all(|step| matches!(step, Step::Memory { .. }))
}

fn headline(ranking: &Ranking<'_>) -> Option<String> {
    if !only_streams(ranking) {
        return None;
    }
    let fastest = ranking.fastest();
    let with = |summary: &Summary| Some(format!("{} with {}", rate(summary)?, summary.contender.title()));
    if let [one] = ranking.order.as_slice() {
        return Some(format!("Memory was read at {}", with(one)?));
    }
    let (first, last) = (rate(fastest)?, rate(ranking.order.last()?)?);
    Some(match ranking.beaten() {
        None if first == last => format!("No model reads memory clearly faster than the others: all {first}"),
        None => format!("No model reads memory clearly faster than the others: {last} to {first}"),
        Some((rival, _)) if ranking.reference_leads() && ranking.leaders.len() > 1 => {
            format!(
                "{} read memory about as fast: {}; slower: {}",
                names(&ranking.leaders),
                with(fastest)?,
                with(rival)?
            )
        }
        Some((rival, _)) if ranking.reference_leads() => {
            format!(
                "Nothing reads memory faster than {}: {}, {}",
                ranking.reference?.title(),
                with(fastest)?,
                with(rival)?
            )
        }
        Some((rival, _)) if more_cores(fastest, rival) => {
            format!("More cores read more memory at once: {}, {}", with(fastest)?, with(rival)?)
        }
        Some((rival, _)) => format!("Memory was read at {}, {}", with(fastest)?, with(rival)?),
    })
}

fn more_cores(fastest: &Summary, rival: &Summary) -> bool {
    let cores = fastest.cpu_cores_used.zip(rival.cpu_cores_used);
    cores.is_some_and(|(ours, theirs)| ours > ONE_CORE && ours > theirs)
}

/// Lists the rates: "Read from memory: Threads 14 GB/s, Sequential 8.2 GB/s. Threads kept 1.9 cores busy …"
fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let parts: Vec<String> = ranking
        .order
        .iter()
        .filter_map(|summary| Some(format!("{} {}", summary.contender.title(), rate(summary)?)))
        .collect();
    if parts.is_empty() {
        return None;
    }
    let mut text = format!("Read from memory: {}.", parts.join(", "));
    text.push_str(&waiting_cores(ranking).unwrap_or_default());
    Some(text)
}

/// Reports that the rate grew less than the number of cores: cores wait for memory and count as busy.
fn waiting_cores(ranking: &Ranking<'_>) -> Option<String> {
    let alone = *ranking.order.iter().find(|summary| summary.cpu_cores_used.is_some_and(|used| used <= ONE_CORE))?;
    let busiest = *ranking
        .order
        .iter()
        .max_by(|a, b| a.cpu_cores_used.unwrap_or(0.0).total_cmp(&b.cpu_cores_used.unwrap_or(0.0)))?;
    let more = busiest.cpu_cores_used? / alone.cpu_cores_used?;
    let faster = busiest.streamed_bytes_per_s? / alone.streamed_bytes_per_s?;
    (busiest.cpu_cores_used? > ONE_CORE && more > WASTED * faster).then(|| {
        format!(
            " {} kept {} cores busy for {} times the rate of {}: a core that waits for memory counts as busy.",
            busiest.contender.title(),
            cores(busiest.cpu_cores_used.unwrap_or_default()),
            units::significant(faster, 2),
            alone.contender.title()
        )
    })
}
