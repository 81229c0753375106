//! The key with which a browser calls Stripe. It is no secret. See <https://docs.stripe.com/keys>.

use std::fmt;

use serde::{Serialize, Serializer};

/// A publishable key, `pk_test_..` or `pk_live_..`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(extend("pattern" = "^pk_(test|live)_")))]
pub struct PublishableKey(String);

/// Why a text is not a publishable key. It never shows the text, which may be a secret key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishableKeyError {
    /// It is another kind of key, or none.
    #[error("it starts with pk_test_ or pk_live_")]
    NotPublishable,
    /// It is of live mode, and the installation is not.
    #[error("it is a live key, and STRIPE_TEST_MODE is not false")]
    IsLive,
    /// It is of test mode, and the installation is not.
    #[error("it is a test key, and STRIPE_TEST_MODE is false")]
    IsTest,
}

impl PublishableKey {
    /// Checks the key, and that it is of the installation's mode.
    ///
    /// # Errors
    /// When it is not a publishable key, or one of the other mode.
    pub fn parse(text: &str, test_mode: bool) -> Result<Self, PublishableKeyError> {
        let is_of = |prefix: &str| text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
        match (is_of("pk_test_"), is_of("pk_live_"), test_mode) {
            (true, _, true) | (_, true, false) => Ok(Self(text.to_owned())),
            (true, _, false) => Err(PublishableKeyError::IsTest),
            (_, true, true) => Err(PublishableKeyError::IsLive),
            (false, false, _) => Err(PublishableKeyError::NotPublishable),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublishableKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl Serialize for PublishableKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_publishable_and_of_the_installations_mode() {
        for (text, test_mode, expected) in [
            ("pk_test_1", true, None),
            ("pk_live_1", false, None),
            ("pk_live_1", true, Some(PublishableKeyError::IsLive)),
            ("pk_test_1", false, Some(PublishableKeyError::IsTest)),
            ("sk_test_1", true, Some(PublishableKeyError::NotPublishable)),
            ("rk_live_1", false, Some(PublishableKeyError::NotPublishable)),
            ("pk_test_", true, Some(PublishableKeyError::NotPublishable)),
            ("", true, Some(PublishableKeyError::NotPublishable)),
        ] {
            assert_eq!(PublishableKey::parse(text, test_mode).err(), expected, "{text}");
        }
    }
}
