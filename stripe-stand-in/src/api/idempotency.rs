//! `Idempotency-Key` (<https://docs.stripe.com/api/idempotent_requests>): the same request again gets the stored
//! response, a different request with the key is refused, and a concurrent one gets a 409.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::state::idempotency::IdempotencyRecord;
use crate::values::error::ApiError;

/// The keys of requests that are running now.
#[derive(Default)]
pub(crate) struct RunningKeys(Mutex<HashSet<String>>);

impl RunningKeys {
    /// Claims a key until the returned guard is dropped. Refused with 409 while another request holds the key.
    pub(crate) fn claim(&self, key: &str) -> Result<RunningKey<'_>, ApiError> {
        if self.lock().insert(key.to_owned()) {
            Ok(RunningKey { keys: self, key: key.to_owned() })
        } else {
            Err(ApiError::idempotency_key_in_use(key))
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The guard of a claimed key.
pub(crate) struct RunningKey<'a> {
    keys: &'a RunningKeys,
    key: String,
}

impl Drop for RunningKey<'_> {
    fn drop(&mut self) {
        self.keys.lock().remove(&self.key);
    }
}

/// A digest of a request's parameters. The parameters themselves are not stored.
pub(crate) fn fingerprint(query: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(query.as_bytes());
    hash.update([0]);
    hash.update(body);
    hex::encode(hash.finalize())
}

/// Refuses a key that was first used with another path or other parameters.
pub(crate) fn require_same_call(record: &IdempotencyRecord, path: &str, fingerprint: &str) -> Result<(), ApiError> {
    let key = &record.key;
    if record.path != path {
        let message = format!(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for \
             ('{path}' vs '{}'). Try using a key other than '{key}' if you meant to execute a different request.",
            record.path
        );
        return Err(ApiError::idempotency_key_reused(message));
    }
    if record.fingerprint != fingerprint {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. \
             Try using a key other than '{key}' if you meant to execute a different request."
        );
        return Err(ApiError::idempotency_key_reused(message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_unlocked_after_its_call() {
        let keys = RunningKeys::default();
        let first = keys.claim("k").unwrap();
        assert_eq!(keys.claim("k").err().map(|api_error| api_error.status), Some(409));
        drop(first);
        assert!(keys.claim("k").is_ok());
    }
}
