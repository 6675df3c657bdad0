//! The parts of the window's state that are stored as its settings, each under its key. Knows no file.

use std::path::{Path, PathBuf};

use eframe::Storage;

use crate::code;
use crate::experiment::{Experiment, file};
use crate::export::CsvDialect;
use crate::lab::recent::RecentFiles;
use crate::lab::scale::Scale;
use crate::lab::table_columns::TableColumns;
use crate::lab::view::{LeftTab, Tab, Theme};
use crate::lab::{Action, Command, Lab};

const THEME: &str = "theme";
const EXPERIMENT: &str = "experiment";
const FOLDER: &str = "folder of the experiment";
const FOLD: &str = "panel folded";
const LEFT_TAB: &str = "left panel tab";
const LIST_SHARE: &str = "list's share of the left panel";
const TAB: &str = "view";
const SCALE: &str = "size in percent";
const HINT: &str = "hint seen";
/// Ids of the columns of the comparison.
const COLUMNS: &str = "columns";
/// JSON list of tags.
const PYTHONS: &str = "columns of interpreters";
const DIALECT: &str = "csv dialect";
/// JSON list of paths.
const RECENT: &str = "recent files";
/// JSON list of paths.
const CONFIRMED: &str = "confirmed interpreters";

/// Returns the interpreters near the current folder that the user has confirmed.
pub(super) fn confirmed_interpreters(storage: &dyn Storage) -> Vec<PathBuf> {
    let list = storage.get_string(CONFIRMED);
    list.and_then(|list| serde_json::from_str(&list).ok()).unwrap_or_default()
}

/// Forgets the interpreters that were confirmed.
pub(super) fn forget_confirmed_interpreters(storage: &mut dyn Storage) {
    storage.remove_string(CONFIRMED);
}

/// Returns the experiment of the last session.
pub(super) fn experiment(storage: &dyn Storage) -> Option<Experiment> {
    // Relative paths start where they did then.
    let folder = storage.get_string(FOLDER).unwrap_or_else(|| ".".to_owned());
    file::parse(&storage.get_string(EXPERIMENT)?, "last experiment", Path::new(&folder)).ok()
}

/// Brings back the views of the last session.
pub(super) fn restore(lab: &mut Lab, storage: &dyn Storage) {
    let stored = |key: &str| storage.get_string(key);
    lab.view.theme = stored(THEME).and_then(|title| Theme::named(&title)).unwrap_or_default();
    let share = stored(LIST_SHARE).and_then(|share| share.parse().ok());
    lab.apply(Command::ListShare(share));
    lab.view.panel_folded = stored(FOLD).is_some_and(|folded| folded == "true");
    lab.view.csv_dialect = stored(DIALECT).and_then(|name| CsvDialect::named(&name)).unwrap_or_default();
    lab.view.columns = stored(COLUMNS).map(|ids| TableColumns::stored(&ids)).unwrap_or_default();
    let pythons = stored(PYTHONS).and_then(|tags| serde_json::from_str(&tags).ok());
    lab.view.python_columns = pythons.unwrap_or_default();
    lab.recent = stored(RECENT).map(|list| RecentFiles::stored(&list)).unwrap_or_default();
    let tab = stored(LEFT_TAB);
    let tab = LeftTab::ALL.into_iter().find(|one| tab.as_deref() == Some(one.title()));
    lab.apply(Command::LeftTab(tab.unwrap_or_default()));
    let view = stored(TAB);
    let view = Tab::ALL.into_iter().find(|tab| view.as_deref() == Some(Action::Tab(*tab).info().label));
    lab.view.tab = view.unwrap_or_default();
    lab.view.scale = stored(SCALE).and_then(|percent| Scale::stored(&percent)).unwrap_or_default();
    // Without a storage there is no hint: it would come back each time.
    lab.view.hint = stored(HINT).is_none();
}

/// Stores the draft and the views.
pub(super) fn store(lab: &Lab, storage: &mut dyn Storage) {
    storage.set_string(THEME, lab.view.theme.title().to_owned());
    storage.set_string(LEFT_TAB, lab.view.left_tab.title().to_owned());
    let share = lab.view.list_share.map_or_else(String::new, |share| share.to_string());
    storage.set_string(LIST_SHARE, share);
    storage.set_string(TAB, Action::Tab(lab.tab_to_keep()).info().label.to_owned());
    storage.set_string(FOLD, lab.view.panel_folded.to_string());
    storage.set_string(SCALE, lab.view.scale.percent().to_string());
    if !lab.view.hint {
        storage.set_string(HINT, "true".to_owned());
    }
    storage.set_string(COLUMNS, lab.view.columns.to_stored());
    let pythons = serde_json::to_string(&lab.kept_python_columns());
    storage.set_string(PYTHONS, pythons.unwrap_or_default());
    storage.set_string(DIALECT, lab.view.csv_dialect.name().to_owned());
    storage.set_string(RECENT, lab.recent.to_stored());
    // A path that is not UTF-8 can't be stored as JSON; it is asked about again.
    let confirmed = lab.confirmed_interpreters().iter().filter_map(|path| path.to_str());
    let confirmed = serde_json::to_string(&confirmed.collect::<Vec<_>>());
    storage.set_string(CONFIRMED, confirmed.unwrap_or_default());
    let folder = code::folder_of(lab.draft.experiment());
    storage.set_string(FOLDER, folder.to_str().unwrap_or(".").to_owned());
    storage.set_string(EXPERIMENT, file::to_toml_with_comments(lab.draft.experiment(), None));
}
