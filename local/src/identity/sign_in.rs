//! `/authorize`: the sign-in page, and the code that it leads back with. It asks for no password and remembers nobody.

use askama::Template;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;
use shared::http::OPERATORS_GROUP;

use super::authorization_request::AuthorizationRequest;
use super::oauth_error::OAuthError;
use super::page;
use super::redirect_uri::RedirectUri;
use super::state::ProviderState;

/// Learners to choose from, so that nobody has to type.
const LEARNERS: [&str; 2] = ["ada@example.com", "grace@example.com"];
/// An operator.
const OPERATOR: &str = "olga@example.com";

#[derive(Template)]
#[template(path = "identity/sign_in.html")]
struct SignInPage<'a> {
    learners: [&'static str; 2],
    operator: &'static str,
    operators_group: &'static str,
    /// What is in the field.
    email: &'a str,
    is_invalid: bool,
}

/// What the sign-in page sends.
#[derive(Deserialize)]
pub(super) struct SignInForm {
    email: String,
    /// The group whose member signs in.
    group: Option<String>,
}

/// Shows the sign-in page.
pub(super) async fn show(
    State(state): State<ProviderState>,
    request: Result<Query<AuthorizationRequest>, QueryRejection>,
) -> Response {
    match valid_request(&state, request) {
        Ok((request, redirect_uri)) => sign_in_page(&request.login_hint, StatusCode::OK, &redirect_uri),
        Err(answer) => answer,
    }
}

/// Signs in as the address that was chosen or typed, and leads back with a code.
pub(super) async fn submit(
    State(state): State<ProviderState>,
    request: Result<Query<AuthorizationRequest>, QueryRejection>,
    form: Result<Form<SignInForm>, FormRejection>,
) -> Response {
    let (request, redirect_uri) = match valid_request(&state, request) {
        Ok(valid) => valid,
        Err(answer) => return answer,
    };
    let (email, group) = form.map(|Form(form)| (form.email, form.group)).unwrap_or_default();
    // The claims are made when the code is exchanged; here the address is checked.
    if state.identity.claims(&email, &[]).is_err() {
        return sign_in_page(&email, StatusCode::BAD_REQUEST, &redirect_uri);
    }
    let answer_state = request.state.clone();
    match state.codes.issue(request.authorization(&email, group.into_iter().collect(), Timestamp::now().as_second())) {
        Ok(code) => {
            let parameters = [("code", Some(code.as_str())), ("state", answer_state.as_deref())];
            Redirect::to(&redirect_uri.with(parameters)).into_response()
        }
        Err(error) => redirect_with(error, &redirect_uri, answer_state.as_deref()),
    }
}

/// The request and where its answer goes, or the answer to a request that is wrong.
#[expect(clippy::result_large_err, reason = "the error is the answer, and is made once per request")]
fn valid_request(
    state: &ProviderState,
    request: Result<Query<AuthorizationRequest>, QueryRejection>,
) -> Result<(AuthorizationRequest, RedirectUri), Response> {
    let Ok(Query(request)) = request else {
        return Err(page::message(
            StatusCode::BAD_REQUEST,
            "A parameter of the request is given twice, or unreadable.",
        ));
    };
    let Some(redirect_uri) = request.trusted_redirect_uri(&state.identity.audience, &state.origins) else {
        let text = "client_id is not that of this stack's application, or redirect_uri is not on one of its origins. \
                    The variable APP_ORIGINS adds origins.";
        return Err(page::message(StatusCode::BAD_REQUEST, text));
    };
    match request.check() {
        Ok(()) => Ok((request, redirect_uri)),
        Err(error) => Err(redirect_with(error, &redirect_uri, request.state.as_deref())),
    }
}

/// Tells the application what is wrong. RFC 6749 section 4.1.2.1.
fn redirect_with(error: OAuthError, redirect_uri: &RedirectUri, state: Option<&str>) -> Response {
    let description = error.to_string();
    let parameters =
        [("error", Some(error.code())), ("error_description", Some(description.as_str())), ("state", state)];
    Redirect::to(&redirect_uri.with(parameters)).into_response()
}

fn sign_in_page(email: &str, status: StatusCode, redirect_uri: &RedirectUri) -> Response {
    let is_invalid = status == StatusCode::BAD_REQUEST;
    let (learners, operator, operators_group) = (LEARNERS, OPERATOR, OPERATORS_GROUP);
    let page = SignInPage { learners, operator, operators_group, email, is_invalid };
    // Browsers hold the redirect after a form against `form-action`, too.
    page::html(status, &page, &format!("'self' {}", redirect_uri.origin()))
}
