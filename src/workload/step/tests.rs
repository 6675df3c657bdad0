//! The step table: complete, consistent, and the only definition.

use super::*;

#[test]
fn every_key_can_be_read_and_set_in_its_own_kind_only() {
    for kind in Step::KINDS {
        for key in kind.keys {
            let mut step = (kind.new)();
            let value = key.get(&step).unwrap_or_else(|| panic!("{} {}", kind.name, key.name));
            assert!(key.value.allows(&value), "{} {}: {value:?}", kind.name, key.name);
            assert!(key.set(&mut step, &value), "{} {}", kind.name, key.name);
            assert_eq!(step, (kind.new)());
            for other in Step::KINDS.iter().filter(|other| *other != kind) {
                assert_eq!(key.get(&(other.new)()), None, "{} of {}", key.name, other.name);
                assert!(!key.set(&mut (other.new)(), &value), "{} of {}", key.name, other.name);
            }
        }
    }
}

#[test]
fn a_new_step_is_of_its_kind_and_so_is_its_plan() {
    let mut names = Vec::new();
    for kind in Step::KINDS {
        let step = (kind.new)();
        assert_eq!(step.kind(), *kind);
        assert_eq!(step.plan().kind(), *kind);
        assert_eq!(Step::of_kind(kind.name, 5.0), Some(step.clone()), "{}", kind.name);
        assert_eq!(step.ms().is_some(), kind.duration().is_some(), "{}", kind.name);
        assert!(kind.help.ends_with('.') && !kind.title.is_empty(), "{}", kind.name);
        names.push(kind.name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Step::KINDS.len());
}

#[test]
fn serialised_steps_carry_the_names_of_the_table() {
    for kind in Step::KINDS {
        let json = serde_json::to_value((kind.new)()).expect("serialisable");
        assert_eq!(json["kind"], kind.name);
        for key in kind.keys {
            assert!(json.get(key.name).is_some(), "{} {}: {json}", kind.name, key.name);
        }
        assert_eq!(json.as_object().map(serde_json::Map::len), Some(kind.keys.len() + 1), "{json}");
    }
}

#[test]
fn choices_are_listed_with_the_names_of_files() {
    for kind in Step::KINDS {
        for key in kind.keys {
            let ValueType::Choice(choices) = key.value else { continue };
            for choice in choices {
                let mut step = (kind.new)();
                let value = Value::Choice(choice.name);
                assert!(key.set(&mut step, &value), "{} {} {}", kind.name, key.name, choice.name);
                assert_eq!(key.get(&step), Some(value));
            }
        }
    }
}

#[test]
fn plans_of_earlier_versions_are_read_with_the_defaults_of_new_keys() {
    let read = |text: &str| serde_json::from_str::<PlanStep>(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let critical = r#"{"critical":{"lock":"semaphore","permits":3,"holds":"wait"}}"#;
    assert_eq!(read(critical), PlanStep::critical(Lock::Semaphore, 3, SectionWork::Wait));
    assert_eq!(read(r#"{"http":{"bytes":7}}"#), PlanStep::http(7));
    assert_eq!(read(r#"{"file":{"sync":true}}"#), PlanStep::file(true));
}

#[test]
fn a_step_without_a_duration_stays_without_one() {
    let mut step = Step::memory(7);
    step.set_ms(5.0);
    assert_eq!((step.ms(), step), (None, Step::memory(7)));
    assert_eq!(Step::of_kind("nap", 5.0), None);
}
