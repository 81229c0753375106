//! An OpenID Connect provider for development: it signs in any e-mail address, with tokens like those of a Cognito user
//! pool: ID tokens, which have the address, and access tokens, which have none. Applications use the authorization code
//! flow with PKCE; scripts and tests get both in one call.
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html>

mod authorization_code;
mod authorization_request;
mod end_session;
mod key;
mod oauth_error;
mod page;
mod provider;
mod redirect_uri;
mod sign_in;
mod state;
mod token_endpoint;
mod tokens;

pub use key::{Claims, KeyError, SigningKey};
pub use provider::router;
pub use tokens::{IdentityProvider, InvalidEmail, TOKEN_LIFETIME_SECONDS};
