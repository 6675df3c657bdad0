//! The rows that mirror the types of a run, in both directions. A runtime type may change; what it is in a file is
//! decided here. Contains no connection and no transaction.

pub(super) mod calibrations;
pub(super) mod classes;
pub(super) mod code;
pub(super) mod experiment;
pub(super) mod failure;
pub(super) mod interpreters;
pub(super) mod machine;
pub(super) mod points;
pub(super) mod row;
pub(super) mod span_summary;
pub(super) mod trial;
