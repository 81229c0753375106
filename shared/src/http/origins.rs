//! The frontend's origins: where a checkout may lead back to, and nowhere else.

/// The allow-list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppOrigins(Vec<String>);

impl AppOrigins {
    /// Reads a comma-separated list such as `https://school.example,http://localhost:3000`.
    ///
    /// # Errors
    /// When it is empty, or one of them is not an origin.
    pub fn parse(list: &str) -> Result<Self, &'static str> {
        let origins = list.split(',').map(|origin| origin.trim().trim_end_matches('/')).filter(|part| !part.is_empty());
        let origins: Vec<String> = origins.map(str::to_ascii_lowercase).collect();
        if origins.is_empty() {
            return Err("it holds no origin");
        }
        if !origins.iter().all(|origin| is_origin(origin)) {
            return Err("an origin is http:// or https://, a host and perhaps a port, and nothing else");
        }
        Ok(Self(origins))
    }

    /// The first one: where to when nobody says.
    pub fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// All of them, for CORS.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether the URL stays on one of the origins. What follows the origin must end the host, so
    /// `https://school.example.evil.com` and `https://school.example@evil.com` do not pass.
    pub fn allows(&self, url: &str) -> bool {
        let readable = url.len() <= 2_048 && url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        readable
            && self.0.iter().any(|origin| match url.split_at_checked(origin.len()) {
                Some((start, rest)) => {
                    start.eq_ignore_ascii_case(origin) && (rest.is_empty() || rest.starts_with(['/', '?', '#']))
                }
                None => false,
            })
    }
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    host.is_some_and(|host| !host.is_empty() && host.bytes().all(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_on_the_list_are_admitted() {
        let origins = AppOrigins::parse("https://school.example/, http://localhost:3000").unwrap();
        for url in [
            "https://school.example",
            "https://SCHOOL.example/done?session_id={CHECKOUT_SESSION_ID}#top",
            "http://localhost:3000/?a=b",
        ] {
            assert!(origins.allows(url), "{url}");
        }
        for url in [
            "",
            "/done",
            "//school.example",
            "http://school.example",
            "https://school.example.evil.com",
            "https://school.example@evil.com",
            "https://school.example:444/",
            "https://school.example\\@evil.com",
            "https://evil.com/https://school.example",
            "javascript:alert(1)",
            "https://school.example/\r\nLocation: https://evil.com",
            "https://school.example /",
        ] {
            assert!(!origins.allows(url), "{url}");
        }
    }

    #[test]
    fn a_list_that_is_none_stops_the_start() {
        for list in ["", ",", "*", "school.example", "https://", "https://a.example/path", "ftp://a.example"] {
            assert!(AppOrigins::parse(list).is_err(), "{list:?}");
        }
    }
}
