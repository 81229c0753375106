//! What the function reads from its environment.

use shared::config::{ConfigError, Lookup};
use shared::http::AppOrigins;
use shared::outbound::{PlainHttp, parse_base_url};

const ORIGINS_HINT: &str = "the origins of your frontend, such as https://school.example";
const ISSUER_HINT: &str = "the OpenID Connect issuer of the learners' tokens, such as https://login.school.example";

/// The function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Read from `API_BASE_URL`, default the domain that the request came to: where clients call the API, and this function does, too.
    /// Plain HTTP only to this machine and to private addresses.
    pub api_base_url: Option<String>,
    /// Read from `APP_ORIGINS`: the frontend's origins, comma-separated. Pages of others are refused.
    pub origins: AppOrigins,
    /// Read from `JWT_ISSUER`: who signs learners in, as API Gateway's authorizer knows it. Clients are told so.
    pub issuer: String,
}

impl Config {
    /// Reads the values.
    ///
    /// # Errors
    /// When one is missing or malformed.
    pub fn from_lookup(lookup: &Lookup<'_>) -> Result<Self, ConfigError> {
        let base_url = |text: &str| parse_base_url(text, PlainHttp::ToPrivateAddresses);
        Ok(Self {
            api_base_url: lookup.parsed("API_BASE_URL", None, |text| base_url(text).map(Some))?,
            origins: lookup.required_parsed("APP_ORIGINS", ORIGINS_HINT, AppOrigins::parse)?,
            // To the letter: clients compare it with the `iss` of tokens.
            issuer: lookup
                .required_parsed("JWT_ISSUER", ISSUER_HINT, |text| base_url(text).map(|_| text.to_owned()))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let find = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Config::from_lookup(&Lookup::new(&find)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_mistake_is_said_in_a_sentence() {
        let right = [("APP_ORIGINS", "https://school.example"), ("JWT_ISSUER", "https://login.school.example/")];
        let config = read(&right).unwrap();
        assert_eq!((config.issuer.as_str(), config.api_base_url), ("https://login.school.example/", None));
        let with = |name: &'static str, value: &'static str| {
            let others = right.into_iter().filter(|(known, _)| *known != name);
            read(&others.chain([(name, value)]).collect::<Vec<_>>())
        };
        assert_eq!(
            with("API_BASE_URL", "https://api.school.example/").unwrap().api_base_url.as_deref(),
            Some("https://api.school.example")
        );
        for (name, value) in [
            ("API_BASE_URL", "api.school.example"),
            ("API_BASE_URL", "http://api.school.example"),
            ("JWT_ISSUER", "login.school.example"),
            ("APP_ORIGINS", "*"),
        ] {
            let error = with(name, value).unwrap_err();
            assert!(error.starts_with(&format!("{name} is not usable: ")), "{error}");
        }
        assert!(with("JWT_ISSUER", "").unwrap_err().starts_with("JWT_ISSUER is not set: "));
    }
}
