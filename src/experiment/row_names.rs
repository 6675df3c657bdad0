//! Names of contenders in exports: `MODEL[@TAG][#COPY]` without settings, which have a column of their own.

use super::Experiment;
use crate::model::{Contender, ContenderSettings};

impl Experiment {
    /// Returns the name of a contender in exports. Contenders of one model that differ in their settings get different
    /// copy numbers, so that no two rows have the same name.
    #[must_use]
    pub fn row_name(&self, contender: &Contender) -> String {
        let bare = |copy| Contender { settings: ContenderSettings::NONE, label: None, copy, ..contender.clone() };
        if contender.settings.is_empty() {
            return contender.to_string();
        }
        let akin = |one: &&Contender| one.model == contender.model && one.host == contender.host;
        let (with, plain): (Vec<&Contender>, Vec<&Contender>) =
            self.models.iter().filter(akin).partition(|one| !one.settings.is_empty());
        let mut taken: Vec<u8> = plain.iter().map(|one| one.copy).collect();
        for one in with {
            let free = (1..=u8::MAX).find(|copy| !taken.contains(copy)).unwrap_or(u8::MAX);
            if one.is_same(contender) {
                return bare(free).to_string();
            }
            taken.push(free);
        }
        // Not among those that run, such as a reference that was left out.
        bare(contender.copy).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::contenders;

    #[test]
    fn no_two_rows_have_the_same_name() {
        let names = [
            "thread-pool{workers=2}",
            "thread-pool",
            "thread-pool{workers=8}",
            "rayon{workers=8}",
            "thread-pool{workers=8}",
            "thread-pool#3",
            "py-threads@3.14t{gil=on}",
        ];
        let experiment = Experiment { models: contenders(names).expect("known"), ..Experiment::default() };
        let rows: Vec<String> = experiment.models.iter().map(|one| experiment.row_name(one)).collect();
        assert_eq!(
            rows,
            [
                "thread-pool#2",
                "thread-pool",
                "thread-pool#4",
                "rayon",
                "thread-pool#5",
                "thread-pool#3",
                "py-threads@3.14t"
            ]
        );
    }
}
