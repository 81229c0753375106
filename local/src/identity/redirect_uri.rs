//! Where a browser may be sent back to: a URL on one of the known origins, and nowhere else.

use reqwest::Url;

/// A URL on a known origin. RFC 6749 section 3.1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RedirectUri(Url);

impl RedirectUri {
    /// `text` as a URL. `None` when it is none, when it has a fragment, or when its origin is not one of `origins`.
    pub(super) fn parse(text: &str, origins: &[String]) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let origin = url.origin().ascii_serialization();
        (url.fragment().is_none() && origins.contains(&origin)).then_some(Self(url))
    }

    /// The origin, as a Content-Security-Policy names it.
    pub(super) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The URL with `parameters` at the end of its query. Those without a value are left out.
    pub(super) fn with<'a>(&self, parameters: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
        let mut url = self.0.clone();
        let given = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let given: Vec<_> = given.collect();
        if !given.is_empty() {
            url.query_pairs_mut().extend_pairs(given);
        }
        url.into()
    }
}

#[cfg(test)]
mod tests {
    use super::RedirectUri;

    #[test]
    fn only_a_url_on_a_known_origin_is_one() {
        let origins = ["http://127.0.0.1:3000".to_owned()];
        for url in ["http://127.0.0.1:3000", "http://127.0.0.1:3000/callback?a=b"] {
            assert!(RedirectUri::parse(url, &origins).is_some(), "{url}");
        }
        for url in [
            "",
            "/callback",
            "http://127.0.0.1:3001/callback",
            "http://127.0.0.1:3000.evil.example/",
            "http://127.0.0.1:3000@evil.example/",
            "http://127.0.0.1:3000/#token",
            "javascript:alert(1)",
        ] {
            assert!(RedirectUri::parse(url, &origins).is_none(), "{url}");
        }
    }

    #[test]
    fn parameters_are_added_to_those_of_the_url() {
        let uri = RedirectUri::parse("http://a.example/done?a=b", &["http://a.example".to_owned()]).unwrap();
        assert_eq!(uri.with([("code", Some("x&y")), ("state", None)]), "http://a.example/done?a=b&code=x%26y");
        assert_eq!(uri.with([("state", None)]), "http://a.example/done?a=b");
    }
}
