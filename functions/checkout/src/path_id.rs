//! Ids of Stripe's objects that a client names.

/// Whether the id can be a part of a path at Stripe as it is.
pub(crate) fn is_safe_in_path(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
