//! Routes as data: one list per function builds the router and tells the local gateway, the tests and the
//! deployment template which paths exist and who may call them.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::handler::Handler;
use axum::http::header::ALLOW;
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{self, MethodRouter};
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;

#[cfg(feature = "openapi")]
use super::openapi::{Documented, Operation};
use super::problem::Problem;

/// Without the contract, every handler will do.
#[cfg(not(feature = "openapi"))]
pub trait Documented<T> {}
#[cfg(not(feature = "openapi"))]
impl<H, T> Documented<T> for H {}

/// API Gateway gives up after 30 seconds, in which a function may have to start, and its answer says nothing. The webhook has
/// a shorter one of its own, and puts what comes too late into the error queue.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// Who may call a route. API Gateway decides before the function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// No authorizer.
    Public,
    /// The JWT authorizer: the function sees verified claims.
    SignedIn,
}

/// A route without its handler. `path` is written as API Gateway writes it: `/courses/{id}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSpec {
    /// HTTP method.
    pub method: Method,
    /// Path template, the same in axum and in API Gateway.
    pub path: &'static str,
    /// Who may call it.
    pub auth: Auth,
}

impl RouteSpec {
    /// API Gateway's route key: `GET /courses/{id}`.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// A route of a function: its description and its handler.
pub struct Route<S> {
    /// Method, path and authorization.
    pub spec: RouteSpec,
    /// What its handler's signature says, for the contract; `None` for a route that is no part of it.
    #[cfg(feature = "openapi")]
    pub operation: Option<Operation>,
    handler: MethodRouter<S>,
}

impl<S: Clone + Send + Sync + 'static> Route<S> {
    /// `GET path`.
    pub fn get<H, T>(path: &'static str, auth: Auth, handler: H) -> Self
    where
        H: Handler<T, S> + Documented<T>,
        T: 'static,
    {
        Self::documented(Method::GET, path, auth, handler, routing::get)
    }

    /// `POST path`.
    pub fn post<H, T>(path: &'static str, auth: Auth, handler: H) -> Self
    where
        H: Handler<T, S> + Documented<T>,
        T: 'static,
    {
        Self::documented(Method::POST, path, auth, handler, routing::post)
    }

    /// `DELETE path`.
    pub fn delete<H, T>(path: &'static str, auth: Auth, handler: H) -> Self
    where
        H: Handler<T, S> + Documented<T>,
        T: 'static,
    {
        Self::documented(Method::DELETE, path, auth, handler, routing::delete)
    }

    fn documented<H, T>(
        method: Method,
        path: &'static str,
        auth: Auth,
        handler: H,
        route: fn(H) -> MethodRouter<S>,
    ) -> Self
    where
        H: Documented<T>,
    {
        Self {
            spec: RouteSpec { method, path, auth },
            #[cfg(feature = "openapi")]
            operation: Some(H::operation()),
            handler: route(handler),
        }
    }

    /// A route that is no part of the learners' API.
    pub fn undocumented(method: Method, path: &'static str, auth: Auth, handler: MethodRouter<S>) -> Self {
        Self {
            spec: RouteSpec { method, path, auth },
            #[cfg(feature = "openapi")]
            operation: None,
            handler,
        }
    }
}

/// The axum router of a function's routes, with the edge around it: problems are rendered, what takes
/// too long is given up, and every request is logged once, by ids and numbers only, unless it is noise.
pub fn router<S: Clone + Send + Sync + 'static>(routes: Vec<Route<S>>, state: S) -> Router {
    routes
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.spec.path, route.handler))
        .fallback(async || Problem::not_found("There is no such route."))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "The route has other methods.")
        })
        .with_state(state)
        .layer(middleware::from_fn(handle_request))
}

async fn handle_request(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = request_id(&request);
    let method = request.method().clone();
    // The template, not the path: a path holds ids.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let mut response = with_timeout(REQUEST_TIMEOUT, next.run(request)).await;
    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(problem) = &problem {
        let allow = response.headers_mut().remove(ALLOW);
        response = problem.render(&request_id);
        // A 405 names the methods that there are: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6.
        response.headers_mut().extend(allow.map(|methods| (ALLOW, methods)));
    }
    if problem.as_ref().is_some_and(Problem::is_unlogged) {
        return response;
    }
    let (status, millis) = (response.status().as_u16(), started.elapsed().as_millis() as u64);
    let code = problem.as_ref().map(Problem::code);
    let cause = problem.as_ref().and_then(Problem::cause);
    if status >= 500 {
        tracing::error!(request_id, %method, route, status, millis, code, cause, "request failed");
    } else {
        tracing::info!(request_id, %method, route, status, millis, code, cause, "request");
    }
    response
}

async fn with_timeout(deadline: Duration, work: impl Future<Output = Response>) -> Response {
    let late = |_| Problem::unavailable("timeout", "the store or Stripe was slow").into_response();
    tokio::time::timeout(deadline, work).await.unwrap_or_else(late)
}

/// The id that API Gateway gave the request, or else Lambda's.
fn request_id(request: &Request) -> String {
    let gateway = request.extensions().request_context_ref().and_then(|context| match context {
        RequestContext::ApiGatewayV2(context) => context.request_id.clone(),
        _ => None,
    });
    let lambda = || request.extensions().lambda_context_ref().map(|context| context.request_id.clone());
    gateway.or_else(lambda).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn what_takes_too_long_is_answered_before_the_gateway_gives_up() {
        let in_time = with_timeout(Duration::ZERO, ready("quick".into_response())).await;
        assert_eq!(in_time.status(), StatusCode::OK);
        let late = with_timeout(Duration::ZERO, pending()).await;
        assert_eq!(late.extensions().get::<Problem>().map(Problem::code), Some("timeout"));
    }
}
