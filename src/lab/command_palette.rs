//! The command palette: everything that can be done, found by its name. Draws nothing.

use super::Lab;
use super::command::{Action, Command, Edit};
use super::command_table::{ACTIONS, Shortcut};
use super::dialog::Dialog;
use super::highlight;
use super::recent::named;
use super::scale::Scale;
use super::view::{Axis, LeftTab, Sort, Theme};

/// A command in the palette.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Name of the command: "Theme: Dark".
    pub label: String,
    /// Effect of the command, as a sentence.
    pub detail: String,
    /// Another name by which it is found: the id of a preset.
    pub id: String,
    /// Key combination, if there is one.
    pub shortcut: Option<Shortcut>,
    /// True if the command is available now.
    pub available: bool,
    /// The command.
    pub command: Command,
}

/// Distance of an entry from the words; the smaller the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The label is the words.
    Exact,
    /// The label begins with the words.
    Beginning,
    /// Each word begins a word of the label.
    Words,
    /// The label contains each word.
    Label,
    /// Label, id and detail contain each word.
    Detail,
    /// The label contains all letters in this order.
    Letters,
}

impl Lab {
    /// Returns the commands that fit these words, the best first and those that are not available last.
    #[must_use]
    pub fn commands(&self, words: &str) -> Vec<Entry> {
        let words = words.to_lowercase();
        let mut found: Vec<(bool, Fit, Entry)> = self
            .all_commands()
            .into_iter()
            .filter_map(|entry| Some((!entry.available, fit(&words, &entry)?, entry)))
            .collect();
        found.sort_by_key(|(unavailable, fit, _)| (*unavailable, *fit));
        found.into_iter().map(|(_, _, entry)| entry).collect()
    }

    fn all_commands(&self) -> Vec<Entry> {
        let plain = |label: String, detail: &str, command: Command| Entry {
            label,
            detail: detail.to_owned(),
            id: String::new(),
            shortcut: None,
            available: true,
            command,
        };
        // The palette is a dialog itself: these would act on it.
        let own = [Action::CloseDialog, Action::Palette, Action::NextPane];
        let actions = ACTIONS.iter().filter(|info| !own.contains(&info.action));
        let mut all: Vec<Entry> = actions
            .map(|info| Entry {
                label: info.label.to_owned(),
                detail: info.tooltip.to_owned(),
                id: String::new(),
                shortcut: info.shortcut,
                available: self.can(info.action),
                command: Command::Do(info.action),
            })
            .collect();
        for (index, (preset, _)) in self.presets.all.iter().enumerate() {
            let entry = plain(format!("Preset: {}", preset.title), &preset.summary, Command::SelectPreset(index));
            all.push(Entry { id: preset.id.clone(), ..entry });
        }
        for path in self.recent.paths() {
            let (name, folder) = named(path);
            all.push(plain(format!("Recent file: {name}"), &folder, Command::OpenFile(path.clone())));
        }
        for cell in self.draft.cells().iter().filter(|cell| !cell.contender.is_variant()) {
            let (verb, detail) = match cell.selected {
                true => ("Leave out", "Takes this model out of the experiment"),
                false => ("Select", "Runs this model, too"),
            };
            let edit = Edit::Select(cell.contender.clone(), !cell.selected);
            let name = format!("{verb} {}", cell.contender.full_name());
            let entry = plain(name, detail, Command::Edit(edit));
            all.push(Entry { available: cell.unavailable.is_none(), ..entry });
        }
        for theme in Theme::ALL {
            let detail = "Colours of the window";
            all.push(plain(format!("Theme: {}", theme.title()), detail, Command::Theme(theme)));
        }
        for scale in Scale::ALL {
            let detail = "Size of texts, controls and plots";
            all.push(plain(format!("Size: {}", scale.title()), detail, Command::Scale(scale)));
        }
        let (label, detail) = match self.view.panel_folded {
            true => ("Show panel", "Shows presets, workload and models at the left"),
            false => ("Hide panel", "Folds the left panel away"),
        };
        all.push(plain(label.to_owned(), detail, Command::Panel(self.view.panel_folded)));
        for list in LeftTab::ALL {
            let detail = "Shows this list in the left panel";
            all.push(plain(list.title().to_owned(), detail, Command::ShowList(list)));
        }
        if let Some(run) = &self.run {
            for sort in Sort::all(self.view.columns.shown(highlight::of_run(run))) {
                let detail = "Order of the rows of the comparison";
                all.push(plain(format!("Order: {}", sort.title()), detail, Command::Sort(sort)));
            }
            for axis in Axis::ALL {
                let detail = "Axis of the times in the comparison";
                all.push(plain(format!("Axis: {}", axis.title()), detail, Command::Axis(axis)));
            }
        }
        all
    }

    /// Sets the words of the open palette; the best fit is selected.
    pub(super) fn search_commands(&mut self, words: String) {
        if let Some(Dialog::Palette(palette)) = &mut self.dialog {
            palette.words = words;
            palette.selected = 0;
        }
    }

    /// Selects an entry of the open palette.
    pub(super) fn select_command(&mut self, index: usize) {
        if let Some(Dialog::Palette(palette)) = &mut self.dialog {
            palette.selected = index;
        }
    }
}

/// Returns how well an entry fits words in lower case; `None` if it does not.
fn fit(words: &str, entry: &Entry) -> Option<Fit> {
    let label = entry.label.to_lowercase();
    let searched = words.trim();
    if label == searched {
        return Some(Fit::Exact);
    }
    if label.starts_with(searched) {
        return Some(Fit::Beginning);
    }
    let mut each = searched.split_whitespace();
    let parts = || label.split(|letter: char| !letter.is_alphanumeric());
    if each.clone().all(|word| parts().any(|part| part.starts_with(word))) {
        return Some(Fit::Words);
    }
    if each.clone().all(|word| label.contains(word)) {
        return Some(Fit::Label);
    }
    let (id, detail) = (entry.id.to_lowercase(), entry.detail.to_lowercase());
    if each.all(|word| [&label, &id, &detail].iter().any(|text| text.contains(word))) {
        return Some(Fit::Detail);
    }
    let mut letters = label.chars();
    let mut wanted = searched.chars().filter(|letter| !letter.is_whitespace());
    wanted.all(|wanted| letters.any(|letter| letter == wanted)).then_some(Fit::Letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(label: &str, detail: &str) -> Entry {
        Entry {
            label: label.to_owned(),
            detail: detail.to_owned(),
            id: String::new(),
            shortcut: None,
            available: true,
            command: Command::DismissHint,
        }
    }

    #[test]
    fn the_better_an_entry_fits_the_earlier_it_comes() {
        let save = entry("Save picture…", "Saves this view as a picture: .png or .svg");
        for (words, wanted) in [
            ("", Some(Fit::Beginning)),
            ("save", Some(Fit::Beginning)),
            ("save picture…", Some(Fit::Exact)),
            ("pic sa", Some(Fit::Words)),
            ("ture", Some(Fit::Label)),
            ("svg", Some(Fit::Detail)),
            ("view save", Some(Fit::Detail)),
            ("spic", Some(Fit::Letters)),
            ("picsave", None),
            ("csv", None),
        ] {
            assert_eq!(fit(words, &save), wanted, "{words}");
        }
        assert!(Fit::Exact < Fit::Beginning && Fit::Beginning < Fit::Words && Fit::Detail < Fit::Letters);
        let preset = Entry { id: "python-cpu".to_owned(), ..entry("Preset: Python: computing", "Who gets past?") };
        assert_eq!(fit("python-cpu", &preset), Some(Fit::Detail));
    }
}
