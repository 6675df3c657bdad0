//! A table fitted to the width of a terminal: the least important columns are hidden first, and what is hidden
//! is named below.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::printable;

/// A table as texts. Rows may be shorter than the header.
pub(super) struct Cells {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Columns in the order in which they are hidden. Others follow, from the right; the first two stay: which model,
/// and its time.
const HIDDEN_FIRST: [&str; 16] = [
    "OS switches",
    "CPU time",
    "memory read",
    "from storage",
    "server",
    "peak memory",
    "trials",
    "cores used",
    "GIL wait",
    "lock wait",
    "of ideal",
    "95 % interval",
    "latest tick",
    "lost updates",
    "times as fast",
    "wall time",
];

/// The first columns, which are never hidden.
const KEPT: usize = 2;

/// The table, no wider than `width` where that can be had.
pub(super) fn fitted(mut cells: Cells, width: Option<usize>) -> String {
    for row in &mut cells.rows {
        for cell in row {
            *cell = printable::line(cell).into_owned();
        }
    }
    let whole = rendered(&cells, None);
    let needed = widest(&whole);
    let Some(width) = width.filter(|width| needed > *width) else { return whole };
    let mut hidden = Vec::new();
    let mut text = whole;
    while widest(&text) > width
        && let Some(column) = next_hidden(&cells.header)
    {
        hidden.push(cells.header.remove(column));
        for row in &mut cells.rows {
            if column < row.len() {
                row.remove(column);
            }
        }
        text = rendered(&cells, None);
    }
    if widest(&text) > width {
        text = rendered(&cells, Some(width));
    }
    if hidden.is_empty() {
        return text;
    }
    let columns = if hidden.len() == 1 { "column is" } else { "columns are" };
    text.push_str(&format!(
        "\n{} {columns} hidden to fit {width} characters: {}. COLUMNS={needed} or a wider terminal shows all, \
         --summary-csv FILE keeps them.\n",
        hidden.len(),
        hidden.join(", ")
    ));
    text
}

fn next_hidden(header: &[String]) -> Option<usize> {
    let place = |title: &str| header.iter().skip(KEPT).position(|column| column == title).map(|place| place + KEPT);
    let rightmost_other =
        || (KEPT..header.len()).rev().find(|column| !HIDDEN_FIRST.contains(&header[*column].as_str()));
    // What nobody has ranked yet goes before the findings at the end of the list.
    let (early, late) = HIDDEN_FIRST.split_at(9);
    early
        .iter()
        .find_map(|title| place(title))
        .or_else(rightmost_other)
        .or_else(|| late.iter().find_map(|title| place(title)))
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

fn rendered(cells: &Cells, width: Option<usize>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match width {
        None => table.set_content_arrangement(ContentArrangement::Disabled),
        Some(width) => table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(width).unwrap_or(u16::MAX)),
    };
    table.set_header(&cells.header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for row in &cells.rows {
        table.add_row(row);
    }
    format!("{}\n", table.trim_fmt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells() -> Cells {
        let header = ["model", "wall time", "95 % interval", "times as fast", "news", "CPU time", "OS switches"];
        let row = ["Async, blocking pool", "150 ms", "140 ms to 160 ms", "3.20", "7", "12 ms", "1 234"];
        let texts = |row: &[&str]| row.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Cells { header: texts(&header), rows: vec![texts(&row), texts(&["Process pool", "unavailable"])] }
    }

    #[test]
    fn the_least_important_columns_are_hidden_first_and_named() {
        let whole = fitted(cells(), None);
        assert!(!whole.contains("hidden") && whole.contains("OS switches"), "{whole}");
        assert_eq!(fitted(cells(), Some(widest(&whole))), whole);
        let mut gone = 0;
        for width in (24..widest(&whole)).rev() {
            let text = fitted(cells(), Some(width));
            let (table, note) = text.split_once("\n\n").expect("a note");
            assert!(widest(table) <= width, "{width}: {table}");
            let hidden = note.split([':', '.']).nth(1).expect("a list").split(", ").count();
            assert!(hidden >= gone && table.contains("model") && note.contains("COLUMNS="), "{text}");
            gone = hidden;
        }
        assert_eq!(gone, 5);
        assert!(widest(fitted(cells(), Some(8)).split("\n\n").next().expect("a table")) <= 12, "wrapped");
        let narrow = fitted(cells(), Some(60));
        assert!(narrow.contains("hidden to fit 60 characters: OS switches, CPU time"), "{narrow}");
    }

    #[test]
    fn no_cell_carries_an_escape() {
        let mut attacked = cells();
        attacked.rows[0][0] = "\u{1b}[2J\u{202e}".to_owned();
        assert!(fitted(attacked, None).contains("\\u{1b}[2J\\u{202e}"));
    }
}
