//! Who may call, in the document's terms.

use serde_json::{Value, json};
use shared::http::route::Auth;

const SCHEME: &str = "openIdConnect";

/// What an operation asks for.
pub(crate) fn required(auth: Auth) -> Value {
    match auth {
        Auth::Public => json!([]),
        Auth::SignedIn => json!([{ SCHEME: [] }]),
    }
}

/// How a client signs in.
pub(crate) fn schemes() -> Value {
    json!({ SCHEME: {
        "type": "openIdConnect",
        "openIdConnectUrl": "http://127.0.0.1:9002/.well-known/openid-configuration",
        "description": "The ID token or the access token of the installation's identity provider. This address is that of the local stack.",
    } })
}
