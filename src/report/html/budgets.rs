//! Tables of time budgets below their chart, with what limits their figures.

use crate::analysis::Analysis;
use crate::analysis::time_budget::{self, BudgetTable, HINT, TimeBudget, Total};
use crate::chart::markup;
use crate::results::Results;

/// Returns both tables of a point, folded; empty without a completed trial.
pub(super) fn tables(results: &Results, analysis: &Analysis) -> String {
    let all = TimeBudget::of_models(results);
    let order = analysis.fastest_first();
    let budgets: Vec<&TimeBudget> =
        order.iter().filter_map(|summary| all.iter().find(|budget| budget.contender == summary.contender)).collect();
    if budgets.is_empty() {
        return String::new();
    }
    let mut out = String::from("<details>\n<summary>Time budgets in figures</summary>\n");
    for total in Total::ALL {
        out.push_str(&format!("<h3>{}</h3>\n", markup::line(time_budget::heading(total))));
        out.push_str("<div class=\"wide\"><table class=\"figures\">\n<tr><th>model</th>");
        let table = BudgetTable::of(&budgets, total);
        for (head, help) in &table.heads {
            out.push_str(&format!("<th title=\"{}\">{}</th>", markup::line(help), markup::line(head)));
        }
        out.push_str("</tr>\n");
        for (contender, cells) in &table.rows {
            out.push_str(&format!("<tr><td>{}</td>", markup::line(&contender.title())));
            for cell in cells {
                out.push_str(&format!("<td>{}</td>", markup::line(cell.as_deref().unwrap_or("–"))));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</table></div>\n");
    }
    for note in std::iter::once(HINT.to_owned()).chain(time_budget::common_notes(&budgets)) {
        out.push_str(&format!("<p class=\"note\">{}</p>\n", markup::line(&note)));
    }
    out.push_str("</details>\n");
    out
}
