//! How to reach Stripe, and as whom.

use secrecy::SecretString;

use crate::config::{ConfigError, Lookup, true_or_false};
use crate::domain::AppId;
use crate::outbound::{PlainHttp, parse_base_url};

const KEY_HINT: &str = "the secret or restricted API key of your Stripe account, https://dashboard.stripe.com/apikeys";

/// What every function that talks to Stripe needs.
#[derive(Clone, Debug)]
pub struct StripeConfig {
    /// Read from `STRIPE_SECRET_KEY`: `sk_test_..` or `rk_test_..` (`.._live_..` when `STRIPE_TEST_MODE` is false).
    pub secret_key: SecretString,
    /// Read from `STRIPE_TEST_MODE`, default `true`: test keys and test events only; `false`: live ones only.
    pub test_mode: bool,
    /// Read from `STRIPE_API_BASE`, default `https://api.stripe.com`; plain HTTP only to this machine and, in test mode, from a
    /// container to the machine that it runs on.
    pub api_base: String,
    /// Read from `APP_ID`, default `tuition`: tells this installation's objects from others on the same account.
    pub app: AppId,
    /// Read from `DISPUTE_CANCELS_SUBSCRIPTION`, default `true`: whether a lost dispute ends its subscription at Stripe.
    pub cancel_on_lost_dispute: bool,
}

impl StripeConfig {
    /// Reads the values.
    ///
    /// # Errors
    /// When one is missing or malformed, or the key's mode is not the configured one.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        let test_mode = lookup.parsed("STRIPE_TEST_MODE", true, true_or_false)?;
        let secret_key = lookup.required("STRIPE_SECRET_KEY", KEY_HINT)?;
        check_key(&secret_key, test_mode)
            .map_err(|reason| ConfigError::Malformed { name: "STRIPE_SECRET_KEY", reason: reason.to_owned() })?;
        let api_base = lookup
            .parsed("STRIPE_API_BASE", "https://api.stripe.com".to_owned(), |base| check_api_base(base, test_mode))?;
        #[expect(clippy::expect_used, reason = "a constant that fits")]
        let default_app = AppId::parse("tuition").expect("a slug");
        let app = lookup.parsed("APP_ID", default_app, |slug| AppId::parse(slug))?;
        let cancel_on_lost_dispute = lookup.parsed("DISPUTE_CANCELS_SUBSCRIPTION", true, true_or_false)?;
        Ok(Self { secret_key: secret_key.into(), test_mode, api_base, app, cancel_on_lost_dispute })
    }
}

/// See <https://docs.stripe.com/keys>.
fn check_key(key: &str, test_mode: bool) -> Result<(), &'static str> {
    let is_of = |mode: &str| ["sk", "rk"].iter().any(|kind| key.starts_with(&format!("{kind}_{mode}_")));
    match (test_mode, is_of("test"), is_of("live")) {
        (true, true, _) | (false, _, true) => Ok(()),
        (true, _, true) => Err("it is a live key, and STRIPE_TEST_MODE is not false"),
        (false, true, _) => Err("it is a test key, and STRIPE_TEST_MODE is false"),
        _ => Err("it starts with sk_test_, rk_test_, sk_live_ or rk_live_"),
    }
}

/// The key travels in a header. A container calls its machine by a private address; a key of test mode may go there.
fn check_api_base(value: &str, test_mode: bool) -> Result<String, &'static str> {
    let plain_http = if test_mode { PlainHttp::ToPrivateAddresses } else { PlainHttp::ToThisMachine };
    parse_base_url(value, plain_http)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<StripeConfig, String> {
        let find = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        StripeConfig::from_lookup(&Lookup::new(&find)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_of_the_other_mode_stops_the_start() {
        assert!(read(&[("STRIPE_SECRET_KEY", "sk_test_1")]).unwrap().test_mode);
        assert!(read(&[("STRIPE_SECRET_KEY", "rk_live_1"), ("STRIPE_TEST_MODE", "false")]).is_ok());
        for (key, mode) in [("sk_live_1", "true"), ("sk_test_1", "false"), ("pk_test_1", "true"), ("hello", "true")] {
            let error = read(&[("STRIPE_SECRET_KEY", key), ("STRIPE_TEST_MODE", mode)]).unwrap_err();
            assert!(error.starts_with("STRIPE_SECRET_KEY is not usable"), "{error}");
            assert!(!error.contains(key), "an error never shows the key: {error}");
        }
        assert!(read(&[]).unwrap_err().starts_with("STRIPE_SECRET_KEY is not set"));
    }

    #[test]
    fn the_key_never_travels_in_the_clear() {
        let with = |base| read(&[("STRIPE_SECRET_KEY", "sk_test_1"), ("STRIPE_API_BASE", base)]);
        assert!(with("http://stripe.example.com").is_err());
        assert!(with("ftp://127.0.0.1").is_err());
        assert_eq!(with("http://127.0.0.1:12111/").unwrap().api_base, "http://127.0.0.1:12111");
    }

    #[test]
    fn a_key_of_test_mode_travels_from_a_container_to_its_machine_and_a_live_one_does_not() {
        let with = |key, test_mode, base| {
            read(&[("STRIPE_SECRET_KEY", key), ("STRIPE_TEST_MODE", test_mode), ("STRIPE_API_BASE", base)])
        };
        for base in ["http://172.17.0.1:12111", "http://host.docker.internal:12111"] {
            assert!(with("sk_test_1", "true", base).is_ok(), "{base}");
            assert!(with("sk_live_1", "false", base).is_err(), "{base}");
        }
        assert!(with("sk_test_1", "true", "http://8.8.8.8").is_err());
    }
}
