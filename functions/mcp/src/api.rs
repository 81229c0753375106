//! Tuition's own API, as the caller of this function may use it.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderValue, Method, Request, Response};
use shared::http::{DomainName, Problem};
use shared::outbound::{self, HttpClient, NoAnswer};

use crate::api_request::ApiRequest;
use crate::tools::ToolMethod;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Shorter than [`shared::http::route::REQUEST_TIMEOUT`], so that a tool says by itself that the API was slow.
const DEADLINE: Duration = Duration::from_secs(18);

/// Where the API is.
#[derive(Clone)]
pub(crate) struct Api {
    http: HttpClient,
    base_url: Option<String>,
}

/// The API for one caller. The token goes nowhere but to the gateway that has just accepted it: its authorizer checks it again.
#[derive(Clone)]
pub(crate) struct CallerApi {
    http: HttpClient,
    base_url: String,
    authorization: HeaderValue,
}

impl Api {
    /// At `base_url`, or else at the domain that API Gateway was called by.
    pub(crate) fn new(base_url: Option<String>) -> Self {
        Self { http: outbound::client(CONNECT_TIMEOUT), base_url }
    }

    /// The URL that paths are appended to.
    ///
    /// # Errors
    /// When neither the configuration nor API Gateway names it.
    pub(crate) fn base_url(&self, DomainName(domain): DomainName) -> Result<String, Problem> {
        let base_url = self.base_url.clone().or_else(|| domain.map(|domain| format!("https://{domain}")));
        base_url
            .ok_or_else(|| Problem::internal("API_BASE_URL is not set, and requestContext.domainName is no host name"))
    }

    /// The API at this URL for who sends this `authorization`.
    pub(crate) fn for_caller(&self, base_url: String, mut authorization: HeaderValue) -> CallerApi {
        authorization.set_sensitive(true);
        CallerApi { http: self.http.clone(), base_url, authorization }
    }
}

impl CallerApi {
    /// Sends the request, and returns the whole answer, whatever its status is.
    ///
    /// # Errors
    /// When no whole answer comes within 18 seconds.
    pub(crate) async fn send(&self, request: ApiRequest) -> Result<Response<Bytes>, ApiError> {
        let ApiRequest { method, path_and_query, body } = request;
        let uri = format!("{}{path_and_query}", self.base_url);
        let mut request = Request::new(Bytes::from(body.unwrap_or_default()));
        *request.uri_mut() = uri.parse().map_err(|_| ApiError::NotAUri)?;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("tuition-mcp/", env!("CARGO_PKG_VERSION"))));
        if method == ToolMethod::Post {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.method_mut() = Method::POST;
        }
        Ok(outbound::send(&self.http, request, DEADLINE).await?)
    }
}

/// The API gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("the URL of the API and the path are no URI")]
    NotAUri,
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
}
