//! Matches requests to functions.

use std::collections::{BTreeMap, HashMap};

use axum::http::Method;
use percent_encoding::percent_decode_str;
use shared::http::route::Auth;

use crate::lambda::Function;

/// Two functions have routes that match the same requests.
#[derive(Debug, thiserror::Error)]
#[error("route {key} of {function}: {source}")]
pub struct RouteConflict {
    key: String,
    function: &'static str,
    source: matchit::InsertError,
}

struct RouteTarget {
    key: String,
    auth: Auth,
    /// Index of the function.
    function: usize,
}

/// The routes of all functions. As in API Gateway, a static segment has priority over a variable, in any order.
pub struct Routes {
    functions: Vec<Function>,
    by_method: HashMap<Method, matchit::Router<RouteTarget>>,
}

/// The route that matched a request.
pub(super) struct MatchedRoute<'a> {
    /// `GET /courses/{id}`.
    pub(super) key: &'a str,
    pub(super) auth: Auth,
    /// Percent-decoded.
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) function: &'a Function,
}

impl Routes {
    /// The routes of `functions`.
    ///
    /// # Errors
    /// [`RouteConflict`] when two routes match the same requests.
    pub fn new(functions: Vec<Function>) -> Result<Self, RouteConflict> {
        let mut by_method = HashMap::<Method, matchit::Router<RouteTarget>>::new();
        for (index, function) in functions.iter().enumerate() {
            for route in &function.routes {
                let target = RouteTarget { key: route.key(), auth: route.auth, function: index };
                by_method
                    .entry(route.method.clone())
                    .or_default()
                    .insert(route.path, target)
                    .map_err(|source| RouteConflict { key: route.key(), function: function.name, source })?;
            }
        }
        Ok(Self { functions, by_method })
    }

    pub(super) fn find(&self, method: &Method, path: &str) -> Option<MatchedRoute<'_>> {
        let found = self.by_method.get(method)?.at(path).ok()?;
        let parameters = found
            .params
            .iter()
            .map(|(name, value)| (name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into_owned()))
            .collect();
        let target = found.value;
        let function = self.functions.get(target.function)?;
        Some(MatchedRoute { key: &target.key, auth: target.auth, parameters, function })
    }
}
