//! HTTP to others. DynamoDB, Parameter Store, Stripe and Tuition's own API are called through the same kind of client: one HTTP
//! stack and one TLS stack to link, with Mozilla's root certificates compiled in, so that no start parses a file of them.

use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

/// Just under the minute after which load balancers begin to close idle connections.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// HTTP/1.1 with pooled connections. Cheap to clone; clones share them.
pub type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// No whole answer has arrived.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The connection failed.
    #[error("{0}")]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// The connection failed while the body was read.
    #[error("{0}")]
    Body(#[from] hyper::Error),
    /// The deadline has passed.
    #[error("nothing within {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// How far plain HTTP may go. What is secret travels in a header, so everywhere else it takes TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// To this machine.
    ToThisMachine,
    /// To private addresses as well: a container calls its machine by one, or by a name of Docker's.
    ToPrivateAddresses,
}

/// A client that gives up on a TCP connection after `connect_timeout`. The whole answer's deadline is the caller's.
pub fn client(connect_timeout: Duration) -> HttpClient {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_timeout));
    let tls = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(tcp);
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE_TIMEOUT).build(tls)
}

/// Sends the request and reads the whole answer, whatever its status is.
///
/// # Errors
/// When the connection fails, or the answer is not complete after `deadline`.
pub async fn send(
    client: &HttpClient,
    request: Request<Bytes>,
    deadline: Duration,
) -> Result<Response<Bytes>, NoAnswer> {
    let answered = tokio::time::timeout(deadline, async {
        let (head, body) = client.request(request.map(Full::new)).await?.into_parts();
        Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
    });
    answered.await.unwrap_or(Err(NoAnswer::TimedOut(deadline)))
}

/// Reads the URL that paths are appended to: `https://` and a host, perhaps a port and a path. A slash at its end is dropped.
///
/// # Errors
/// When it is no such URL, or plain HTTP would go too far; the text says so.
pub fn parse_base_url(text: &str, plain_http: PlainHttp) -> Result<String, &'static str> {
    let base = text.trim_end_matches('/');
    let uri: Uri = base.parse().map_err(|_| "it is not a URL")?;
    let is_near = |host: &str| {
        let is_here = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
        let is_private = || host.parse().is_ok_and(|address: Ipv4Addr| address.is_private());
        is_here || plain_http == PlainHttp::ToPrivateAddresses && (host == "host.docker.internal" || is_private())
    };
    if uri.query().is_some() || base.contains('#') {
        return Err("paths are appended to it, so it has no query");
    }
    match uri.scheme_str() {
        Some("https") => Ok(base.to_owned()),
        Some("http") if uri.host().is_some_and(is_near) => Ok(base.to_owned()),
        _ => Err("it is https://.., or http:// on this machine"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_no_further_than_it_may() {
        use PlainHttp::{ToPrivateAddresses, ToThisMachine};
        let check = |text, plain_http, expected: Option<&str>| {
            assert_eq!(parse_base_url(text, plain_http).ok().as_deref(), expected, "{text} {plain_http:?}");
        };
        check("https://api.school.example/", ToThisMachine, Some("https://api.school.example"));
        check("https://api.school.example/v1", ToThisMachine, Some("https://api.school.example/v1"));
        check("http://127.0.0.1:9000", ToThisMachine, Some("http://127.0.0.1:9000"));
        check("http://172.17.0.1:9000", ToPrivateAddresses, Some("http://172.17.0.1:9000"));
        check("http://host.docker.internal:9000", ToPrivateAddresses, Some("http://host.docker.internal:9000"));
        check("http://172.17.0.1:9000", ToThisMachine, None);
        for text in ["http://8.8.8.8", "http://school.example", "ftp://127.0.0.1", "school.example", "/", ""] {
            check(text, ToPrivateAddresses, None);
        }
        for text in ["https://school.example?a=b", "https://school.example/#a"] {
            check(text, ToThisMachine, None);
        }
    }
}
