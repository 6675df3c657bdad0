//! Lesson of a run: advice and questions from its figures, and what its tasks cost.

use crate::analysis::advisor::{self, Advice};
use crate::analysis::quiz::{self, Question};
use crate::analysis::{RunAnalysis, TaskCost, task_costs};
use crate::results::RunResults;

/// Identity of the results that a lesson is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonKey {
    /// Start of the run.
    pub(super) started_at_ms: u64,
    /// Index of the point.
    pub(super) point: usize,
    /// Number of trials of all points.
    pub(super) trials: usize,
    /// True if what the points of the sweep show together is known.
    pub(super) has_scaling: bool,
}

/// Advice and questions of one point of a run.
#[derive(Debug)]
pub struct Lesson {
    pub(super) key: LessonKey,
    /// The advice.
    pub advice: Advice,
    /// The questions.
    pub questions: Vec<Question>,
    /// Costs of a task, if the run measures them.
    pub(super) costs: Vec<TaskCost>,
}

impl Lesson {
    /// Makes the lesson of a point; takes tenths of a second for many models.
    pub(super) fn of(key: LessonKey, run: &RunResults, analyses: &RunAnalysis) -> Self {
        let point = key.point.min(run.points.len() - 1);
        let (results, analysis) = (&run.points[point], &analyses.points[point]);
        Self {
            advice: advisor::advise(results, analysis, analyses.scaling.as_ref()),
            questions: quiz::questions(results, analysis),
            costs: task_costs(results, analysis),
            key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Synthetic, workload_alike};
    use crate::session::Outcome;

    #[test]
    fn a_lesson_has_advice_questions_and_costs() {
        let rows: &[(&str, f64, u32, f64)] = &[("sequential", 5.0, 1, 1.0), ("threads", 3500.0, 4, 1.2)];
        let mut built =
            Synthetic::new(workload_alike(100_000, 0.0, 0.0), &["sequential", "threads"]).rounds(7, 0.01, rows);
        built.results.outcome = Some(Outcome::Done);
        let run = RunResults::from(built.results);
        let analyses = RunAnalysis::of(&run);
        let key = LessonKey { started_at_ms: 1, point: 0, trials: 16, has_scaling: false };
        let lesson = Lesson::of(key, &run, &analyses);
        assert!(lesson.advice.withheld.is_none() && !lesson.questions.is_empty());
        assert_eq!(lesson.costs.len(), 2);
    }
}
