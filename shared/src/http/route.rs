//! Routes as data: one list per function builds the router and tells the local gateway, the tests and the
//! deployment template which paths exist and who may call them.

use axum::Router;
use axum::http::Method;
use axum::routing::MethodRouter;

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
    handler: MethodRouter<S>,
}

impl<S: Clone + Send + Sync + 'static> Route<S> {
    /// `GET path`.
    pub fn get(path: &'static str, auth: Auth, handler: MethodRouter<S>) -> Self {
        Self::new(Method::GET, path, auth, handler)
    }

    /// `POST path`.
    pub fn post(path: &'static str, auth: Auth, handler: MethodRouter<S>) -> Self {
        Self::new(Method::POST, path, auth, handler)
    }

    fn new(method: Method, path: &'static str, auth: Auth, handler: MethodRouter<S>) -> Self {
        Self { spec: RouteSpec { method, path, auth }, handler }
    }
}

/// The axum router of a function's routes.
pub fn router<S: Clone + Send + Sync + 'static>(routes: Vec<Route<S>>, state: S) -> Router {
    routes
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.spec.path, route.handler))
        .with_state(state)
}
