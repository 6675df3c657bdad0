//! Number of tasks that each model had in flight at once.

use super::ranking::{Ranking, median};
use crate::analysis::phrasing::{names, separator};
use crate::analysis::summary::Summary;
use crate::units;

/// Largest number of groups that are all listed; of more, only the first ones and the last.
const MOST_GROUPS: usize = 4;
/// Ratio to the highest peak from which peaks are listed as one group.
const ALIKE: f64 = 0.9;

/// Models whose peaks are within [`ALIKE`] of the highest of them, and whose times are too: a difference in flight that
/// goes with a difference in time explains it, and must not be hidden in a range.
struct Group<'a> {
    least: u32,
    most: u32,
    members: Vec<&'a Summary>,
}

impl Group<'_> {
    fn takes(&self, peak: u32, summary: &Summary) -> bool {
        let near = |a: f64, b: f64| a.min(b) >= ALIKE * a.max(b);
        peak == self.least
            || f64::from(peak) >= ALIKE * f64::from(self.most)
                && self.members.iter().all(|member| near(median(member), median(summary)))
    }

    /// Formats the peaks: "80", "76 to 80".
    fn peaks(&self) -> String {
        let count = |number: u32| units::count(u64::from(number));
        if self.least == self.most {
            count(self.most)
        } else {
            format!("{} to {}", count(self.least), count(self.most))
        }
    }
}

/// Groups the models by peak in flight, highest group first; within a group the fastest first.
fn groups<'a>(ranking: &Ranking<'a>) -> Vec<Group<'a>> {
    let mut peaks: Vec<(u32, &Summary)> =
        ranking.order.iter().filter_map(|summary| Some((summary.peak_in_flight?, *summary))).collect();
    peaks.sort_by_key(|(peak, _)| std::cmp::Reverse(*peak));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (peak, summary) in peaks {
        match groups.last_mut() {
            Some(group) if group.takes(peak, summary) => {
                group.least = peak;
                group.members.push(summary);
            }
            _ => groups.push(Group { least: peak, most: peak, members: vec![summary] }),
        }
    }
    for group in &mut groups {
        group.members.sort_by(|a, b| median(a).total_cmp(&median(b)));
    }
    groups
}

/// Lists the peaks: "Tasks in flight at once: 80 (all) under Async, 5 under Thread pool, 1 under Sequential."
pub(super) fn in_flight(ranking: &Ranking<'_>) -> Option<String> {
    let tasks = ranking.results.nominal.tasks;
    let groups = groups(ranking);
    let first = groups.first().filter(|_| tasks > 1)?;
    if first.most == 1 {
        return Some(match ranking.order.as_slice() {
            [one] => format!("{} ran one task at a time.", one.contender.title()),
            _ => "Every model had one task in flight at a time.".to_owned(),
        });
    }
    let part = |group: &Group<'_>| {
        let all = if group.least == tasks { " (all)" } else { "" };
        format!("{}{all} under {}", group.peaks(), names(&group.members))
    };
    let mut parts = vec![part(first)];
    match &groups[1..] {
        [shown @ .., last] if groups.len() > MOST_GROUPS => {
            let (shown, hidden) = shown.split_at(MOST_GROUPS - 2);
            parts.extend(shown.iter().map(part));
            let count: usize = hidden.iter().map(|group| group.members.len()).sum();
            parts.push(format!("between these and the next under {count} more"));
            parts.push(part(last));
        }
        all => parts.extend(all.iter().map(part)),
    }
    let of = if groups.iter().any(|group| group.least == tasks) {
        String::new()
    } else {
        format!(", of {}", units::count(u64::from(tasks)))
    };
    let separator = separator(groups.iter().map(|group| group.members.len()));
    Some(format!("Tasks in flight at once{of}: {}.", parts.join(separator)))
}
