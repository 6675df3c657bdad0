//! Settings of one contender: values that hold for it alone, before the flags and the file's general ones. Their names and
//! which model has which are in `setting_key`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Gil, InvalidSetting, ModelId, SettingKey, StartMethod, SwitchInterval};
use crate::cpus::CpuSelection;
use crate::workload::WorkerCount;

/// Settings of a contender. A missing one is that of the experiment, or of the library.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct ContenderSettings {
    /// Workers of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<WorkerCount>,
    /// Most tasks in flight of a model without a pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<u32>,
    /// Start method of `multiprocessing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_method: Option<StartMethod>,
    /// Tasks per hand-over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk: Option<u32>,
    /// Time for which a thread may hold the GIL while another waits for it.
    #[serde(skip_serializing_if = "Option::is_none", rename = "switch_interval_ms")]
    pub switch_interval: Option<SwitchInterval>,
    /// The GIL of a free-threaded build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gil: Option<Gil>,
    /// CPUs that the trial's processes may run on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus: Option<CpuSelection>,
    /// Event loops, one per thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loops: Option<u32>,
}

impl ContenderSettings {
    /// No settings of its own.
    pub const NONE: Self = Self {
        workers: None,
        in_flight: None,
        start_method: None,
        chunk: None,
        switch_interval: None,
        gil: None,
        cpus: None,
        loops: None,
    };

    /// Returns true if nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// Iterates over what is set: keys and values as files write them, in the order of the keys.
    pub fn pairs(&self) -> impl Iterator<Item = (SettingKey, String)> {
        SettingKey::ALL.into_iter().filter_map(|key| Some((key, self.get(key)?)))
    }

    /// Returns the value of a key as files write it; `None` if it is not set.
    #[must_use]
    pub fn get(&self, key: SettingKey) -> Option<String> {
        match key {
            SettingKey::Workers => self.workers.map(|workers| workers.to_string()),
            SettingKey::InFlight => self.in_flight.map(|number| number.to_string()),
            SettingKey::StartMethod => self.start_method.map(|method| method.name().to_owned()),
            SettingKey::Chunk => self.chunk.map(|number| number.to_string()),
            SettingKey::SwitchIntervalMs => self.switch_interval.map(|interval| interval.to_string()),
            SettingKey::Gil => self.gil.map(|gil| gil.name().to_owned()),
            SettingKey::Cpus => self.cpus.as_ref().map(CpuSelection::to_string),
            SettingKey::Loops => self.loops.map(|number| number.to_string()),
        }
    }

    /// Removes the value of a key.
    pub fn clear(&mut self, key: SettingKey) {
        match key {
            SettingKey::Workers => self.workers = None,
            SettingKey::InFlight => self.in_flight = None,
            SettingKey::StartMethod => self.start_method = None,
            SettingKey::Chunk => self.chunk = None,
            SettingKey::SwitchIntervalMs => self.switch_interval = None,
            SettingKey::Gil => self.gil = None,
            SettingKey::Cpus => self.cpus = None,
            SettingKey::Loops => self.loops = None,
        }
    }

    /// Sets a key from its text in files and on the command line.
    ///
    /// # Errors
    /// Names key, value and allowed values.
    pub fn set(&mut self, key: SettingKey, text: &str) -> Result<(), InvalidSetting> {
        let text = text.trim();
        let set = match key {
            SettingKey::Workers => WorkerCount::parse(text).map(|workers| self.workers = Some(workers)),
            SettingKey::InFlight => key.parse_count(text).map(|number| self.in_flight = Some(number)),
            SettingKey::StartMethod => {
                let method = StartMethod::ALL.into_iter().find(|method| method.name() == text);
                method.map(|method| self.start_method = Some(method))
            }
            SettingKey::Chunk => key.parse_count(text).map(|number| self.chunk = Some(number)),
            SettingKey::SwitchIntervalMs => {
                let interval = text.parse().ok().and_then(SwitchInterval::from_ms);
                interval.map(|interval| self.switch_interval = Some(interval))
            }
            SettingKey::Gil => {
                let gil = Gil::ALL.into_iter().find(|gil| gil.name() == text);
                gil.map(|gil| self.gil = Some(gil))
            }
            SettingKey::Cpus => text.parse().ok().map(|cpus| self.cpus = Some(cpus)),
            SettingKey::Loops => key.parse_count(text).map(|number| self.loops = Some(number)),
        };
        set.ok_or_else(|| InvalidSetting::Value { key, value: text.to_owned() })
    }

    /// Checks that the model has every key that is set.
    ///
    /// # Errors
    /// The first key that it does not have, with those that it has.
    pub fn check(&self, model: ModelId) -> Result<(), InvalidSetting> {
        match self.pairs().find(|(key, _)| !key.is_had_by(model)) {
            Some((key, _)) => Err(InvalidSetting::NoSuchKey { model, key: key.name().to_owned() }),
            None => Ok(()),
        }
    }

    /// Describes what is set, for titles: "8 workers, CPUs 0-3".
    #[must_use]
    pub fn describe(&self) -> String {
        let words = |(key, text): (SettingKey, String)| match key {
            SettingKey::Workers if self.workers == Some(WorkerCount::Default) => "default workers".to_owned(),
            SettingKey::Workers => counted(&text, "worker"),
            SettingKey::InFlight => format!("{text} in flight"),
            SettingKey::StartMethod if self.start_method == Some(StartMethod::Default) => {
                "default start method".to_owned()
            }
            SettingKey::StartMethod => text,
            SettingKey::Chunk => format!("chunks of {text}"),
            SettingKey::SwitchIntervalMs => format!("switch interval {text} ms"),
            SettingKey::Gil => format!("GIL {text}"),
            SettingKey::Cpus => match &self.cpus {
                Some(CpuSelection::Physical) => "physical cores".to_owned(),
                Some(CpuSelection::Performance) => "performance cores".to_owned(),
                Some(CpuSelection::Listed(list)) if list.cpus().len() == 1 => format!("CPU {text}"),
                _ => format!("CPUs {}", text.replace(',', " ")),
            },
            SettingKey::Loops => counted(&text, "loop"),
        };
        self.pairs().map(words).collect::<Vec<_>>().join(", ")
    }
}

fn counted(number: &str, noun: &str) -> String {
    format!("{number} {noun}{}", if number == "1" { "" } else { "s" })
}

impl fmt::Display for ContenderSettings {
    /// Writes the pairs as inside the braces of a contender's name: `workers=8,cpus=0-3+6`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.pairs().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(out, "{comma}{}={}", key.name(), value.replace(',', "+"))?;
        }
        Ok(())
    }
}
