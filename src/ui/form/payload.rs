//! The data that each task is given and returns. Two sizes of 0 mean none.

use eframe::egui::Ui;

use super::fields::{self, Number};
use crate::lab::typed::Quantity;
use crate::lab::{Command, Edit, step_format};
use crate::ui::view_context::ViewContext;
use crate::workload::{MOST_PAYLOAD_BYTES, Payload, PayloadKind};

/// Title of the field of the input.
const INPUT: &str = "Input of a task";
/// Title of the field of the output.
const OUTPUT: &str = "Output of a task";

/// Draws the fields.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let payload = cx.lab.draft.workload().payload;
    let mut edited = payload.unwrap_or_default();
    let old = cx.lab.draft.origin().workload.payload.unwrap_or_default();
    let how = "by reference between threads, copied to and from processes and sub-interpreters";
    let tip = format!("Data that each task is given and reads once: {how}; type a unit, as in 10 kB");
    if let Some(bytes) = size(ui, INPUT, &tip, edited.input_bytes, old.input_bytes) {
        edited.input_bytes = bytes;
    }
    let tip = format!("Data that each task returns and the submitter reads once: {how}; type a unit, as in 10 kB");
    if let Some(bytes) = size(ui, OUTPUT, &tip, edited.output_bytes, old.output_bytes) {
        edited.output_bytes = bytes;
    }
    if payload.is_some() {
        let title = |kind| match kind {
            PayloadKind::Bytes => "one block of bytes".to_owned(),
            PayloadKind::List => "list of numbers".to_owned(),
        };
        let tip = "One block of bytes, or a list of numbers: one for every 8 bytes";
        let pick = |ui: &mut Ui| fields::choice(ui, "payload kind", edited.kind, &PayloadKind::ALL, title);
        let ((kind, _), reset) = fields::resettable(ui, "Payload", tip, true, edited.kind != old.kind, pick);
        edited.kind = if reset { old.kind } else { kind.unwrap_or(edited.kind) };
    }
    let edited = (edited.bytes() > 0).then_some(edited);
    if edited != payload.filter(|payload: &Payload| payload.bytes() > 0) {
        cx.push(Command::Edit(Edit::Payload(edited)));
    }
}

fn size(ui: &mut Ui, name: &str, tip: &str, bytes: u64, old: u64) -> Option<u64> {
    let number = Number { value: bytes as f64, range: 0.0..=MOST_PAYLOAD_BYTES as f64, logarithmic: true };
    let shown = |value: f64| match value.round() as u64 {
        0 => "none".to_owned(),
        bytes => step_format::bytes(bytes),
    };
    let show = |ui: &mut Ui| number.show(ui, Quantity::Bytes, shown);
    let ((changed, _), reset) = fields::resettable(ui, name, tip, true, bytes != old, show);
    changed.map(|value| value.round() as u64).or(reset.then_some(old))
}
