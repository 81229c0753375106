//! An MCP server: what an assistant may do for the learner who is signed in, as tools. Stateless, over streamable HTTP, without
//! streams: <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http>.
//!
//! It has no table and no key of Stripe's. Each tool is one request to Tuition's own API with the learner's own token, so that every rule and
//! limit of the route holds.

// Numbers come from clients: none of them may overflow.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod api;
mod api_request;
mod config;
mod method_not_allowed;
mod receive;
mod server;
mod show_protected_resource;
mod state;
mod tool_result;
mod tools;
mod unreadable;

use axum::Router;
use axum::http::Method;
use axum::routing::{delete, get, post};
use shared::http::route::{self, Auth, Route};

pub use self::config::Config;
pub use self::state::State;

/// The routes. None is part of `openapi.json`: MCP and RFC 9728 say what they speak, and clients of these protocols know it.
pub fn routes() -> Vec<Route<State>> {
    vec![
        Route::undocumented(Method::POST, "/mcp", Auth::SignedIn, post(receive::handle)),
        // Without these, API Gateway would answer 404, which clients take for a server that is not there.
        Route::undocumented(Method::GET, "/mcp", Auth::SignedIn, get(method_not_allowed::handle)),
        Route::undocumented(Method::DELETE, "/mcp", Auth::SignedIn, delete(method_not_allowed::handle)),
        Route::undocumented(
            Method::GET,
            "/.well-known/oauth-protected-resource",
            Auth::Public,
            get(show_protected_resource::of_the_host),
        ),
        Route::undocumented(
            Method::GET,
            "/.well-known/oauth-protected-resource/mcp",
            Auth::Public,
            get(show_protected_resource::of_the_endpoint),
        ),
    ]
}

/// The function.
pub fn router(state: State) -> Router {
    route::router(routes(), state)
}
