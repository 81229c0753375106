//! The AWS SDK over our own HTTP client.

use std::time::Duration;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response};
use hyper_util::client::legacy::connect::capture_connection;

use crate::outbound;

/// A connection to AWS normally takes far less than a second. If it takes longer, a packet was lost, and a new
/// attempt is faster.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_000);

/// The HTTP client for any client of the AWS SDK. It connects within a second; deadlines of attempts are the SDK's.
pub fn http_client() -> SharedHttpClient {
    SharedHttpClient::new(SmithyHttpClient(SharedHttpConnector::new(HyperConnector(outbound::client(CONNECT_TIMEOUT)))))
}

#[derive(Debug)]
struct SmithyHttpClient(SharedHttpConnector);

impl HttpClient for SmithyHttpClient {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.0.clone()
    }
}

#[derive(Debug)]
struct HyperConnector(outbound::HttpClient);

impl HttpConnector for HyperConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.0.clone();
        HttpConnectorFuture::new(async move {
            let mut request = to_hyper(request)?;
            allow_connection_poisoning(&mut request);
            let (head, body) =
                http.request(request).await.map_err(|error| ConnectorError::io(error.into()))?.into_parts();
            let body = body.collect().await.map_err(|error| ConnectorError::io(error.into()))?.to_bytes();
            let answer = Response::from_parts(head, SdkBody::from(body));
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn to_hyper(request: HttpRequest) -> Result<Request<Full<Bytes>>, ConnectorError> {
    let (head, body) = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?.into_parts();
    let body = body.bytes().ok_or_else(|| ConnectorError::user("a body that is a stream".into()))?;
    Ok(Request::from_parts(head, Full::from(Bytes::copy_from_slice(body))))
}

/// The SDK closes connections on which something went wrong, so that its next try takes another one.
fn allow_connection_poisoning(request: &mut Request<Full<Bytes>>) {
    let captured = capture_connection(request);
    let Some(asked) = request.extensions().get::<CaptureSmithyConnection>() else { return };
    asked.set_connection_retriever(move || {
        captured.connection_metadata().as_ref()?;
        let captured = captured.clone();
        let poison = move || {
            if let Some(connection) = captured.connection_metadata().as_ref() {
                connection.poison();
            }
        };
        Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
    });
}
