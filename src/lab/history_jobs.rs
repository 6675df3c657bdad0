//! Reading and changing the stored runs on threads of their own. One thread lives as long as the window: it lists the
//! runs, watches their folder while the list is shown, and derives headlines while nothing is being measured.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use super::history::{HistoryReport, Keeping, Order};
use super::jobs::{Jobs, NoThread, Report};
use super::run_row::RunRow;
use super::services::ThisMachine;
use crate::analysis::RunAnalysis;
use crate::record::{DeletedRun, Listing, MachineFacts, Store};

/// Time between two looks at the folder while the list is shown.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

impl Jobs {
    /// Starts the thread that reads the history. It ends when the returned sender is dropped.
    pub(super) fn follow_history(&self, history: Store, machine: ThisMachine) -> Result<Sender<Order>, NoThread> {
        let (send, orders) = unbounded();
        let (reports, wake) = self.reporter();
        let report = move |report: HistoryReport| {
            // The channel is closed with the window.
            let _ = reports.send(Report::History(report));
            wake();
        };
        std::thread::Builder::new()
            .name("lab-history".to_owned())
            .spawn(move || Reader::new(history, MachineFacts::of(&machine())).follow(&orders, &report))?;
        Ok(send)
    }

    /// Reads a run and analyses it.
    pub(super) fn open_run(&self, request: u64, history: Store, id: String) -> Result<(), NoThread> {
        self.spawn("lab-open-run", move || {
            Report::RunOpened(request, history.open(&id).map(|run| Box::new(run.into())))
        })
    }

    pub(super) fn rename_run(&self, history: Store, id: String, name: String) -> Result<(), NoThread> {
        self.spawn("lab-rename-run", move || {
            let renamed = history.rename(&id, &name);
            Report::History(HistoryReport::Renamed(id, name, renamed))
        })
    }

    pub(super) fn note_run(&self, history: Store, id: String, note: String) -> Result<(), NoThread> {
        self.spawn("lab-note-run", move || {
            let noted = history.set_note(&id, &note);
            let kept = noted.map(|()| keeping(&history, &id));
            Report::History(HistoryReport::Noted(id, kept))
        })
    }

    pub(super) fn pin_run(&self, history: Store, id: String, pinned: bool) -> Result<(), NoThread> {
        self.spawn("lab-pin-run", move || {
            let pinned = history.pin(&id, pinned).map(|()| keeping(&history, &id));
            Report::History(HistoryReport::Pinned(pinned))
        })
    }

    pub(super) fn delete_run(&self, history: Store, id: String, name: String) -> Result<(), NoThread> {
        self.spawn("lab-delete-run", move || Report::History(HistoryReport::Deleted(name, history.delete_for_now(&id))))
    }

    pub(super) fn restore_run(&self, id: String, deleted: Arc<Mutex<DeletedRun>>) -> Result<(), NoThread> {
        self.spawn("lab-restore-run", move || {
            let restored = deleted.lock().unwrap_or_else(PoisonError::into_inner).restore();
            Report::History(HistoryReport::Restored(id, restored))
        })
    }
}

/// Looks at a run that was changed, before the next list does.
fn keeping(history: &Store, id: &str) -> Keeping {
    if history.goes_with_next_list(id) { Keeping::Goes } else { Keeping::Stays }
}

/// State of the thread.
struct Reader {
    history: Store,
    here: MachineFacts,
    listing: Listing,
    /// Rows that were last reported.
    reported: Vec<Arc<RunRow>>,
    watching: bool,
    measuring: bool,
    /// Runs whose headline is to be derived.
    headlines: VecDeque<String>,
}

impl Reader {
    fn new(history: Store, here: MachineFacts) -> Self {
        let (listing, reported, headlines) = (Listing::default(), Vec::new(), VecDeque::new());
        Self { history, here, listing, reported, watching: false, measuring: false, headlines }
    }

    fn follow(mut self, orders: &Receiver<Order>, report: &impl Fn(HistoryReport)) {
        loop {
            // Headlines wait for everything else, and for the end of a run: deriving them takes CPU time.
            let derives = !self.measuring && !self.headlines.is_empty();
            let order = if derives {
                orders.recv_timeout(Duration::ZERO)
            } else if self.watching {
                orders.recv_timeout(WATCH_INTERVAL)
            } else {
                orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match order {
                Ok(Order::List) => self.list(report, true),
                Ok(Order::Watch(watching)) => {
                    self.watching = watching;
                    self.list_if_outdated(report);
                }
                Ok(Order::Measuring(measuring)) => self.measuring = measuring,
                Ok(Order::Headline(id)) => self.headlines.push_back(id),
                Err(RecvTimeoutError::Timeout) if derives => {
                    if let Some(id) = self.headlines.pop_front() {
                        let headline = derive(&self.history, &id);
                        report(HistoryReport::Headline(id, headline));
                    }
                }
                // Nobody has asked: a changed list would be drawn into a trial.
                Err(RecvTimeoutError::Timeout) if self.measuring => {}
                Err(RecvTimeoutError::Timeout) => self.list_if_outdated(report),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn list_if_outdated(&mut self, report: &impl Fn(HistoryReport)) {
        if self.watching && self.listing.is_outdated(&self.history) {
            self.list(report, false);
        }
    }

    /// Lists the runs. Where nobody has asked, only a list that differs is reported: each report draws the window.
    fn list(&mut self, report: &impl Fn(HistoryReport), asked: bool) {
        let rows = |entry: &Arc<_>| Arc::new(RunRow::of(entry, &self.here));
        let listed = self.listing.update(&self.history);
        let listed = listed.map(|entries| entries.iter().map(rows).collect::<Vec<_>>());
        if let Ok(rows) = &listed {
            let is_known = *rows == self.reported;
            self.reported.clone_from(rows);
            if is_known && !asked {
                return;
            }
        }
        report(HistoryReport::Listed(listed));
    }
}

/// Derives the headline of a run from its trials, and stores it beside them for the next time.
fn derive(history: &Store, id: &str) -> Option<String> {
    let run = history.open(id).ok()?;
    let headline = RunAnalysis::of(&run.results).headline().to_owned();
    drop(run);
    if headline.is_empty() {
        return None;
    }
    // Where it can't be stored, it is derived again in the next session.
    let _ = history.set_headline(id, &headline);
    Some(headline)
}
