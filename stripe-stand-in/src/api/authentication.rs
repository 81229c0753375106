//! API keys (<https://docs.stripe.com/keys>). Any test key is accepted. Live keys are refused.

use axum::http::{HeaderMap, header};
use base64::Engine as _;

use crate::values::error::ApiError;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// `sk_test_...` or `rk_test_...`: everything.
    Secret,
    /// `pk_test_...`: only the routes that a payer's browser calls.
    Publishable,
}

const NO_KEY: &str = "You did not provide an API key. You need to provide your API key in the Authorization \
    header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
    https://docs.stripe.com/api#authentication for details.";

/// Reads the API key of a request and returns its kind. The key is a Bearer token or the Basic user name; `param` is
/// the parameter `key` of a request without that header, which has to be a publishable key. Errors are Stripe's 401s.
pub(crate) fn authenticate(headers: &HeaderMap, param: Option<&str>) -> Result<KeyKind, ApiError> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = header.and_then(key_of).or_else(|| param.map(str::to_owned)).filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| ApiError::unauthorized(NO_KEY))?;
    let begins_with = |prefix: &str| key.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
    if header.is_some() && (begins_with("sk_test_") || begins_with("rk_test_")) {
        Ok(KeyKind::Secret)
    } else if begins_with("pk_test_") {
        Ok(KeyKind::Publishable)
    } else {
        Err(ApiError::unauthorized(format!("Invalid API Key provided: {}", masked(&key))))
    }
}

fn key_of(header: &str) -> Option<String> {
    let (scheme, value) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(value.trim()).ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    pair.split(':').next().map(str::to_owned)
}

/// Shows only the first and last letters of a key, as Stripe's message does.
fn masked(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    match letters.len() {
        0..16 => "*".repeat(letters.len()),
        length => {
            let (head, tail) = (&letters[..8], &letters[length - 4..]);
            format!("{}{}{}", head.iter().collect::<String>(), "*".repeat(length - 12), tail.iter().collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(authorization: &str, expected: Result<KeyKind, ()>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        assert_eq!(authenticate(&headers, None).map_err(|_| ()), expected, "{authorization}");
    }

    #[test]
    fn live_keys_are_refused() {
        check("Bearer sk_test_1", Ok(KeyKind::Secret));
        check("bearer rk_test_1", Ok(KeyKind::Secret));
        check("Bearer pk_test_1", Ok(KeyKind::Publishable));
        check("Basic c2tfdGVzdF8xOg==", Ok(KeyKind::Secret));
        check("Bearer sk_live_1234567890123456", Err(()));
        check("Bearer sk_test_", Err(()));
        check("Bearer", Err(()));
        check("Digest sk_test_1", Err(()));
        assert!(authenticate(&HeaderMap::new(), None).is_err());
    }

    #[test]
    fn only_a_publishable_key_may_be_a_parameter() {
        for (key, accepted) in [("pk_test_1", true), ("sk_test_1", false), ("rk_test_1", false), ("pk_test_", false)] {
            assert_eq!(authenticate(&HeaderMap::new(), Some(key)).is_ok(), accepted, "{key}");
        }
    }

    #[test]
    fn an_error_does_not_contain_the_full_key() {
        assert_eq!(masked("sk_live_1234567890123456"), "sk_live_************3456");
    }
}
