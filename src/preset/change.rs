//! Deleting and renaming the user's presets. Those that ship with the lab can't be changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::experiment::Experiment;
use crate::experiment::file::{self, Origin};
use crate::experiment::validate::Invalid;
use crate::printable;
use crate::replace_file::{naming, replace_private_file};

/// A preset that was deleted, to be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedPreset {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    path: PathBuf,
    text: Vec<u8>,
}

/// Reason why a preset was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No file of the folder holds the preset.
    #[error("no file in {} holds the preset \"{}\"", printable::path(.folder), printable::value(.id))]
    Missing {
        /// Folder of the presets.
        folder: PathBuf,
        /// Id of the preset.
        id: String,
    },
    /// Another file has its name by now.
    #[error("{} exists by now", printable::path(.0))]
    Exists(PathBuf),
    /// The title is not allowed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The system's own error.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Deletes the preset of this id. Blocks.
///
/// # Errors
/// [`ChangeError`]; the preset is then still there.
pub fn delete_user(folder: &Path, id: &str) -> Result<DeletedPreset, ChangeError> {
    let (path, preset) = find_file(folder, id)?;
    let text = fs::read(&path)?;
    fs::remove_file(&path).map_err(|error| naming(&path, error))?;
    Ok(DeletedPreset { id: preset.id, title: preset.title, path, text })
}

/// Writes a deleted preset again. Blocks.
///
/// # Errors
/// [`ChangeError`]; it can be tried again.
pub fn restore_user(deleted: &DeletedPreset) -> Result<(), ChangeError> {
    if deleted.path.try_exists()? {
        return Err(ChangeError::Exists(deleted.path.clone()));
    }
    replace_private_file(&deleted.path, |out| out.write_all(&deleted.text))?;
    Ok(())
}

/// Gives a preset another title; its id, its file and the comments in it stay. Blocks.
///
/// # Errors
/// [`ChangeError`]; the file is then as it was.
pub fn rename_user(folder: &Path, id: &str, title: &str) -> Result<(), ChangeError> {
    let (path, preset) = find_file(folder, id)?;
    let renamed = Experiment { title: title.to_owned(), ..preset };
    renamed.validate()?;
    let source = renamed.source.get();
    let edited = source.and_then(|source| file::edited(&source.text, &source.folder, &renamed, Some(folder)));
    let text = edited.unwrap_or_else(|| file::to_toml(&renamed));
    replace_private_file(&path, |out| out.write_all(text.as_bytes()))?;
    Ok(())
}

/// Finds the file that holds a preset: the first by name, as where they are listed.
fn find_file(folder: &Path, id: &str) -> Result<(PathBuf, Experiment), ChangeError> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let held = |path: PathBuf| {
        let preset = file::load(&path, Origin::Elsewhere).ok().filter(|preset| preset.id == id)?;
        Some((path, preset))
    };
    let missing = || ChangeError::Missing { folder: folder.to_owned(), id: id.to_owned() };
    paths.into_iter().find_map(held).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_is_renamed_with_its_comments_deleted_and_brought_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("by-hand.toml");
        let text = "# Mine.\nid = \"own\"\ntitle = \"Own\"\n[workload]\ntasks = 3 # few\n[[workload.step]]\nkind = \"wait\"\nms = 1.0\n";
        fs::write(&path, text).expect("written");
        fs::write(folder.path().join("a-broken.toml"), "id = ").expect("written");
        rename_user(folder.path(), "own", "My own").expect("renamed");
        let renamed = fs::read_to_string(&path).expect("there");
        assert!(
            renamed.contains("# Mine.") && renamed.contains("# few") && renamed.contains("\"My own\""),
            "{renamed}"
        );
        assert!(matches!(rename_user(folder.path(), "own", " "), Err(ChangeError::Invalid(_))));
        let deleted = delete_user(folder.path(), "own").expect("deleted");
        assert_eq!((deleted.title.as_str(), path.exists()), ("My own", false));
        assert!(matches!(delete_user(folder.path(), "own"), Err(ChangeError::Missing { .. })));
        restore_user(&deleted).expect("brought back");
        assert_eq!(fs::read_to_string(&path).expect("there"), renamed);
        assert!(matches!(restore_user(&deleted), Err(ChangeError::Exists(_))));
    }
}
