//! The web origins that may call the API and that payments may return to.

use shared::config::ConfigError;
use shared::http::AppOrigins;

use crate::options::Options;
use crate::ports::Urls;

const APP_ORIGINS: &str = "APP_ORIGINS";

/// The origins of the shop, and then those of `APP_ORIGINS`. The shop is first, because payments return to the
/// first origin by default.
pub(crate) fn allowed_origins(urls: &Urls, options: &Options) -> Result<Vec<String>, ConfigError> {
    // People use both names of this machine.
    let mut origins = vec![urls.web.clone(), urls.web.replace("127.0.0.1", "localhost")];
    if let Some(list) = options.variables.get(APP_ORIGINS) {
        let added = AppOrigins::parse(list)
            .map_err(|reason| ConfigError::Malformed { name: APP_ORIGINS, reason: reason.to_owned() })?;
        for origin in added.iter().filter(|origin| !is_shop(urls, origin)) {
            origins.push(origin.to_owned());
        }
    }
    Ok(origins)
}

/// The functions' variable with the origins.
pub(crate) fn to_variable(origins: &[String]) -> (String, String) {
    (APP_ORIGINS.to_owned(), origins.join(","))
}

fn is_shop(urls: &Urls, origin: &str) -> bool {
    origin.replace("localhost", "127.0.0.1") == urls.web
}
