//! Compares an order of the models that somebody guessed with the measured one. Two models that can't be told apart have
//! no order: each is right before the other.

use super::finding::{Evidence, is_disturbed};
use super::ratio::{PairedRatio, comparable, paired_logs};
use crate::experiment::FEWEST_PAIRS;
use crate::model::Contender;
use crate::results::Results;
use crate::trial::{Measured, Trial};

/// Figure that an order is about; the smallest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderedBy {
    /// Wall time.
    WallTime,
    /// Longest standstill of the ticker beside the work.
    Standstill,
}

impl OrderedBy {
    /// Returns the figure of a trial; NaN if it has none.
    fn of(self, measured: &Measured) -> f64 {
        match self {
            Self::WallTime => measured.wall_nanos as f64,
            Self::Standstill => measured.span_summary.lateness.map_or(f64::NAN, |late| late.worst as f64),
        }
    }
}

/// A guessed order beside the measured one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JudgedOrder {
    /// Models with a figure and a correct result, in the guessed order.
    pub ranked: Vec<Contender>,
    /// The others, in the guessed order.
    pub left_out: Vec<Contender>,
    /// Pairs of models whose figures can be compared.
    pub pairs: u32,
    /// Pairs that are not the wrong way round.
    pub right: u32,
    /// Pairs that can't be told apart.
    pub level: u32,
    /// True if a pair of them has too few rounds for an interval.
    pub few_rounds: bool,
    /// True if some models can't be compared, because each host computes its own amount.
    pub hosts_apart: bool,
    /// The pair that is the most wrong.
    pub surprise: Option<Surprise>,
}

/// Two models that came the other way round.
#[derive(Debug, Clone, PartialEq)]
pub struct Surprise {
    /// Guessed to come first.
    pub guessed_first: Contender,
    /// Guessed to come later.
    pub guessed_later: Contender,
    /// Figure of the former / figure of the latter, above 1.
    pub times: f64,
}

/// The one of two models that comes first.
enum Measure {
    First,
    Level,
    Later { times: f64 },
}

/// Compares a guessed order with the measured trials.
#[must_use]
pub fn judge(results: &Results, order: &[Contender], by: OrderedBy) -> JudgedOrder {
    let is_wrong = |measured: &Measured| measured.counted.is_some_and(|counted| counted.lost() != 0);
    let has_figure = |contender: &&Contender| {
        let mut trials = results.measured(contender).filter_map(Trial::completed).peekable();
        trials.peek().is_some() && trials.all(|one| by.of(one).is_finite() && !is_wrong(one))
    };
    let (ranked, left_out): (Vec<&Contender>, Vec<&Contender>) = order.iter().partition(has_figure);
    let mut judged = JudgedOrder { left_out: left_out.into_iter().cloned().collect(), ..JudgedOrder::default() };
    for (index, first) in ranked.iter().enumerate() {
        for later in &ranked[index + 1..] {
            if !comparable(results, first, later) {
                judged.hosts_apart = true;
                continue;
            }
            let Some((measure, rounds)) = measure(results, first, later, by) else { continue };
            let is_level = matches!(measure, Measure::Level);
            judged.pairs += 1;
            judged.right += u32::from(!matches!(measure, Measure::Later { .. }));
            judged.level += u32::from(is_level);
            judged.few_rounds |= is_level && rounds < FEWEST_PAIRS;
            if let Measure::Later { times } = measure
                && judged.surprise.as_ref().is_none_or(|known| known.times < times)
            {
                let (guessed_first, guessed_later) = ((*first).clone(), (*later).clone());
                judged.surprise = Some(Surprise { guessed_first, guessed_later, times });
            }
        }
    }
    judged.ranked = ranked.into_iter().cloned().collect();
    judged
}

/// Measures two models by the rounds that both completed, and counts these; `None` without such a round.
fn measure(results: &Results, a: &Contender, b: &Contender, by: OrderedBy) -> Option<(Measure, usize)> {
    let logs = paired_logs(results, a, b, |measured| by.of(measured));
    let ratio = PairedRatio::of_logs(&logs)?;
    // Ratios on both sides of 1 are level without an interval, if there are too few for one.
    if logs.len() < FEWEST_PAIRS && ratio.range.0 <= 1.0 && ratio.range.1 >= 1.0 {
        return Some((Measure::Level, logs.len()));
    }
    let own = |contender| {
        let trials = results.measured(contender).filter_map(Trial::completed);
        trials.map(|measured| by.of(measured).ln()).filter(|log| log.is_finite()).collect()
    };
    let evidence = Evidence::new(is_disturbed(results.trials.iter()), [own(a), own(b)]);
    let measure = if ratio.is_clearly_above(evidence) {
        Measure::Later { times: ratio.median }
    } else if ratio.inverse().is_clearly_above(evidence) {
        Measure::First
    } else {
        Measure::Level
    };
    Some((measure, logs.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Synthetic, workload_alike};
    use crate::model::contenders;

    const MODELS: [&str; 4] = ["sequential", "threads", "thread-pool", "async"];

    fn measured() -> Synthetic {
        // Threads and the thread pool can't be told apart.
        let rows = [("sequential", 800.0), ("threads", 101.0), ("thread-pool", 100.0), ("async", 40.0)];
        let rows = rows.map(|(model, ms)| (model, ms, 4, 0.5));
        Synthetic::new(workload_alike(80, 0.0, 10.0), &MODELS).rounds(8, 0.05, &rows)
    }

    fn judged(synthetic: &Synthetic, order: &[&str]) -> JudgedOrder {
        let order = contenders(order.iter().copied()).expect("known models");
        judge(&synthetic.results, &order, OrderedBy::WallTime)
    }

    #[test]
    fn models_that_cannot_be_told_apart_are_right_in_either_order() {
        let run = measured();
        for order in
            [["async", "threads", "thread-pool", "sequential"], ["async", "thread-pool", "threads", "sequential"]]
        {
            let judged = judged(&run, &order);
            assert_eq!((judged.pairs, judged.right, judged.level), (6, 6, 1), "{order:?}");
            assert_eq!(judged.surprise, None);
        }
    }

    #[test]
    fn the_largest_surprise_is_named() {
        let judged = judged(&measured(), &MODELS);
        assert_eq!((judged.pairs, judged.right, judged.level), (6, 1, 1));
        let surprise = judged.surprise.expect("four pairs are the wrong way round");
        assert_eq!(surprise.guessed_first.to_string(), "sequential");
        assert_eq!(surprise.guessed_later.to_string(), "async");
        assert!((15.0..25.0).contains(&surprise.times), "{}", surprise.times);
    }

    #[test]
    fn what_has_no_result_or_a_wrong_one_is_left_out() {
        let mut run = measured();
        run.adjust("threads", |measured| measured.counted = Some(crate::trial::Counted { expected: 8, got: 7 }));
        let judged = judged(&run, &["async", "threads", "processes", "sequential"]);
        assert_eq!(judged.left_out.iter().map(ToString::to_string).collect::<Vec<_>>(), ["threads", "processes"]);
        assert_eq!((judged.ranked.len(), judged.pairs, judged.right), (2, 1, 1));
    }

    #[test]
    fn without_a_ticker_nothing_stands_still() {
        let order = contenders(MODELS).expect("known models");
        let judged = judge(&measured().results, &order, OrderedBy::Standstill);
        assert_eq!((judged.ranked.len(), judged.left_out.len(), judged.pairs), (0, 4, 0));
    }
}
