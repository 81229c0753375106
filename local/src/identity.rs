//! An OpenID Connect provider for development: it signs in any e-mail address, with ID tokens like those of a Cognito
//! user pool.
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html>

mod key;
mod provider;
mod tokens;

pub use key::{Claims, KeyError, SigningKey};
pub use provider::router;
pub use tokens::{IdentityProvider, InvalidEmail, TOKEN_LIFETIME_SECONDS};
