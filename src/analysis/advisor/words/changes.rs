//! Sentences on what would change the answer.

use super::{ideal_of, times, verb};
use crate::analysis::advisor::finding::Change;
use crate::analysis::phrasing::{cores, join};
use crate::units::{self, bytes, duration};

impl Change {
    /// Returns the change in one sentence, or two.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::MoreWorkers { contender, now, then, fastest } => {
                let ideal = format!(
                    "More workers: with {} instead of {}, {} falls from {} to {} (calculated)",
                    units::count(then.0.into()),
                    units::count(now.0.into()),
                    ideal_of(contender),
                    duration(now.1),
                    duration(then.1)
                );
                match fastest {
                    None => format!("{ideal}."),
                    Some((fastest, nanos)) => format!("{ideal}; {} took {}.", fastest.title(), duration(*nanos)),
                }
            }
            Self::FreeThreaded { contender, now_nanos, then_nanos, cpus, installed } => {
                let here = match installed {
                    Some(tag) => format!(" Python {tag} is such a build and was found on this machine: measure it."),
                    None => String::new(),
                };
                format!(
                    "A free-threaded build of Python: without the GIL {} could compute on {} cores, and {} would be {} \
                     instead of {} (calculated at the speed of {}).{here}",
                    contender.title(),
                    units::count((*cpus).into()),
                    ideal_of(contender),
                    duration(*then_nanos),
                    duration(*now_nanos),
                    contender.host.title()
                )
            }
            Self::ThreadLimit { contender, limit, in_flight } => format!(
                "More tasks than threads are allowed: {} {} a thread for each task in flight, {} here, and this system \
                 allows at most {} threads at once.",
                contender.title(),
                verb(contender, "needs", "need"),
                units::count((*in_flight).into()),
                units::count(*limit)
            ),
            Self::LessMemory { instead, fastest, is_bound, times: ratio } => {
                let bound = if *is_bound { " (counted right after the clock)" } else { "" };
                let price = match ratio {
                    Some(ratio) => format!("took {} times as long", times(ratio.median)),
                    None => "can't be told apart in time".to_owned(),
                };
                format!(
                    "Memory: {} needed at most {}, {} at least {}{bound}; {} {price}.",
                    instead.0.title(),
                    bytes(instead.1),
                    fastest.0.title(),
                    bytes(fastest.1),
                    instead.0.title()
                )
            }
            Self::LongerTasks { contender, other, nanos } => format!(
                "Longer tasks: {} costs {} more per task than {}. A task has to compute for longer than about that \
                 before a second core can repay it (calculated).",
                other.title(),
                duration(*nanos),
                contender.title()
            ),
            Self::ColdStart { instead, fastest } => format!(
                "A cold start: with setup {} took {} and {} {}.",
                instead.0.title(),
                duration(instead.1),
                fastest.0.title(),
                duration(fastest.1)
            ),
            Self::OneCore { contender, ideal_nanos, cores: used } => format!(
                "A single usable core: {} used {} cores here. On one core {} is {} (calculated), as long as one task \
                 after the other.",
                contender.title(),
                cores(*used),
                ideal_of(contender),
                duration(*ideal_nanos)
            ),
            Self::LockFloor { locked_nanos, fastest } => format!(
                "Shorter sections under the lock, or more locks: the sections need at least {} (calculated), and no model \
                 or number of workers can be faster than that. {} took {}.",
                duration(*locked_nanos),
                fastest.0.title(),
                duration(fastest.1)
            ),
            Self::LockOrder => {
                "The order of the locks: if every task takes them in the same order, these tasks can't deadlock."
                    .to_owned()
            }
            Self::Protection { contenders } => {
                let names: Vec<String> = contenders.iter().map(|one| one.title()).collect();
                format!(
                    "Protection of the counter: with a mutex, an atomic, or a counter for each worker, {} would lose no \
                     update. Measure it so, since protection costs time.",
                    join(&names)
                )
            }
            Self::Untried { model, ideal_nanos, fastest } => format!(
                "A model that was not measured: the ideal of {} is {} (calculated); {} took {}.",
                model.info().title,
                duration(*ideal_nanos),
                fastest.0.title(),
                duration(fastest.1)
            ),
            Self::Responsive { instead, fastest } => format!(
                "Something that has to stay responsive: beside {} the timer stood still for {} or more in every trial, \
                 beside {} never for longer than {}.",
                fastest.0.title(),
                duration(fastest.1),
                instead.0.title(),
                duration(instead.1)
            ),
            Self::MemoryBound { cores_ratio, rate_ratio } => format!(
                "Fewer bytes per task: {} times the cores read {} times as fast. A core that waits for memory counts as \
                 busy.",
                units::significant(*cores_ratio, 2),
                units::significant(*rate_ratio, 2)
            ),
            Self::Crossover { key, below, above } => format!(
                "Another value of {}: {} {} clearly faster than {} at {}, and slower at {}.",
                key.title(),
                below.0.title(),
                verb(&below.0, "is", "are"),
                above.0.title(),
                values(&below.1),
                values(&above.1)
            ),
            Self::Knee { contender, key, value, largest, detectable_share } => format!(
                "More than {}: nothing measurable is gained by {} up to {} (a gain of {} or more would have been \
                 detected).",
                key.value_words(value),
                contender.title(),
                largest,
                units::percent(detectable_share * 100.0)
            ),
        }
    }
}

/// "10", "10 to 100".
fn values([first, last]: &[String; 2]) -> String {
    if first == last { first.clone() } else { format!("{first} to {last}") }
}
