//! Tests of contenders' settings: random ones survive being written and read, and noise is no panic.

use proptest::prelude::*;

use super::*;
use crate::cpus::{CpuList, CpuSelection};
use crate::workload::WorkerCount;

fn cpus() -> impl Strategy<Value = CpuSelection> {
    let list = proptest::collection::vec(0..70_u32, 1..9).prop_map(|cpus| CpuList::new(cpus).expect("not empty"));
    prop_oneof![list.prop_map(CpuSelection::Listed), Just(CpuSelection::Physical), Just(CpuSelection::Performance)]
}

fn settings() -> impl Strategy<Value = ContenderSettings> {
    let workers = prop_oneof![(1..=4096_u32).prop_map(WorkerCount::Number), Just(WorkerCount::Default)];
    let interval = (0.001..10_000.0_f64).prop_map(|ms| SwitchInterval::from_ms(ms).expect("within bounds"));
    let count = 1..=1_000_000_u32;
    let (method, gil) = (proptest::sample::select(&StartMethod::ALL[..]), proptest::sample::select(&Gil::ALL[..]));
    let some = (proptest::option::of(workers), proptest::option::of(count.clone()), proptest::option::of(method));
    let others = (proptest::option::of(count), proptest::option::of(interval), proptest::option::of(gil));
    (some, others, proptest::option::of(cpus())).prop_map(
        |((workers, in_flight, start_method), (chunk, switch_interval, gil), cpus)| ContenderSettings {
            workers,
            in_flight,
            start_method,
            chunk,
            switch_interval,
            gil,
            cpus,
            loops: None,
        },
    )
}

/// Contenders with any settings that their model has.
pub(crate) fn contenders_with_settings() -> impl Strategy<Value = Contender> {
    let models: Vec<ModelId> = ModelId::all().collect();
    let label = proptest::option::of("[a-z0-9 ,.\"'{}#=]{0,12}[a-z]");
    let tag = proptest::option::of("3\\.[0-9]{1,2}t?");
    (proptest::sample::select(models), settings(), tag, label, 1..4_u8).prop_map(
        |(model, mut settings, tag, label, copy)| {
            for key in SettingKey::ALL.into_iter().filter(|key| !key.is_had_by(model)) {
                settings.clear(key);
            }
            let base = match tag.filter(|_| model.is_python()) {
                Some(tag) => Contender::on(model, &tag),
                None => Contender::of(model),
            };
            Contender { settings, copy, label: label.map(Into::into), ..base }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(contender in contenders_with_settings()) {
        let read: Contender = contender.to_string().parse().expect("own writing");
        prop_assert!(read.is_same(&contender), "{contender}");
        prop_assert_eq!(contender.settings.check(contender.model), Ok(()));
        let wire = serde_json::to_string(&contender).expect("serialisable");
        prop_assert_eq!(serde_json::from_str::<Contender>(&wire).expect("own writing"), contender);
    }

    #[test]
    fn a_list_is_split_into_the_names_that_it_was_joined_from(all in proptest::collection::vec(contenders_with_settings(), 1..6)) {
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        let list = names.join(",");
        prop_assert_eq!(split_names(&list).collect::<Vec<_>>(), names);
    }

    #[test]
    fn noise_is_an_error_and_no_panic(noise in "\\PC{0,40}", inside in "[a-z_=,+0-9.{}#@-]{0,40}") {
        let _ = noise.parse::<Contender>();
        for model in ["thread-pool", "py-threads", "rayon"] {
            if let Ok(read) = format!("{model}{{{inside}}}").parse::<Contender>() {
                prop_assert!(read.to_string().parse::<Contender>().is_ok_and(|again| again == read));
            }
        }
        prop_assert_eq!(split_names(&noise).collect::<Vec<_>>().join(","), noise);
    }
}

#[test]
fn every_key_has_a_name_help_and_allowed_values_of_its_own() {
    for key in SettingKey::ALL {
        assert_eq!(SettingKey::named(key.name()), Some(key));
        assert!(key.help().ends_with('.') && !key.allowed().is_empty() && !key.title().is_empty());
    }
    let text = ["workers=0", "in_flight=x", "switch_interval_ms=0", "switch_interval_ms=nan", "chunk=1000001"];
    for (model, pair) in ["rayon", "async", "py-threads", "py-threads", "rayon"].into_iter().zip(text) {
        let name = format!("{model}{{{pair}}}");
        let message = name.parse::<Contender>().expect_err("not allowed").to_string();
        assert!(message.contains(": allowed are "), "{message}");
    }
    assert!("py-threads{gil=yes}".parse::<Contender>().is_err_and(|error| error.to_string().contains("on, off")));
}
