//! What each extractor and each answer brings along. An operation names only the problems of its own.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderName, StatusCode};
use schemars::{JsonSchema, Schema, json_schema, schema_for};
use serde_json::Value;

use super::operation::{Location, Operation, Parameter, RequestBody};
use super::signature::InSignature;
use crate::http::body::{JsonBody, OptionalJsonBody};
use crate::http::caller::Caller;
use crate::http::idempotency::IdempotencyKey;
use crate::http::operator::Operator;
use crate::http::page::PageRequest;
use crate::http::path::{PathParameter, PathParameters};
use crate::http::problem::Problem;
use crate::http::rate_limited_caller::RateLimitedCaller;

impl<S> InSignature for State<S> {
    fn describe(_: &mut Operation) {}
}

impl InSignature for Caller {
    fn describe(operation: &mut Operation) {
        operation.add_problems(StatusCode::UNAUTHORIZED, ["unauthorized"]);
    }
}

impl InSignature for RateLimitedCaller {
    fn describe(operation: &mut Operation) {
        Caller::describe(operation);
        operation.add_problems(StatusCode::TOO_MANY_REQUESTS, ["rate_limited"]);
        operation.add_problems(StatusCode::SERVICE_UNAVAILABLE, ["store_unavailable"]);
    }
}

impl InSignature for Operator {
    fn describe(operation: &mut Operation) {
        Caller::describe(operation);
        operation.add_problems(StatusCode::FORBIDDEN, ["forbidden"]);
    }
}

impl InSignature for PathParameter {
    fn describe(operation: &mut Operation) {
        operation.add_problems(StatusCode::NOT_FOUND, ["not_found"]);
    }
}

impl InSignature for PathParameters {
    fn describe(operation: &mut Operation) {
        PathParameter::describe(operation);
    }
}

impl<T: JsonSchema> InSignature for JsonBody<T> {
    fn describe(operation: &mut Operation) {
        describe_body::<T>(operation, true);
        operation.add_problems(StatusCode::BAD_REQUEST, ["body_missing"]);
    }
}

impl<T: JsonSchema> InSignature for OptionalJsonBody<T> {
    fn describe(operation: &mut Operation) {
        describe_body::<T>(operation, false);
    }
}

fn describe_body<T: JsonSchema>(operation: &mut Operation, required: bool) {
    operation.request = Some(RequestBody { schema: |schemas| schemas.subschema_for::<T>(), required });
    operation.add_problems(StatusCode::BAD_REQUEST, ["invalid_field", "malformed_json"]);
    operation.add_problems(StatusCode::PAYLOAD_TOO_LARGE, ["body_too_large"]);
}

impl<T: JsonSchema> InSignature for Result<Query<T>, QueryRejection> {
    fn describe(operation: &mut Operation) {
        let schema = schema_for!(T);
        let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        for (name, schema) in members {
            let schema = Schema::try_from(schema.clone()).unwrap_or_default();
            operation.parameters.push(Parameter { name: name.clone(), location: Location::Query, schema });
        }
        operation.add_problems(StatusCode::BAD_REQUEST, ["invalid_query"]);
    }
}

impl InSignature for PageRequest {
    fn describe(operation: &mut Operation) {
        let limit = json_schema!({
            "type": "integer", "minimum": 1, "maximum": PageRequest::MAX_LIMIT, "default": PageRequest::DEFAULT_LIMIT,
            "description": "How many items at most.",
        });
        let cursor = json_schema!({ "type": "string", "description": "`next_cursor` of the page before." });
        for (name, schema) in [("limit", limit), ("cursor", cursor)] {
            operation.parameters.push(Parameter { name: name.to_owned(), location: Location::Query, schema });
        }
        operation.add_problems(StatusCode::BAD_REQUEST, ["invalid_cursor", "invalid_limit", "invalid_query"]);
    }
}

impl InSignature for Option<IdempotencyKey> {
    fn describe(operation: &mut Operation) {
        let schema = json_schema!({
            "type": "string", "pattern": "^[ -~]{1,255}$",
            "description": "Your own name for this request, so that repeating it does nothing more. It is remembered for two days.",
        });
        let name = "Idempotency-Key".to_owned();
        operation.parameters.push(Parameter { name, location: Location::Header, schema });
        operation.add_problems(StatusCode::BAD_REQUEST, ["invalid_idempotency_key"]);
    }
}

impl<T: JsonSchema> InSignature for Json<T> {
    fn describe(operation: &mut Operation) {
        operation.response = Some(|schemas| schemas.subschema_for::<T>());
    }
}

impl<T: InSignature> InSignature for (StatusCode, T) {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

impl<T: InSignature> InSignature for ([(HeaderName, &'static str); 1], T) {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

impl<T: InSignature, E: InSignature> InSignature for Result<T, E> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
        E::describe(operation);
    }
}

/// Every handler reads the table.
impl InSignature for Problem {
    fn describe(operation: &mut Operation) {
        operation.add_problems(StatusCode::SERVICE_UNAVAILABLE, ["store_unavailable"]);
    }
}
