//! Rounds of a running session: which are done, and how far the current one is.

use super::forecast::{cells, is_given_up};
use super::run::{Activity, Run};
use crate::units;

/// Progress of a session's rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounds {
    /// Warm-up rounds.
    pub warmups: u32,
    /// Measured rounds; `None` until their number is fixed.
    pub measured: Option<u32>,
    /// The current round; 0 and below are warm-ups.
    pub current: i32,
    /// Finished trials of the current round.
    pub done: u32,
    /// All trials of the current round.
    pub trials: u32,
}

/// One square: a round, or several where there is no room for each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Square {
    /// True for a warm-up round.
    pub warmup: bool,
    /// Finished share, 0 to 1.
    pub done: f32,
}

impl Rounds {
    /// Returns the rounds of a run; `None` while no trial runs.
    #[must_use]
    pub fn of(run: &Run) -> Option<Self> {
        let Some(Activity::Trial { round, .. }) = &run.doing else { return None };
        let all = &run.all;
        let in_round = all.points.iter().flat_map(|results| &results.trials).filter(|trial| trial.round == *round);
        let done = in_round.count() as u32;
        let trials = cells(all).filter(|(results, contender)| !is_given_up(results, contender)).count() as u32;
        let (warmups, measured) = (all.experiment.trials.warmups, all.first().rounds);
        Some(Self { warmups, measured, current: *round, done, trials: trials.max(done) })
    }

    /// Returns the squares, at most this many and one for each warm-up.
    #[must_use]
    pub fn squares(&self, most: usize) -> Vec<Square> {
        let share = self.done as f32 / self.trials.max(1) as f32;
        let done = |round: i32| match round.cmp(&self.current) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => share,
            std::cmp::Ordering::Greater => 0.0,
        };
        let warmups =
            (0..self.warmups).map(|index| Square { warmup: true, done: done(index as i32 + 1 - self.warmups as i32) });
        let rounds: Vec<i32> = (1..=self.measured.unwrap_or(0) as i32).collect();
        let each = rounds.len().div_ceil(most.max(1)).max(1);
        let measured = rounds.chunks(each).map(|rounds| {
            let sum: f32 = rounds.iter().map(|round| done(*round)).sum();
            Square { warmup: false, done: sum / rounds.len() as f32 }
        });
        warmups.chain(measured).collect()
    }

    /// Describes them: "Round 2 of 9: 3 of 8 trials done".
    #[must_use]
    pub fn sentence(&self) -> String {
        let count = |number: u32| units::count(u64::from(number));
        let trials = units::plural(u64::from(self.trials), "trial");
        let done = format!("{} of {trials} done", count(self.done));
        match (self.current, self.measured) {
            (..=0, measured) => {
                let which = match self.warmups {
                    ..=1 => "Warm-up round".to_owned(),
                    all => format!("Warm-up round {} of {all}", self.current + all as i32),
                };
                let then = match measured {
                    Some(rounds) => format!("then {}", units::plural(u64::from(rounds), "measured round")),
                    None => "the number of measured rounds follows from it".to_owned(),
                };
                format!("{which}: {done}; {then}")
            }
            (round, Some(rounds)) => format!("Round {round} of {}: {done}", count(rounds)),
            (round, None) => format!("Round {round}: {done}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Rounds = Rounds { warmups: 1, measured: Some(4), current: 2, done: 2, trials: 8 };

    #[test]
    fn a_square_is_a_round_and_the_current_one_is_partly_filled() {
        let shares: Vec<f32> = SECOND.squares(50).iter().map(|square| square.done).collect();
        assert_eq!(shares, [1.0, 1.0, 0.25, 0.0, 0.0]);
        assert_eq!(SECOND.squares(50).iter().filter(|square| square.warmup).count(), 1);
        assert_eq!(SECOND.sentence(), "Round 2 of 4: 2 of 8 trials done");
    }

    #[test]
    fn without_room_a_square_stands_for_several_rounds() {
        let many = Rounds { measured: Some(100), current: 16, ..SECOND };
        let squares = many.squares(10);
        assert_eq!(squares.len(), 11);
        assert_eq!((squares[1].done, squares[3].done), (1.0, 0.0));
        assert!((squares[2].done - 0.525).abs() < 1e-6, "{squares:?}");
    }

    #[test]
    fn a_warm_up_says_what_follows() {
        let first = Rounds { measured: None, current: 0, ..SECOND };
        let wanted = "Warm-up round: 2 of 8 trials done; the number of measured rounds follows from it";
        assert_eq!(first.sentence(), wanted);
        assert_eq!(first.squares(50).len(), 1);
        let two = Rounds { warmups: 2, current: -1, ..SECOND };
        assert_eq!(two.sentence(), "Warm-up round 1 of 2: 2 of 8 trials done; then 4 measured rounds");
    }
}
