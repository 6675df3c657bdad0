//! Report as one HTML file: nothing is loaded, nothing runs, and the data are inside as JSON.

mod budgets;
mod explanation;
mod page;
mod safe_json;
mod sections;
mod style;

pub(super) use page::write;
