//! The columns of the model matrix: Rust, the first interpreter, and further interpreters that the user or the
//! experiment names.

use std::sync::Arc;

use super::Draft;
use super::resolve::{merge_with_first, named_tag, named_tags, resolve_interpreters};
use crate::model::{Contender, Host, ModelId, Python};
use crate::python::Interpreters;

impl Draft {
    /// Takes the interpreters that were found, or the same ones in another order.
    pub fn set_interpreters(&mut self, interpreters: Arc<Interpreters>) {
        resolve_interpreters(&mut self.origin, &interpreters);
        resolve_interpreters(&mut self.experiment, &interpreters);
        let resolved = |mut one: Contender| {
            interpreters.resolve_tag(&mut one);
            merge_with_first(&mut one, &interpreters);
            one
        };
        self.forced = std::mem::take(&mut self.forced).into_iter().map(resolved).collect();
        // The former first interpreter keeps a column if its models are wanted.
        self.shown.extend(named_tags(&self.experiment));
        if let Some(first) = interpreters.usable.first() {
            self.shown.remove(&first.tag);
        }
        self.interpreters = interpreters;
        self.estimate();
    }

    /// Shows a column for an interpreter, or hides it together with its models.
    pub fn show_python(&mut self, tag: &str, shown: bool) {
        if shown {
            self.shown.insert(tag.to_owned());
        } else {
            self.shown.remove(tag);
            let named = |one: &&Contender| named_tag(one) == Some(tag);
            let hidden: Vec<Contender> = self.experiment.models.iter().filter(named).cloned().collect();
            hidden.iter().for_each(|one| self.select(one, false));
            if named_tag(&self.experiment.reference) == Some(tag)
                && let Some(first) = self.experiment.models.first()
            {
                self.experiment.reference = first.clone();
            }
        }
        self.estimate();
    }

    /// Returns true if an interpreter other than the first has a column.
    #[must_use]
    pub fn shows_python(&self, tag: &str) -> bool {
        self.shown.contains(tag)
    }

    /// Returns the hosts with a column: Rust, the first interpreter, and those that are named or were asked for.
    #[must_use]
    pub fn hosts(&self) -> Vec<Host> {
        let first = self.interpreters.usable.first().map_or_else(String::new, |first| first.tag.clone());
        let shown = self.shown.iter().map(|tag| Host::Python(Python { tag: tag.clone(), named: true }));
        [Host::Rust, Host::Python(Python { tag: first, named: false })].into_iter().chain(shown).collect()
    }

    /// Returns every model on every host that has a column, then the variants.
    pub(super) fn contenders(&self) -> Vec<Contender> {
        let on = |host: Host| {
            let python = host.is_python();
            let fits = move |model: &ModelId| model.is_python() == python;
            ModelId::all().filter(fits).map(move |model| Contender { host: host.clone(), ..Contender::of(model) })
        };
        let plain = self.hosts().into_iter().flat_map(on);
        plain.chain(self.variants().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::analysis::testing::{Synthetic, workload_alike};
    use crate::lab::Edit;
    use crate::python::testing;

    /// Two interpreters, 3.11 first; what the experiment names.
    fn draft(models: &[&str]) -> Draft {
        let experiment = (*Synthetic::new(workload_alike(4, 0.0, 1.0), models).results.experiment).clone();
        Draft::of(experiment, 2, Arc::new(testing::interpreters(&["3.11.7", "3.14.1"])))
    }

    fn columns(draft: &Draft) -> Vec<String> {
        draft.hosts().iter().map(Host::title).collect()
    }

    fn models(draft: &Draft) -> Vec<String> {
        draft.experiment().models.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_interpreter_has_one_column_whichever_is_the_first() {
        let mut draft = draft(&["threads", "py-threads@3.11", "py-threads", "py-threads@3.14"]);
        assert_eq!(columns(&draft), ["Rust", "Python 3.11", "Python 3.14"]);
        assert_eq!(models(&draft), ["threads", "py-threads", "py-threads@3.14"]);
        draft.set_interpreters(Arc::new(testing::interpreters(&["3.14.1", "3.11.7"])));
        assert_eq!(columns(&draft), ["Rust", "Python 3.14"]);
        assert_eq!(models(&draft), ["threads", "py-threads"]);
        let boxes: BTreeSet<String> = draft.cells().iter().map(|cell| cell.contender.full_name()).collect();
        assert_eq!(boxes.len(), draft.cells().len());
    }

    #[test]
    fn a_slow_model_that_was_insisted_on_stays_so_when_its_interpreter_becomes_the_first() {
        let mut draft = draft(&["threads"]);
        draft.edit(Edit::TaskMs(100_000.0));
        draft.show_python("3.14", true);
        let slow = Contender::on(ModelId::PySequential, "3.14");
        draft.edit(Edit::Select(slow, true));
        draft.set_interpreters(Arc::new(testing::interpreters(&["3.14.1", "3.11.7"])));
        let chosen: Vec<String> = draft.chosen().map(ToString::to_string).collect();
        assert!(chosen.contains(&"py-sequential".to_owned()), "{chosen:?}");
    }

    #[test]
    fn a_hidden_column_goes_with_all_that_was_chosen_in_it() {
        let mut draft = draft(&["threads", "async"]);
        let other = Contender::on(ModelId::PyThreads, "3.14");
        draft.show_python("3.14", true);
        draft.edit(Edit::Select(other.clone(), true));
        draft.edit(Edit::Reference(other));
        assert_eq!(columns(&draft).len(), 3);
        draft.show_python("3.14", false);
        assert_eq!(columns(&draft).len(), 2);
        assert_eq!(models(&draft), ["threads", "async"]);
        assert_eq!(draft.experiment().reference.to_string(), "threads");
        assert!(!draft.edited());
    }

    #[test]
    fn a_column_that_the_experiment_names_can_be_hidden_and_comes_back_with_it() {
        let mut draft = draft(&["threads", "py-threads@3.14"]);
        draft.show_python("3.14", false);
        assert_eq!((columns(&draft).len(), models(&draft)), (2, vec!["threads".to_owned()]));
        draft.revert();
        assert_eq!((columns(&draft).len(), models(&draft).len()), (3, 2));
    }
}
