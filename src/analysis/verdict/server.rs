//! Topic of the HTTP server: its share of one core.

use super::ranking::Ranking;
use super::topic::Topic;
use crate::analysis::caveat::SERVER_PERCENT;
use crate::analysis::phrasing::names;
use crate::analysis::summary::Summary;
use crate::units;

/// Share of its core up to which the server can't have slowed its clients down, percent.
const IDLE_SERVER_PERCENT: f64 = 50.0;

/// Topic of the HTTP server's load.
pub(super) struct Server;

impl Topic for Server {
    fn cause(&self, ranking: &Ranking<'_>) -> Option<String> {
        cause(ranking)
    }
}

/// Reports the load: "The server used at most 12 % of its one core, so its computing was not the bottleneck."
fn cause(ranking: &Ranking<'_>) -> Option<String> {
    let known: Vec<(&Summary, f64)> =
        ranking.order.iter().filter_map(|summary| Some((*summary, summary.server_share? * 100.0))).collect();
    let most = known.iter().map(|(_, percent)| *percent).reduce(f64::max)?;
    let busy: Vec<&Summary> =
        known.iter().filter(|(_, percent)| *percent > SERVER_PERCENT).map(|(summary, _)| *summary).collect();
    let percent = units::percent(most);
    let upto = if known.len() > 1 { "at most " } else { "" };
    Some(if !busy.is_empty() {
        let upto = if busy.len() > 1 { "up to " } else { "" };
        format!(
            "The server used {upto}{percent} of its one core under {}: it may be the bottleneck there.",
            names(&busy)
        )
    } else if most <= IDLE_SERVER_PERCENT && known.len() == ranking.order.len() {
        format!("The server used {upto}{percent} of its one core, so its computing was not the bottleneck.")
    } else {
        format!("The server used {upto}{percent} of its one core.")
    })
}
