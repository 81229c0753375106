//! What the provider's routes share.

use std::sync::Arc;

use super::authorization_code::AuthorizationCodes;
use super::tokens::IdentityProvider;

/// The provider, and what it knows while it runs.
#[derive(Debug, Clone)]
pub(super) struct ProviderState {
    pub(super) identity: IdentityProvider,
    /// Where the application's pages are.
    pub(super) origins: Arc<[String]>,
    pub(super) codes: Arc<AuthorizationCodes>,
}
