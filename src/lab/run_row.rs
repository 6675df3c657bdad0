//! A stored run as the list shows it. Draws nothing.

use crate::clock;
use crate::model::ModelId;
use crate::printable;
use crate::record::{Entry, Head, MachineFacts, RunStatus};
use crate::units::{self, plural};

/// Most characters of a note in the list.
const SHORT_NOTE: usize = 60;

/// A stored run in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its id.
    pub id: String,
    /// Name given by the user; the id of a run that can't be read.
    pub name: String,
    /// Id of its experiment.
    pub experiment_id: String,
    /// Milliseconds since the Unix epoch; `None` for a run that can't be read.
    pub started_at_ms: Option<u64>,
    /// Progress, or the reason why it can't be read.
    pub state: Result<RunStatus, String>,
    /// Measured trials.
    pub trials: u64,
    /// Number of models.
    pub models: usize,
    /// True for a run that is kept until it is deleted.
    pub pinned: bool,
    /// Note of the user's.
    pub note: Option<String>,
    /// Headline of its verdict.
    pub headline: Option<String>,
    /// True if this version of the lab has made the headline.
    pub is_headline_current: bool,
    /// Description of its machine, where that is another one.
    pub other_machine: Option<String>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Texts that are searched, in lower case.
    pub(super) searched: String,
}

impl RunRow {
    /// Returns the row of a run, seen from this machine.
    #[must_use]
    pub fn of(entry: &Entry, here: &MachineFacts) -> Self {
        match &entry.head {
            Ok(head) => Self::of_head(&entry.id, head, entry.bytes, here),
            Err(error) => {
                let problem = printable::line(&error.problem.to_string()).into_owned();
                let searched = format!("{} {problem}", entry.id).to_lowercase();
                Self {
                    id: entry.id.clone(),
                    name: entry.id.clone(),
                    experiment_id: String::new(),
                    started_at_ms: None,
                    state: Err(problem),
                    trials: 0,
                    models: 0,
                    pinned: false,
                    note: None,
                    headline: None,
                    is_headline_current: true,
                    other_machine: None,
                    bytes: entry.bytes,
                    searched,
                }
            }
        }
    }

    fn of_head(id: &str, head: &Head, bytes: u64, here: &MachineFacts) -> Self {
        let machine = head.machine.as_ref().filter(|machine| *machine != here).map(MachineFacts::describe);
        let models = head.models.iter().map(|name| {
            let title = name.split(['@', '{', '#']).next().and_then(|id| id.parse::<ModelId>().ok());
            format!("{name} {}", title.map_or("", |id| id.info().title))
        });
        let date = units::wall_clock(head.started_at_ms, 0);
        let mut texts = vec![&head.name, &head.title, &head.experiment_id, &date];
        texts.extend(head.headline.iter().chain(&machine).chain(&head.note));
        let pinned = if head.pinned { "pinned" } else { "" };
        let searched = texts.into_iter().map(String::as_str).chain([head.status.name(), pinned]);
        let searched =
            searched.chain([id]).map(str::to_owned).chain(models).collect::<Vec<_>>().join("\n").to_lowercase();
        Self {
            id: id.to_owned(),
            name: head.name.clone(),
            experiment_id: head.experiment_id.clone(),
            started_at_ms: Some(head.started_at_ms),
            state: Ok(head.status),
            trials: head.trials,
            models: head.models.len(),
            pinned: head.pinned,
            note: head.note.clone(),
            headline: head.headline.clone(),
            is_headline_current: head.headline_lab.as_deref() == Some(env!("CARGO_PKG_VERSION")),
            other_machine: machine,
            bytes,
            searched,
        }
    }

    /// Returns the time of its start: "11:40", "26 Nov, 11:40"; empty for a run that can't be read.
    #[must_use]
    pub fn when(&self) -> String {
        self.started_at_ms.map_or_else(String::new, |started| units::wall_clock(started, clock::unix_millis()))
    }

