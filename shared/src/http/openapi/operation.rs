//! One route in the contract's terms.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use schemars::{Schema, SchemaGenerator};

/// Makes a type's schema.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What a handler's signature says.
#[derive(Debug, Clone, Default)]
pub struct Operation {
    /// The crate of the handler.
    pub function: &'static str,
    /// The file of the handler.
    pub id: &'static str,
    /// Query parameters and headers. Path parameters are in the route's path.
    pub parameters: Vec<Parameter>,
    /// The body.
    pub request: Option<RequestBody>,
    /// The body of a success.
    pub response: Option<SchemaOf>,
    /// The codes of the problems, by status.
    pub problems: BTreeMap<u16, BTreeSet<&'static str>>,
}

/// A query parameter or a header.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// What it is, with its description.
    pub schema: Schema,
}

/// Where a parameter stands. None of them is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the query string.
    Query,
    /// In a header.
    Header,
}

/// A JSON body.
#[derive(Debug, Clone, Copy)]
pub struct RequestBody {
    /// What it is.
    pub schema: SchemaOf,
    /// Whether there has to be one.
    pub required: bool,
}

impl Operation {
    /// Adds codes of problems.
    pub fn add_problems(&mut self, status: StatusCode, codes: impl IntoIterator<Item = &'static str>) {
        self.problems.entry(status.as_u16()).or_default().extend(codes);
    }
}
