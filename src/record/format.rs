//! Versions of the file format that this lab reads.

use super::error::Problem;
use super::version::FormatVersion;

impl FormatVersion {
    /// Checks that this lab can read a file of this version.
    ///
    /// # Errors
    /// [`Problem::Newer`] with the version of the lab that wrote the file, where that is known.
    pub fn check_readable(self, lab_version: Option<String>) -> Result<(), Problem> {
        if self.major <= Self::CURRENT.major { Ok(()) } else { Err(Problem::Newer { found: self, lab_version }) }
    }
}
