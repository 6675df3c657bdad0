//! The version of the file format, and which versions this lab reads.

use std::fmt;

/// `PRAGMA application_id` of a stored run: "CLab" in ASCII.
pub const APPLICATION_ID: i32 = 0x434c_6162;

/// Steps between major versions in `PRAGMA user_version`: 1002 is version 1.2.
const MAJOR: i32 = 1_000;

/// Version of the file format. A lab reads every file of its own or an older major version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormatVersion {
    /// Grows when older labs can no longer read the file.
    pub major: u16,
    /// Grows when tables or columns are added that older labs can ignore.
    pub minor: u16,
}

impl FormatVersion {
    /// Version that this lab writes. 1.1 added sweeps and the time for which a CPU quota stopped a trial, 1.2 settings and
    /// labels of contenders and the packages of interpreters, 1.3 the hashes of the user's code, the comparison of its
    /// results, the hand-over of payloads, how tasks were divided among workers, and classes of tasks, 1.4 the
    /// dask scheduler of others that ran a trial, the version of the lab that made the headline, and what all tasks
    /// together did, 1.5 check values, 1.6 the processes that code of the user's had left running, and the interpreters
    /// that gave no answer in time, 1.7 notes.
    pub const CURRENT: Self = Self { major: 1, minor: 7 };

    /// First version whose files have check values.
    pub(super) const FIRST_SEALED: Self = Self { major: 1, minor: 5 };

    /// First version whose runs can have a note.
    pub(super) const FIRST_WITH_NOTES: Self = Self { major: 1, minor: 7 };

    /// Reads `PRAGMA user_version`; `None` where it is no version.
    #[must_use]
    pub fn from_user_version(number: i32) -> Option<Self> {
        let (major, minor) = (number / MAJOR, number % MAJOR);
        let version = Self { major: u16::try_from(major).ok()?, minor: u16::try_from(minor).ok()? };
        (version.major >= 1).then_some(version)
    }

    /// The value of `PRAGMA user_version`.
    #[must_use]
    pub fn user_version(self) -> i32 {
        i32::from(self.major) * MAJOR + i32::from(self.minor)
    }
}

impl fmt::Display for FormatVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_survive_the_user_version() {
        for (major, minor) in [(1, 0), (1, 999), (2, 7), (2_000, 3)] {
            let version = FormatVersion { major, minor };
            assert_eq!(FormatVersion::from_user_version(version.user_version()), Some(version));
        }
        for none in [0, 999, -1_000, i32::MIN] {
            assert_eq!(FormatVersion::from_user_version(none), None, "{none}");
        }
    }

    #[test]
    fn a_newer_minor_version_is_read_and_a_newer_major_version_names_who_reads_it() {
        let current = FormatVersion::CURRENT;
        assert!(FormatVersion { minor: current.minor + 1, ..current }.check_readable(None).is_ok());
        let newer = FormatVersion { major: current.major + 1, minor: 4 };
        let message = newer.check_readable(Some("7.1.0".to_owned())).expect_err("newer").to_string();
        assert!(message.contains("format 2.4") && message.contains("Concurrency Lab 7.1.0 or newer"), "{message}");
        assert!(newer.check_readable(None).expect_err("newer").to_string().contains("a newer Concurrency Lab"));
    }
}
