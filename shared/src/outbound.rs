//! HTTP to others. DynamoDB, Parameter Store and Stripe are called through the same kind of client: one HTTP stack and
//! one TLS stack to link, with Mozilla's root certificates compiled in, so that no start parses a file of them.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

/// Just under the minute after which load balancers begin to close idle connections.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// HTTP/1.1 with pooled connections. Cheap to clone; clones share them.
pub(crate) type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A client that gives up on a TCP connection after `connect_timeout`. The whole answer's deadline is the caller's.
pub(crate) fn client(connect_timeout: Duration) -> HttpClient {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_timeout));
    let tls = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(tcp);
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE_TIMEOUT).build(tls)
}
