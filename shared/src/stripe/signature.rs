//! Webhook signatures. See <https://docs.stripe.com/webhooks#verify-manually>.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far the signature's time may lie from ours, in either direction.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Stripe sends one `v1` per secret of the endpoint: two while one is being rolled.
const MAX_SIGNATURES: usize = 16;

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No `Stripe-Signature`, or not in its form.
    #[error("the Stripe-Signature header is missing or malformed")]
    Malformed,
    /// None of its `v1` is ours.
    #[error("no signature matches")]
    NoMatch,
    /// Signed more than five minutes ago, or from now.
    #[error("the signature's time is more than five minutes away")]
    Stale,
}

/// The signing secrets of the endpoint: more than one while they are being rotated.
#[derive(Clone, Debug)]
pub struct WebhookSecrets(Vec<SecretString>);

impl WebhookSecrets {
    /// Reads a comma-separated list.
    ///
    /// # Errors
    /// When it is empty or one of them is not a signing secret: a webhook without one would believe anybody.
    pub fn parse(list: &str) -> Result<Self, &'static str> {
        let secrets: Vec<&str> = list.split(',').map(str::trim).filter(|secret| !secret.is_empty()).collect();
        if secrets.is_empty() {
            return Err("it holds no signing secret");
        }
        if !secrets.iter().all(|secret| secret.starts_with("whsec_") && secret.len() > 6) {
            return Err("signing secrets start with whsec_");
        }
        Ok(Self(secrets.into_iter().map(SecretString::from).collect()))
    }

    /// Checks the raw bytes of a delivery against its `Stripe-Signature` header, at `now`.
    ///
    /// # Errors
    /// When the header is unusable, matches no secret, or is too far from `now`.
    pub fn verify(&self, payload: &[u8], header: &str, now: Timestamp) -> Result<(), SignatureError> {
        let header = SignatureHeader::parse(header).ok_or(SignatureError::Malformed)?;
        let known = self.0.iter().any(|secret| {
            // The payload is hashed once per secret, however many signatures a stranger sends.
            let mac = mac(secret.expose_secret(), header.signed_at, payload);
            // `verify_slice` compares in constant time.
            header.v1.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
        });
        if !known {
            return Err(SignatureError::NoMatch);
        }
        let apart = now.as_second().saturating_sub(header.time).saturating_abs();
        if apart > TOLERANCE_SECONDS { Err(SignatureError::Stale) } else { Ok(()) }
    }
}

/// The `Stripe-Signature` header that Stripe would send for the payload, for stand-ins and tests.
pub fn sign(secret: &str, payload: &[u8], at: Timestamp) -> String {
    let time = at.as_second().to_string();
    format!("t={time},v1={}", hex::encode(mac(secret, &time, payload).finalize().into_bytes()))
}

fn mac(secret: &str, time: &str, payload: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(payload);
    mac
}

struct SignatureHeader<'a> {
    /// As it was signed: leading zeros or a plus sign would be another text.
    signed_at: &'a str,
    time: i64,
    v1: Vec<Vec<u8>>,
}

impl<'a> SignatureHeader<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let (mut signed_at, mut v1) = (None, Vec::new());
        for part in header.split(',') {
            match part.trim().split_once('=')? {
                ("t", time) => signed_at = Some(time),
                // A `v1` that is no hex cannot match; the others still may.
                ("v1", signature) if v1.len() < MAX_SIGNATURES => v1.extend(hex::decode(signature)),
                // `v0` is Stripe's fake scheme for tests, and later ones are not ours to read.
                _ => {}
            }
        }
        let signed_at = signed_at?;
        Some(Self { signed_at, time: signed_at.parse().ok()?, v1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = "{\"emoji\": \"🎓\",  \"odd\":\twhitespace}\r\n".as_bytes();

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn secrets(list: &str) -> WebhookSecrets {
        WebhookSecrets::parse(list).unwrap()
    }

    #[test]
    fn any_configured_secret_and_any_v1_will_do() {
        let header = sign("whsec_new", BODY, at(1000));
        let (time, signature) = header.split_once(',').unwrap();
        let several = format!("{time},v1={},v0=abcd,v1=nothex,{signature}", "00".repeat(32));
        for list in ["whsec_new", "whsec_old,whsec_new", " whsec_new , whsec_old,"] {
            assert_eq!(secrets(list).verify(BODY, &header, at(1000)), Ok(()), "{list}");
            assert_eq!(secrets(list).verify(BODY, &several, at(1000)), Ok(()), "{list}");
        }
        assert_eq!(secrets("whsec_old").verify(BODY, &header, at(1000)), Err(SignatureError::NoMatch));
    }

    #[test]
    fn five_minutes_in_both_directions_and_not_a_second_more() {
        let header = sign("whsec_a", BODY, at(10_000));
        for (now, expected) in [
            (9_700, Ok(())),
            (10_300, Ok(())),
            (9_699, Err(SignatureError::Stale)),
            (10_301, Err(SignatureError::Stale)),
        ] {
            assert_eq!(secrets("whsec_a").verify(BODY, &header, at(now)), expected, "{now}");
        }
    }

    #[test]
    fn every_byte_of_the_payload_counts() {
        let header = sign("whsec_a", BODY, at(1000));
        let mut other = BODY.to_vec();
        other.push(b' ');
        assert_eq!(secrets("whsec_a").verify(&other, &header, at(1000)), Err(SignatureError::NoMatch));
    }

    #[test]
    fn a_header_that_is_none_is_malformed() {
        for header in ["", "t=1", "v1=00", "t=,v1=00", "t=abc,v1=00", "nonsense", "t=99999999999999999999,v1=00"] {
            let answer = secrets("whsec_a").verify(BODY, header, at(1000));
            assert!(matches!(answer, Err(SignatureError::Malformed | SignatureError::NoMatch)), "{header:?}");
        }
    }

    #[test]
    fn a_webhook_without_a_secret_does_not_start() {
        for list in ["", " , ", "whsec_", "sk_test_1", "whsec_a,hello"] {
            assert!(WebhookSecrets::parse(list).is_err(), "{list:?}");
        }
    }
}
