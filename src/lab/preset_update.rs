//! Renaming, deleting and bringing back the user's presets: the jobs and their effect.

use super::Lab;
use super::dialog::{Dialog, NameDialog, Named};
use super::jobs::{Jobs, NoThread, Report};
use super::notices::Offer;
use super::preset_changes::{PresetReport, PresetsCommand};
use crate::experiment::Experiment;
use crate::preset;
use crate::preset::DeletedPreset;
use crate::printable;

impl Jobs {
    fn change_presets(&self, change: impl FnOnce() -> PresetReport + Send + 'static) -> Result<(), NoThread> {
        self.spawn("lab-change-preset", move || Report::PresetChanged(change()))
    }
}

impl Lab {
    /// Returns a preset of the user's own; `None` for one that ships with the lab.
    #[must_use]
    pub fn own_preset(&self, id: &str) -> Option<&Experiment> {
        let own = self.presets.all.iter().skip(self.presets.built_in);
        own.map(|(experiment, _)| experiment).find(|experiment| experiment.id == id)
    }

    /// Applies a request about the user's presets.
    pub(super) fn apply_to_presets(&mut self, command: PresetsCommand) {
        let Some(folder) = self.services.preset_folder.clone() else { return };
        let started = match command {
            PresetsCommand::AskTitle(id) => {
                if let Some(preset) = self.own_preset(&id) {
                    let name = preset.title.clone();
                    let of = Named::Preset(id);
                    self.dialog = Some(Dialog::Name(NameDialog { of, name, problem: None, busy: false }));
                }
                return;
            }
            PresetsCommand::Delete(id) => {
                if self.own_preset(&id).is_none() {
                    return;
                }
                self.jobs.change_presets(move || {
                    let deleted = preset::delete_user(&folder, &id);
                    PresetReport::Deleted(deleted.map(|deleted| (deleted, preset::load_user(&folder))))
                })
            }
            PresetsCommand::Restore(id) => {
                // It stays there until it is back.
                let Some(deleted) = self.deleted_presets.iter().find(|deleted| deleted.id == id).cloned() else {
                    return;
                };
                self.jobs.change_presets(move || {
                    let restored = preset::restore_user(&deleted).map(|()| preset::load_user(&folder));
                    PresetReport::Restored(deleted, restored)
                })
            }
        };
        self.check(started);
    }

    /// Renames the preset of the open dialog.
    pub(super) fn rename_preset(&mut self, dialog: &mut NameDialog, id: String) {
        let Some(folder) = self.services.preset_folder.clone() else { return };
        let title = dialog.name.trim().to_owned();
        let started = self.jobs.change_presets(move || {
            PresetReport::Renamed(preset::rename_user(&folder, &id, &title).map(|()| preset::load_user(&folder)))
        });
        dialog.busy = started.is_ok();
        dialog.problem = None;
        self.check(started);
    }

    /// Applies what a job has changed.
    pub(super) fn presets_changed(&mut self, report: PresetReport) {
        match report {
            PresetReport::Renamed(Ok(own)) => {
                self.set_own_presets(&own);
                if matches!(&self.dialog, Some(Dialog::Name(dialog)) if matches!(dialog.of, Named::Preset(_))) {
                    self.dialog = None;
                }
                // The draft has its new title, unless it is being edited.
                let renamed = self.own_preset(&self.draft.experiment().id).cloned();
                if let Some(renamed) = renamed.filter(|_| !self.draft.edited()) {
                    self.draft = self.draft.with(renamed);
                }
            }
            PresetReport::Renamed(Err(error)) => match &mut self.dialog {
                Some(Dialog::Name(dialog)) if matches!(dialog.of, Named::Preset(_)) => {
                    dialog.busy = false;
                    dialog.problem = Some(printable::message(&error.to_string()).into_owned());
                }
                _ => self.problem(format!("The preset was not renamed: {error}")),
            },
            PresetReport::Deleted(Ok((deleted, own))) => {
                self.set_own_presets(&own);
                let offer = ("Bring back", Offer::Presets(PresetsCommand::Restore(deleted.id.clone())));
                self.notices.add(&format!("Deleted the preset \"{}\"", deleted.title), false, Some(offer));
                self.deleted_presets.push(deleted);
            }
            PresetReport::Deleted(Err(error)) => self.problem(format!("The preset was not deleted: {error}")),
            PresetReport::Restored(deleted, Ok(own)) => {
                self.deleted_presets.retain(|other| other.id != deleted.id);
                self.set_own_presets(&own);
                self.notices.remove_offers(&Offer::Presets(PresetsCommand::Restore(deleted.id)));
            }
            PresetReport::Restored(deleted, Err(error)) => self.not_restored(&deleted, &error),
        }
    }

    fn not_restored(&mut self, deleted: &DeletedPreset, error: &preset::ChangeError) {
        let offer = ("Try again", Offer::Presets(PresetsCommand::Restore(deleted.id.clone())));
        let text = format!("The preset \"{}\" was not brought back: {error}", deleted.title);
        self.notices.add(&text, true, Some(offer));
    }
}
