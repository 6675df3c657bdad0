//! Questions that a file asks about its lesson. Questions about a run's own figures are in `analysis/quiz`.

use serde::Serialize;

/// Most questions of a file.
pub const MOST_QUESTIONS: usize = 10;
/// Fewest choices of a question.
pub const FEWEST_CHOICES: u32 = 2;
/// Most choices of a question.
pub const MOST_CHOICES: u32 = 5;

/// A question with its choices, the right one, and the explanation of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuizEntry {
    /// The question.
    pub question: String,
    /// The choices, in the order shown.
    pub choices: Vec<String>,
    /// The right choice, as it is among the choices.
    pub answer: String,
    /// Reason why that is the answer.
    pub because: String,
}

/// A rule of quizzes that was broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuizProblem {
    /// There are too many questions.
    #[error("{0} questions: at most {MOST_QUESTIONS} are allowed")]
    TooManyQuestions(usize),
    /// There are too few or too many choices.
    #[error("choices: a question needs {FEWEST_CHOICES} to {MOST_CHOICES} of them, not {0}")]
    Choices(usize),
    /// A choice is there twice.
    #[error("choices: the choices of a question must differ")]
    Twice,
    /// The answer is none of the choices.
    #[error("answer: it must be one of the choices, letter for letter")]
    NoChoice,
}

impl QuizEntry {
    /// Returns the index of the right choice; `None` if the answer is none of them.
    #[must_use]
    pub fn right(&self) -> Option<usize> {
        self.choices.iter().position(|choice| *choice == self.answer)
    }

    /// Checks the rules of one question.
    ///
    /// # Errors
    /// The first that is broken.
    pub fn check(&self) -> Result<(), QuizProblem> {
        let count = self.choices.len();
        if !(FEWEST_CHOICES as usize..=MOST_CHOICES as usize).contains(&count) {
            return Err(QuizProblem::Choices(count));
        }
        if self.choices.iter().enumerate().any(|(index, choice)| self.choices[..index].contains(choice)) {
            return Err(QuizProblem::Twice);
        }
        self.right().map(|_| ()).ok_or(QuizProblem::NoChoice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(choices: &[&str], answer: &str) -> QuizEntry {
        QuizEntry {
            question: "Which?".to_owned(),
            choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
            answer: answer.to_owned(),
            because: "It is.".to_owned(),
        }
    }

    #[test]
    fn the_answer_is_one_of_several_different_choices() {
        assert_eq!(entry(&["a", "b"], "b").check(), Ok(()));
        assert_eq!(entry(&["a", "b"], "b").right(), Some(1));
        assert_eq!(entry(&["a", "b"], "B").check(), Err(QuizProblem::NoChoice));
        assert_eq!(entry(&["a"], "a").check(), Err(QuizProblem::Choices(1)));
        assert_eq!(entry(&["a", "b", "a"], "a").check(), Err(QuizProblem::Twice));
        assert_eq!(entry(&["1", "2", "3", "4", "5", "6"], "1").check(), Err(QuizProblem::Choices(6)));
    }
}
