//! What a finding is that only some workloads have: lost updates, standstills, locks, memory, the server.

use super::ranking::Ranking;

/// A finding that some workloads have beside the speed, or instead of it. Each part is `None` where the run has none.
pub(super) trait Topic: Sync {
    /// The finding, in place of who is fastest.
    fn headline(&self, _ranking: &Ranking<'_>) -> Option<String> {
        None
    }

    /// Its cause, as far as it was measured.
    fn cause(&self, _ranking: &Ranking<'_>) -> Option<String> {
        None
    }

    /// How sure it is.
    fn uncertainty(&self, _ranking: &Ranking<'_>) -> Option<String> {
        None
    }

    /// True where its cause takes the place of tasks in flight and cores used.
    fn replaces_general_cause(&self, _ranking: &Ranking<'_>) -> bool {
        false
    }
}
