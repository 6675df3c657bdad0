//! The tables `[[quiz]]` of a file.

use toml::Spanned;

use super::cursor::Table;
use super::problem::Problem;
use crate::experiment::quiz::{MOST_QUESTIONS, QuizEntry, QuizProblem};
use crate::experiment::validate;

/// Reads the questions of a file.
pub(super) fn quiz(root: &Table<'_, '_>) -> Vec<QuizEntry> {
    let all = root.each("quiz", |table| entry(&table));
    if all.len() > MOST_QUESTIONS
        && let Some(value) = root.get("quiz")
    {
        root.wrong_at("quiz", value.span(), || problem(QuizProblem::TooManyQuestions(all.len())));
    }
    all
}

fn problem(problem: QuizProblem) -> Problem {
    Problem::Invalid(problem.into())
}

/// Reads one question; `None` where something is wrong, which is reported.
fn entry(table: &Table<'_, '_>) -> Option<QuizEntry> {
    table.check_keys();
    let (question, choices) = (table.text("question"), choices(table));
    let (answer, because) = (table.text("answer"), table.text("because"));
    let entry = QuizEntry { question: question?, choices: choices?, answer: answer?, because: because? };
    if let Err(broken) = entry.check() {
        let key = if broken == QuizProblem::NoChoice { "answer" } else { "choices" };
        let span = table.get(key).map_or_else(|| table.span(), Spanned::span);
        table.wrong_at(key, span, || problem(broken));
        return None;
    }
    Some(entry)
}

fn choices(table: &Table<'_, '_>) -> Option<Vec<String>> {
    let value = table.get("choices")?;
    let texts = value.get_ref().as_array().and_then(|list| {
        list.iter().map(|choice| choice.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
    });
    let Some(texts) = texts else {
        table.mistyped("choices", value, "a list of texts");
        return None;
    };
    match texts.iter().try_for_each(|choice| validate::line("choices", choice)) {
        Ok(()) => Some(texts),
        Err(invalid) => {
            table.wrong_at("choices", value.span(), || invalid.into());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::experiment::file::parse;

    const HEAD: &str = "id = \"a\"\ntitle = \"A\"\n[workload]\n[[quiz]]\nquestion = \"Which?\"\n";

    fn mistake(rest: &str) -> String {
        parse(&format!("{HEAD}{rest}"), "a.toml", Path::new("")).expect_err("a mistake").to_string()
    }

    #[test]
    fn a_question_has_choices_an_answer_and_its_explanation() {
        let rest = "choices = [\"Threads\", \"Async\"]\nanswer = \"Async\"\nbecause = \"It waits for all.\"\n";
        let read = parse(&format!("{HEAD}{rest}"), "a.toml", Path::new("")).expect("valid");
        assert_eq!((read.quiz.len(), read.quiz[0].right()), (1, Some(1)));
        assert_eq!(read.quiz[0].because, "It waits for all.");
    }

    #[test]
    fn every_mistake_of_a_question_names_its_place() {
        let missing = mistake("choices = [\"a\", \"b\"]\n");
        assert!(missing.contains("answer is missing") && missing.contains("because is missing"), "{missing}");
        let none = mistake("choices = [\"a\", \"b\"]\nanswer = \"c\"\nbecause = \"d\"\n");
        assert!(none.contains("a.toml:7:10") && none.contains("one of the choices, letter for letter"), "{none}");
        let number = mistake("choices = [\"a\", 3]\nanswer = \"a\"\nbecause = \"d\"\n");
        assert!(number.contains("a.toml:6:11") && number.contains("a list of texts"), "{number}");
        let few = mistake("choices = [\"a\"]\nanswer = \"a\"\nbecause = \"d\"\n");
        assert!(few.contains("a question needs 2 to 5"), "{few}");
    }

    #[test]
    fn a_file_has_at_most_ten_questions() {
        let one = "[[quiz]]\nquestion = \"Which?\"\nchoices = [\"a\", \"b\"]\nanswer = \"a\"\nbecause = \"d\"\n";
        let text = |count: usize| format!("id = \"a\"\ntitle = \"A\"\n[workload]\n{}", one.repeat(count));
        assert!(parse(&text(10), "a.toml", Path::new("")).is_ok());
        let many = parse(&text(11), "a.toml", Path::new("")).expect_err("too many").to_string();
        assert!(many.contains("11 questions: at most 10"), "{many}");
    }
}