    /// Returns its name with the time, as assistive clients hear it: "Quick tour, 26 Nov, 11:40".
    #[must_use]
    pub fn label(&self) -> String {
        let when = self.when();
        if when.is_empty() { self.name.clone() } else { format!("{}, {when}", self.name) }
    }

    /// Returns true for a run that can be read and is not under way.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state.as_ref().is_ok_and(|status| *status != RunStatus::Running)
    }

    /// Returns true for a run that can be opened.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        self.state.is_ok()
    }

    /// Returns the beginning of the note, so that the finding behind it is in sight.
    fn short_note(&self) -> String {
        let short = |note: &String| format!("Note: {} · ", printable::shortened(note, SHORT_NOTE));
        self.note.as_ref().map_or_else(String::new, short)
    }

    /// Returns what became of the run and its finding.
    #[must_use]
    pub fn finding(&self, headline: Option<&str>) -> String {
        let status = match &self.state {
            Ok(status) => *status,
            Err(problem) => return format!("Can't be read: {problem}"),
        };
        let extent = match self.trials {
            0 => "no trial was measured".to_owned(),
            trials => format!("{} of {}", plural(trials, "trial"), plural(self.models as u64, "model")),
        };
        let prefix = match status {
            RunStatus::Completed => "",
            // Its trials go on changing; the page shows them.
            RunStatus::Running => return format!("{}Running", self.short_note()),
            RunStatus::Cancelled => "Cancelled: ",
            RunStatus::Failed => "Failed: ",
            RunStatus::Interrupted => "Interrupted: ",
        };
        let finding = headline.filter(|headline| !headline.is_empty() && self.trials > 0).unwrap_or(&extent);
        let machine = self.other_machine.as_ref().map_or_else(String::new, |machine| format!(" · on {machine}"));
        format!("{}{prefix}{finding}{machine}", self.short_note())
    }
}

#[cfg(test)]
impl RunRow {
    /// Makes a row of a run of this experiment that was started at this moment.
    pub(super) fn example(id: &str, experiment: &str, started_at_ms: u64, status: RunStatus) -> Self {
        let here = MachineFacts { cpu: None, arch: "x86_64".to_owned(), cpus: 2 };
        let head = Head {
            id: id.to_owned(),
            name: format!("Run {id}"),
            title: "Test".to_owned(),
            started_at_ms,
            status,
            failure: None,
            headline: Some("Async is fastest".to_owned()),
            headline_lab: Some("0.0.0".to_owned()),
            note: None,
            models: vec!["thread-pool{workers=8}".to_owned(), "async".to_owned()],
            trials: 12,
            pinned: id == "b",
            is_unmeasured: false,
            experiment_id: experiment.to_owned(),
            machine: Some(if id == "c" { MachineFacts { cpus: 64, ..here.clone() } } else { here.clone() }),
        };
        Self::of(&Entry { id: id.to_owned(), bytes: 1, head: Ok(head) }, &here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_became_of_the_run() {
        let interrupted = RunRow::example("c", "tour", 1, RunStatus::Interrupted);
        assert_eq!(interrupted.finding(Some("Async leads")), "Interrupted: Async leads · on x86_64, 64 CPUs");
        assert_eq!(RunRow::example("a", "tour", 1, RunStatus::Completed).finding(None), "12 trials of 2 models");
        let empty = RunRow { trials: 0, ..RunRow::example("a", "tour", 1, RunStatus::Cancelled) };
        assert_eq!(empty.finding(Some("No result")), "Cancelled: no trial was measured");
        let running = RunRow::example("a", "tour", 1, RunStatus::Running);
        assert_eq!(running.finding(running.headline.as_deref()), "Running");
        let broken = RunRow { state: Err("damaged: x".to_owned()), ..empty };
        assert_eq!(broken.finding(None), "Can't be read: damaged: x");
    }
}
