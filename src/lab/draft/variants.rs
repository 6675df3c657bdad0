//! Variants: rows of the experiment besides the plain models of the matrix, with settings, a label or a copy number of
//! their own.

use super::Draft;
use crate::experiment::validate::MOST_MODELS;
use crate::model::{Contender, SettingKey, number_copies};

impl Draft {
    /// Returns the models with settings, a label or a copy number of their own, in the experiment's order.
    pub fn variants(&self) -> impl Iterator<Item = &Contender> {
        self.experiment.models.iter().filter(|one| one.is_variant())
    }

    /// Returns true if one more model may be chosen.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.experiment.models.len() < MOST_MODELS
    }

    /// Adds a copy of a chosen model behind it.
    pub(super) fn duplicate(&mut self, contender: &Contender) {
        let models = &mut self.experiment.models;
        let Some(index) = models.iter().position(|one| one == contender) else { return };
        let copy = Contender { copy: 1, label: None, ..contender.clone() };
        if let Some(copy) = unique(copy, models) {
            models.insert(index + 1, copy);
            self.experiment.models_by_default = false;
        }
    }

    /// Sets or removes a setting of a variant. A text that is not allowed changes nothing.
    pub(super) fn set(&mut self, contender: &Contender, key: SettingKey, value: Option<&str>) {
        let mut changed = contender.clone();
        match value {
            Some(text) if changed.settings.set(key, text).is_err() => return,
            Some(_) => {}
            None => changed.settings.clear(key),
        }
        self.replace(contender, changed);
    }

    /// Sets or removes the label of a variant.
    pub(super) fn set_label(&mut self, contender: &Contender, label: Option<&str>) {
        self.replace(contender, Contender { label: label.map(Into::into), ..contender.clone() });
    }

    /// Puts a changed contender into the place of another one, with the first copy number that is free.
    fn replace(&mut self, old: &Contender, changed: Contender) {
        let models = &mut self.experiment.models;
        let Some(index) = models.iter().position(|one| one == old) else { return };
        let removed = models.remove(index);
        let copy = if changed.is_like(&removed) { removed.copy } else { 1 };
        let Some(changed) = unique(Contender { copy, ..changed }, models) else {
            models.insert(index, removed);
            return;
        };
        models.insert(index, changed.clone());
        if self.experiment.reference == removed {
            self.experiment.reference = changed.clone();
        }
        if self.forced.remove(&removed) {
            self.forced.insert(changed);
        }
    }
}

/// Gives a contender a copy number that none of the others has; `None` if all are taken.
fn unique(contender: Contender, others: &[Contender]) -> Option<Contender> {
    let mut all = others.to_vec();
    all.push(contender);
    number_copies(all).ok()?.pop()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::experiment::Experiment;
    use crate::lab::command::Edit;
    use crate::model::contenders;
    use crate::python::Interpreters;

    fn draft(names: &[&str]) -> Draft {
        let models = contenders(names.iter().copied()).expect("known");
        let experiment = Experiment { models, models_by_default: false, ..Experiment::default() };
        Draft::of(experiment, 2, Arc::new(Interpreters::default()))
    }

    fn names(draft: &Draft) -> Vec<String> {
        draft.to_run().models.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_duplicate_gets_settings_and_a_label_and_is_removed_again() {
        let mut draft = draft(&["sequential", "thread-pool"]);
        let pool = draft.experiment().models[1].clone();
        draft.edit(Edit::Duplicate(pool.clone()));
        assert_eq!(names(&draft), ["sequential", "thread-pool", "thread-pool#2"]);
        let variant = |draft: &Draft| draft.variants().next().cloned().expect("a variant");
        draft.edit(Edit::Setting(variant(&draft), SettingKey::Workers, Some("8".to_owned())));
        assert_eq!(names(&draft), ["sequential", "thread-pool", "thread-pool{workers=8}"]);
        draft.edit(Edit::Setting(variant(&draft), SettingKey::Workers, Some("none".to_owned())));
        assert_eq!(names(&draft)[2], "thread-pool{workers=8}", "what is not allowed changes nothing");
        draft.edit(Edit::Reference(variant(&draft)));
        draft.edit(Edit::Label(variant(&draft), Some("wide".to_owned())));
        assert_eq!((variant(&draft).title().as_str(), draft.experiment().validate()), ("Thread pool (wide)", Ok(())));
        assert_eq!(draft.experiment().reference, variant(&draft), "the reference has the label, too");
        assert!(draft.edited());
        draft.edit(Edit::Duplicate(variant(&draft)));
        assert_eq!(names(&draft)[3], "thread-pool{workers=8}#2");
        for gone in draft.variants().cloned().collect::<Vec<_>>() {
            draft.edit(Edit::Select(gone, false));
        }
        assert_eq!(names(&draft), ["sequential", "thread-pool"]);
        assert_eq!(draft.experiment().reference, draft.experiment().models[0], "a reference that runs");
    }

    #[test]
    fn a_variant_that_can_not_run_is_left_out_with_the_reason() {
        let draft = draft(&["sequential", "threads{cpus=8000}"]);
        assert_eq!(names(&draft), ["sequential"]);
        let reason = draft.to_run().left_out.iter().find(|one| !one.contender.settings.is_empty());
        assert!(reason.is_some_and(|one| one.reason.contains("CPU")), "{:?}", draft.to_run().left_out);
    }
}
