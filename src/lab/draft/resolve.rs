//! Resolution of the interpreter of each model. Knows nothing of the draft.

use std::collections::BTreeSet;

use crate::experiment::Experiment;
use crate::model::{Contender, Host};
use crate::python::Interpreters;

/// Fills in the interpreter of each model, so that every interpreter has one column.
pub(super) fn resolve_interpreters(experiment: &mut Experiment, interpreters: &Interpreters) {
    experiment.resolve_interpreters(interpreters);
    experiment.models.iter_mut().for_each(|one| merge_with_first(one, interpreters));
    experiment.left_out.iter_mut().for_each(|excluded| merge_with_first(&mut excluded.contender, interpreters));
    merge_with_first(&mut experiment.reference, interpreters);
    let mut seen: Vec<Contender> = Vec::new();
    experiment.models.retain(|one| {
        let is_new = !seen.iter().any(|known| known.is_same(one));
        seen.push(one.clone());
        is_new
    });
}

/// Moves a model that names the first interpreter to the column of the first.
pub(super) fn merge_with_first(contender: &mut Contender, interpreters: &Interpreters) {
    if let (Host::Python(python), Some(first)) = (&mut contender.host, interpreters.usable.first()) {
        python.named &= python.tag != first.tag;
    }
}

/// Returns the tag of a named interpreter; `None` for the first one and for native models.
pub(super) fn named_tag(contender: &Contender) -> Option<&str> {
    match &contender.host {
        Host::Python(python) if python.named => Some(&python.tag),
        _ => None,
    }
}

/// Returns the tags of the interpreters that an experiment's models name.
pub(super) fn named_tags(experiment: &Experiment) -> BTreeSet<String> {
    experiment.models.iter().filter_map(named_tag).map(str::to_owned).collect()
}
