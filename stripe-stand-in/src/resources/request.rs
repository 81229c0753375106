//! The input and output of a route handler, and the pagination and filters of lists.

use serde_json::{Value, json};

use crate::state::query::{PageRequest, Query};
use crate::state::transaction::Tx;
use crate::values::error::{ApiError, Error};
use crate::values::object::Object;
use crate::values::object_type::ObjectType;
use crate::values::params::Params;

/// One authenticated API call.
pub(crate) struct ApiCall {
    /// The request's path, which lists repeat as their `url`.
    pub(crate) path: String,
    /// The `{id}` of the path, empty without one.
    pub(crate) id: String,
    pub(crate) params: Params,
}

impl ApiCall {
    /// Refuses parameters that were not read.
    pub(crate) fn finish(self) -> Result<(), Error> {
        Ok(self.params.finish()?)
    }
}

/// The response of a committed call. An error for a declined card (402) is one too: its charge and events stay.
#[derive(Debug)]
pub(crate) struct ApiResponse {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl ApiResponse {
    /// 200 with an object.
    pub(crate) fn object(object: &Object) -> ApiResponse {
        ApiResponse { status: 200, body: object.to_public_json() }
    }

    /// 200 with `deleted: true`.
    pub(crate) fn deleted(object_type: ObjectType, id: &str) -> ApiResponse {
        ApiResponse { status: 200, body: json!({ "id": id, "object": object_type.object_name(), "deleted": true }) }
    }

    /// An error whose changes are committed, such as a declined card.
    pub(crate) fn error(api_error: &ApiError) -> ApiResponse {
        ApiResponse { status: api_error.status, body: json!({ "error": api_error.to_json() }) }
    }
}

/// Retrieves the object that the path names.
pub(crate) fn retrieve(tx: &Tx<'_>, object_type: ObjectType, call: ApiCall) -> Result<ApiResponse, Error> {
    let object = tx.load(object_type, &call.id)?;
    call.finish()?;
    Ok(ApiResponse::object(&object))
}

/// Responds with a page of a list. Reads `limit`, `starting_after` and `ending_before`.
pub(crate) fn list(tx: &Tx<'_>, query: Query, mut call: ApiCall) -> Result<ApiResponse, Error> {
    let page = read_page(&mut call.params)?;
    let url = call.path.clone();
    call.finish()?;
    let (objects, has_more) = tx.page(query, &page)?;
    Ok(list_response(&url, objects.iter().map(Object::to_public_json).collect(), has_more))
}

/// Stripe's list object.
pub(crate) fn list_response(url: &str, data: Vec<Value>, has_more: bool) -> ApiResponse {
    let body = json!({ "object": "list", "url": url, "has_more": has_more, "data": data });
    ApiResponse { status: 200, body }
}

/// One page of a list that is stored inside an object.
pub(crate) fn list_page_of(url: &str, items: &[Value], page: &PageRequest) -> ApiResponse {
    let start = match &page.starting_after {
        Some(id) => items.iter().position(|item| item["id"] == id.as_str()).map_or(items.len(), |at| at + 1),
        None => 0,
    };
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_more = items.len() > start + limit;
    list_response(url, items.iter().skip(start).take(limit).cloned().collect(), has_more)
}

/// Reads the pagination parameters.
pub(crate) fn read_page(params: &mut Params) -> Result<PageRequest, ApiError> {
    let limit = params.integer("limit")?.unwrap_or(10);
    if !(1..=100).contains(&limit) {
        let message = "Invalid integer: limit must be between 1 and 100.";
        return Err(params.invalid("limit", message).with_code("parameter_invalid_integer"));
    }
    let page = PageRequest {
        limit,
        starting_after: params.text("starting_after")?,
        ending_before: params.text("ending_before")?,
    };
    if page.starting_after.is_some() && page.ending_before.is_some() {
        return Err(ApiError::invalid_request("You may only specify one of starting_after and ending_before."));
    }
    Ok(page)
}

impl Query {
    /// Filters by the text parameters in `fields`.
    pub(crate) fn filter(mut self, params: &mut Params, fields: &[&str]) -> Result<Query, ApiError> {
        for field in fields {
            if let Some(value) = params.text(field)? {
                self = self.with(field, value);
            }
        }
        Ok(self)
    }

    /// Filters by a boolean parameter.
    pub(crate) fn filter_flag(self, params: &mut Params, field: &str) -> Result<Query, ApiError> {
        Ok(match params.flag(field)? {
            Some(value) => self.with(field, i64::from(value)),
            None => self,
        })
    }

    /// Filters by creation time: `created=1700000000`, or `created[gte]=...` and the like.
    pub(crate) fn filter_created(self, params: &mut Params) -> Result<Query, ApiError> {
        self.filter_time(params, "created", "created")
    }

    /// Filters by a time at `path` with the parameter `field`, in the same ways.
    pub(crate) fn filter_time(mut self, params: &mut Params, field: &str, path: &str) -> Result<Query, ApiError> {
        if params.is_text(field) {
            let time = params.integer(field)?;
            return Ok(self.with(path, time));
        }
        let Some(mut range) = params.hash(field)? else {
            return Ok(self);
        };
        for (name, operator) in [("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")] {
            if let Some(time) = range.integer(name)? {
                self = self.compare(path, operator, time);
            }
        }
        range.finish()?;
        Ok(self)
    }
}
