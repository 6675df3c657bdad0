//! Interface of a topic: a finding that only some workloads have, such as lost updates, standstills, locks or memory.

use super::ranking::Ranking;

/// A finding that some workloads have beside the speed, or instead of it. Each part is `None` if the run has none.
pub(super) trait Topic: Sync {
    /// Returns the finding, in place of the fastest model.
    fn headline(&self, _ranking: &Ranking<'_>) -> Option<String> {
        None
    }

    /// Returns the cause of the finding, as far as it was measured.
    fn cause(&self, _ranking: &Ranking<'_>) -> Option<String> {
        None
    }

    /// Returns the uncertainty of the finding.
    fn uncertainty(&self, _ranking: &Ranking<'_>) -> Option<String> {
        None
    }

    /// Returns true if its cause replaces the general one: tasks in flight and cores used.
    fn replaces_general_cause(&self, _ranking: &Ranking<'_>) -> bool {
        false
    }
}
