//! An OpenID Connect provider for development: it signs in any e-mail address, with tokens like those of a Cognito
//! user pool: ID tokens, which have the address, and access tokens, which have none.
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html>

mod key;
mod provider;
mod tokens;

pub use key::{Claims, KeyError, SigningKey};
pub use provider::router;
pub use tokens::{IdentityProvider, InvalidEmail, TOKEN_LIFETIME_SECONDS};
