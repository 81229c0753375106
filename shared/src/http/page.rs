//! Lists in pages: `?limit=&cursor=`, with an opaque cursor.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    limit: usize,
    cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "{T}Page"))]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for PageRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Raw {
            limit: Option<String>,
            cursor: Option<String>,
        }
        let Query(raw) = Query::<Raw>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::bad_request("invalid_query", "The query string cannot be read."))?;
        let limit = match raw.limit.as_deref().map(str::parse) {
            None => Self::DEFAULT_LIMIT,
            Some(Ok(limit)) if (1..=Self::MAX_LIMIT).contains(&limit) => limit,
            Some(_) => {
                let detail = format!("The limit is a number from 1 to {}.", Self::MAX_LIMIT);
                return Err(Problem::bad_request("invalid_limit", detail).with_field("limit"));
            }
        };
        let cursor = raw.cursor.map(|cursor| decode(&cursor).ok_or_else(invalid_cursor)).transpose()?;
        Ok(Self { limit, cursor })
    }
}

impl PageRequest {
    pub(super) const DEFAULT_LIMIT: usize = 50;
    pub(super) const MAX_LIMIT: usize = 100;

    /// How many items at most.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// What names the last item of the page before, as `cursor` gave it; `invalid_cursor` when `read` does not know it.
    ///
    /// # Errors
    /// When there is a cursor, and it is not one of this list.
    pub fn parse_cursor<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        self.cursor.as_deref().map(|after| read(after).ok_or_else(invalid_cursor)).transpose()
    }

    /// The wanted page of `items`, which are in a stable order; `id` names an item for the cursor.
    pub fn page_of<T>(&self, items: impl IntoIterator<Item = T>, id: impl Fn(&T) -> &str) -> Page<T> {
        let mut rest: Vec<T> = items.into_iter().collect();
        if let Some(after) = &self.cursor {
            // An item that is gone leaves nothing to go on from: the list ends.
            let start = rest
                .iter()
                .position(|item| id(item) == after)
                .map_or(rest.len(), |position| position.saturating_add(1));
            rest.drain(..start);
        }
        let more = rest.len() > self.limit;
        rest.truncate(self.limit);
        let last = rest.last().filter(|_| more).map(|last| id(last).to_owned());
        Page::new(rest, last)
    }
}

impl<T> Page<T> {
    /// A page; `last` names its last item, if other items follow.
    pub fn new(items: Vec<T>, last: Option<String>) -> Self {
        Self { items, next_cursor: last.map(|last| URL_SAFE_NO_PAD.encode(last)) }
    }
}

fn invalid_cursor() -> Problem {
    Problem::bad_request("invalid_cursor", "The cursor is not one of ours.").with_field("cursor")
}

fn decode(cursor: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: usize, cursor: Option<String>) -> (Vec<&'static str>, Option<String>) {
        let wanted = PageRequest { limit, cursor: cursor.and_then(|cursor| decode(&cursor)) };
        let page = wanted.page_of(["a", "b", "c"], |item| item);
        (page.items, page.next_cursor)
    }

    #[test]
    fn pages_follow_each_other_and_end() {
        let (first, cursor) = page(2, None);
        assert_eq!(first, ["a", "b"]);
        let (second, end) = page(2, cursor);
        assert_eq!((second, end), (vec!["c"], None));
        assert_eq!(page(3, None), (vec!["a", "b", "c"], None));
    }
}
