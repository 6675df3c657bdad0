//! Grids of controls of which Tab reaches one and the arrow keys the others.

use eframe::egui::{EventFilter, Id, Key, Ui};

use super::key_presses::plain;
use super::list_box::{asked_for, focus};

/// Returns the control that Tab reaches: the focused one after this frame's keys, else the one that had the focus last,
/// else the first. `cells`: rows of controls, `None` where there is nothing to focus. Called before they are drawn.
pub fn tab_stop(ui: &Ui, grid: Id, cells: &[Vec<Option<Id>>]) -> Option<Id> {
    let all: Vec<Id> = cells.iter().flatten().flatten().copied().collect();
    if let Some(asked) = asked_for(ui, all.len(), &|index: usize| all[index]) {
        focus(ui, all[asked]);
        ui.data_mut(|data| data.insert_temp(grid, all[asked]));
        return Some(all[asked]);
    }
    let place_of = |wanted: Id| {
        cells
            .iter()
            .enumerate()
            .find_map(|(row, cells)| Some((row, cells.iter().position(|cell| *cell == Some(wanted))?)))
    };
    let Some((focused, place)) = ui.memory(|memory| memory.focused()).and_then(|id| Some((id, place_of(id)?))) else {
        let last = ui.data(|data| data.get_temp::<Id>(grid)).filter(|id| all.contains(id));
        return last.or_else(|| all.first().copied());
    };
    let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(focused, filter));
    let step = |next: Option<Id>, key: Key| {
        let place = next.and_then(place_of).unwrap_or(place);
        moved(cells, place, key).or(next)
    };
    let next = ui.input(plain).into_iter().fold(None, step);
    if let Some(next) = next {
        focus(ui, next);
    }
    let stop = next.unwrap_or(focused);
    ui.data_mut(|data| data.insert_temp(grid, stop));
    Some(stop)
}

/// Returns the control that a key moves the focus to: the next one in its row or column.
fn moved(cells: &[Vec<Option<Id>>], (row, column): (usize, usize), key: Key) -> Option<Id> {
    let at = |row: usize, column: usize| cells.get(row)?.get(column).copied().flatten();
    let columns = cells[row].len();
    match key {
        Key::ArrowUp => (0..row).rev().find_map(|row| at(row, column)),
        Key::ArrowDown => (row + 1..cells.len()).find_map(|row| at(row, column)),
        Key::ArrowLeft => (0..column).rev().find_map(|column| at(row, column)),
        Key::ArrowRight => (column + 1..columns).find_map(|column| at(row, column)),
        Key::Home => (0..cells.len()).find_map(|row| at(row, column)),
        Key::End => (0..cells.len()).rev().find_map(|row| at(row, column)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_skip_what_can_not_be_focused() {
        let id = |number: u32| Some(Id::unique(number));
        let cells = [vec![id(0), id(1)], vec![None, id(2)], vec![id(3), None]];
        let after = |place, key| moved(&cells, place, key);
        assert_eq!(after((0, 0), Key::ArrowDown), id(3));
        assert_eq!(after((2, 0), Key::ArrowUp), id(0));
        assert_eq!(after((0, 0), Key::ArrowRight), id(1));
        assert_eq!(after((1, 1), Key::ArrowLeft), None, "nothing there");
        assert_eq!(after((1, 1), Key::ArrowDown), None);
        assert_eq!((after((0, 1), Key::End), after((2, 0), Key::Home)), (id(2), id(0)));
    }
}
