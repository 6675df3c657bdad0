//! The presets to choose from: their groups, and those that have the words searched for. Draws nothing.

use std::sync::Arc;

use super::draft::Draft;
use crate::cpus::Cpus;
use crate::experiment::Experiment;
use crate::python::Interpreters;

/// Groups of the built-in presets. Those in none are in a group behind them; the user's come last.
const GROUPS: [(&str, &[&str]); 7] = [
    (
        "Basics",
        &[
            "quick-tour",
            "task-a-b",
            "io-bound",
            "cpu-bound",
            "cpu-fib",
            "mixed",
            "skewed",
            "tiny-tasks",
            "many-sleepers",
        ],
    ),
    ("Network and files", &["web-scraper", "file-io"]),
    ("Locks and shared state", &["lock-contention", "semaphore", "producer-consumer", "lost-update", "deadlock"]),
    ("Memory", &["memory-bandwidth", "false-sharing", "false-sharing-128"]),
    ("Event loops and pools", &["blocked-loop", "blocking-workers"]),
    ("Classes of tasks", &["gil-convoy", "threadpool-of-40", "default-executor"]),
    (
        "Python",
        &[
            "python-io",
            "python-cpu",
            "python-await",
            "python-scraper",
            "pickling",
            "free-threading",
            "shared-objects",
            "chunksize",
            "start-methods",
            "switch-interval",
            "gil-on-off",
            "sub-interpreters",
        ],
    ),
];

/// Returns the indices of the presets in each group, in the order shown; empty groups are omitted.
fn groups(ids: &[&str], built_in: usize) -> Vec<Group> {
    let shipped = 0..built_in.min(ids.len());
    let named = |id: &str| GROUPS.iter().any(|(_, members)| members.contains(&id));
    let mut all: Vec<Group> = GROUPS
        .iter()
        .map(|(name, members)| (*name, shipped.clone().filter(|index| members.contains(&ids[*index])).collect()))
        .collect();
    all.push(("Others", shipped.clone().filter(|index| !named(ids[*index])).collect()));
    all.push(("Yours", (shipped.end..ids.len()).collect()));
    all.retain(|(_, indices)| !indices.is_empty());
    all
}

/// A group of the list: its name, and the indices of its presets in the order shown.
pub type Group = (&'static str, Vec<usize>);

/// Presets to choose from: the built-in ones, then the user's.
#[derive(Debug, Clone, Default)]
pub struct Presets {
    /// Presets with their expected duration in seconds.
    pub all: Vec<(Experiment, f64)>,
    /// Number of built-in presets.
    pub built_in: usize,
    /// Words searched for.
    search: String,
    /// Groups of the presets that have them.
    listed: Vec<Group>,
    /// Texts of each preset that are searched, in lower case.
    searched: Vec<String>,
}

impl Presets {
    /// Returns the words searched for; empty for all presets.
    #[must_use]
    pub fn search(&self) -> &str {
        &self.search
    }

    /// Returns the groups of the presets that have all words searched for; empty groups are left out.
    #[must_use]
    pub fn listed(&self) -> &[Group] {
        &self.listed
    }

    pub(super) fn set(
        &mut self,
        built_in: &[Experiment],
        own: &[Experiment],
        cpus: Cpus,
        interpreters: &Arc<Interpreters>,
    ) {
        let timed = |experiment: &Experiment| {
            let seconds = Draft::of(experiment.clone(), cpus, Arc::clone(interpreters)).run_seconds();
            (experiment.clone(), seconds)
        };
        self.built_in = built_in.len();
        self.all = built_in.iter().chain(own).map(timed).collect();
        self.searched = vec![String::new(); self.all.len()];
        for (group, indices) in self.groups() {
            for index in indices {
                self.searched[index] = searched(group, &self.all[index].0);
            }
        }
        self.find();
    }

    pub(super) fn set_search(&mut self, words: String) {
        self.search = words;
        self.find();
    }

    fn groups(&self) -> Vec<Group> {
        let ids: Vec<&str> = self.all.iter().map(|(experiment, _)| experiment.id.as_str()).collect();
        groups(&ids, self.built_in)
    }

    fn find(&mut self) {
        let search = self.search.to_lowercase();
        let has_all = |index: &usize| search.split_whitespace().all(|word| self.searched[*index].contains(word));
        let mut listed = self.groups();
        for (_, indices) in &mut listed {
            indices.retain(has_all);
        }
        listed.retain(|(_, indices)| !indices.is_empty());
        self.listed = listed;
    }
}

/// Returns group, title, texts and models of a preset in lower case.
fn searched(group: &str, preset: &Experiment) -> String {
    let models = preset.models.iter().map(|contender| format!("{} {contender}", contender.title()));
    let texts = [group, &preset.id, &preset.title, &preset.summary, &preset.explanation].map(str::to_owned);
    texts.into_iter().chain(models).collect::<Vec<_>>().join("\n").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset;

    #[test]
    fn a_preset_is_found_by_its_group_its_texts_and_its_models() {
        let mut presets = Presets::default();
        presets.set(preset::built_in(), &[], 2.into(), &Arc::default());
        assert_eq!(presets.listed(), presets.groups());
        let mut finds = |words: &str| {
            presets.set_search(words.to_owned());
            let found = presets.listed().iter().flat_map(|(_, indices)| indices);
            found.map(|index| presets.all[*index].0.id.as_str()).any(|id| id == "web-scraper")
        };
        assert!(finds("Scraper") && finds("network downloads") && finds("async") && finds(" "));
        assert!(!finds("scraper deadlock"));
        assert!(finds("web-scraper"));
        let mine = Experiment { id: "mine".to_owned(), ..preset::built_in()[0].clone() };
        presets.set(preset::built_in(), &[mine], 2.into(), &Arc::default());
        assert!(presets.listed().iter().all(|(group, _)| *group != "Yours"), "the search goes on in other presets");
    }

    #[test]
    fn every_preset_is_in_one_group_and_those_of_the_lab_have_a_heading() {
        let mut ids: Vec<&str> = preset::built_in().iter().map(|preset| preset.id.as_str()).collect();
        assert!(groups(&ids, ids.len()).iter().all(|(name, _)| *name != "Others"), "the table names all that ship");
        ids.push("brand-new");
        let built_in = ids.len();
        ids.push("web-scraper-mine");
        let all = groups(&ids, built_in);
        let mut indices: Vec<usize> = all.iter().flat_map(|(_, indices)| indices.clone()).collect();
        indices.sort_unstable();
        assert_eq!(indices, (0..ids.len()).collect::<Vec<_>>());
        assert_eq!(all[all.len() - 2..], [("Others", vec![built_in - 1]), ("Yours", vec![built_in])]);
    }
}
