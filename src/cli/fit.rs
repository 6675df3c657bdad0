//! A table fitted to the width of a terminal: the least important columns are hidden first, and what is hidden
//! is named below.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::printable;

/// Flag that keeps all columns of a run.
pub(super) const SUMMARY: &str = "--summary-csv FILE";

/// A table as texts. Rows may be shorter than the header.
pub(super) struct Cells {
    pub(super) header: Vec<Head>,
    pub(super) rows: Vec<Vec<String>>,
}

/// The head of a column.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) title: String,
    /// The column with the least rank is hidden first; of equal ones the rightmost.
    pub(super) rank: u8,
}

/// The first columns, which are never hidden.
const KEPT: usize = 2;

/// The table, no wider than `width` where that can be had. `keeps` names the flag that keeps what is hidden.
pub(super) fn fitted(mut cells: Cells, width: Option<usize>, keeps: &str) -> String {
    let heads = cells.header.iter_mut().map(|head| &mut head.title);
    for text in heads.chain(cells.rows.iter_mut().flatten()) {
        *text = printable::line(text).into_owned();
    }
    let whole = rendered(&cells, None);
    let needed = widest(&whole);
    let Some(width) = width.filter(|width| needed > *width) else { return whole };
    let mut hidden = Vec::new();
    let mut text = whole;
    while widest(&text) > width
        && let Some(column) = next_hidden(&cells.header)
    {
        hidden.push(cells.header.remove(column).title);
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
         {keeps} keeps them.\n",
        hidden.len(),
        hidden.join(", ")
    ));
    text
}

fn next_hidden(header: &[Head]) -> Option<usize> {
    (KEPT..header.len()).rev().min_by_key(|column| header[*column].rank)
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
    table.set_header(cells.header.iter().map(|head| &head.title));
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
        let header = [("model", 255), ("wall time", 16), ("95 % interval", 12), ("times as fast", 15), ("news", 9)];
        let header = header.into_iter().chain([("CPU time", 2), ("OS switches", 1)]);
        let row = ["Async blocking pool", "150 ms", "140 ms to 160 ms", "3.20", "7", "12 ms", "1 234"];
        let texts = |row: &[&str]| row.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Cells {
            header: header.map(|(title, rank)| Head { title: title.to_owned(), rank }).collect(),
            rows: vec![texts(&row), texts(&["Process pool", "unavailable"])],
        }
    }

    #[test]
    fn the_least_important_columns_are_hidden_first_and_named() {
        let whole = fitted(cells(), None, SUMMARY);
        assert!(!whole.contains("hidden") && whole.contains("OS switches"), "{whole}");
        assert_eq!(fitted(cells(), Some(widest(&whole)), SUMMARY), whole);
        let mut gone = 0;
        for width in (24..widest(&whole)).rev() {
            let text = fitted(cells(), Some(width), SUMMARY);
            let (table, note) = text.split_once("\n\n").expect("a note");
            assert!(widest(table) <= width, "{width}: {table}");
            let hidden = note.split([':', '.']).nth(1).expect("a list").split(", ").count();
            assert!(hidden >= gone && table.contains("model") && note.contains("COLUMNS="), "{text}");
            gone = hidden;
        }
        assert_eq!(gone, 5);
        assert!(widest(fitted(cells(), Some(8), SUMMARY).split("\n\n").next().expect("a table")) <= 12, "wrapped");
        let narrow = fitted(cells(), Some(60), SUMMARY);
        assert!(narrow.contains("hidden to fit 60 characters: OS switches, CPU time"), "{narrow}");
    }

    #[test]
    fn no_cell_carries_an_escape() {
        let mut attacked = cells();
        attacked.rows[0][0] = "\u{1b}[2J\u{202e}".to_owned();
        attacked.header[1].title = "\t=head".to_owned();
        let text = fitted(attacked, None, SUMMARY);
        assert!(text.contains("\\u{1b}[2J\\u{202e}") && text.contains("\\t=head") && !text.contains('\t'), "{text}");
    }
}
