//! From Lambda's event to the router and back, by way of `lambda_http`.

use std::task::{Context, Poll};

use axum::Router;
use axum::http::header::HOST;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Error, LambdaEvent, Service, lambda_runtime};

use super::problem::Problem;

/// The longest path and query together: a URI holds 65,534 bytes.
const MAX_URI_BYTES: usize = 32 * 1024;

/// What Lambda calls: a function's router. Nothing that a client writes makes `lambda_http` panic in it.
#[derive(Clone)]
pub struct LambdaService {
    adapter: Adapter<'static, Response, Router>,
    /// Answers what does not fit a URI.
    too_long: Adapter<'static, Response, Router>,
}

impl LambdaService {
    /// The service of a router.
    pub fn new(router: Router) -> Self {
        let too_long = Router::new().fallback(async || {
            let detail = format!("Path and query have at most {MAX_URI_BYTES} bytes.");
            Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", detail)
        });
        Self { adapter: Adapter::from(router), too_long: Adapter::from(too_long) }
    }
}

impl Service<LambdaEvent<LambdaRequest>> for LambdaService {
    type Response = <Adapter<'static, Response, Router> as Service<LambdaEvent<LambdaRequest>>>::Response;
    type Error = <Adapter<'static, Response, Router> as Service<LambdaEvent<LambdaRequest>>>::Error;
    type Future = <Adapter<'static, Response, Router> as Service<LambdaEvent<LambdaRequest>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.adapter.poll_ready(context)
    }

    fn call(&mut self, mut event: LambdaEvent<LambdaRequest>) -> Self::Future {
        match sanitize_uri(&mut event.payload) {
            Ok(()) => self.adapter.call(event),
            Err(UriTooLong) => self.too_long.call(event),
        }
    }
}

/// Answers Lambda's invocations by `router` until the process ends.
///
/// # Errors
/// When Lambda's Runtime API does not answer.
pub async fn run(router: Router) -> Result<(), Error> {
    lambda_runtime::run(LambdaService::new(router)).await
}

/// Path and query do not fit a URI; they are gone.
struct UriTooLong;

/// `lambda_http` makes a URI of the headers, the path and the query, and panics when it is none. Scheme and host are the
/// client's to write, and nothing here reads them: the URI gets a host that means nothing. What API Gateway was called by is
/// in `requestContext.domainName`, which stays.
fn sanitize_uri(request: &mut LambdaRequest) -> Result<(), UriTooLong> {
    let LambdaRequest::ApiGatewayV2(request) = request else { return Ok(()) };
    request.headers.insert(HOST, HeaderValue::from_static("localhost"));
    request.headers.remove("x-forwarded-proto");
    if let Some(path) = request.raw_path.as_mut().filter(|path| !path.starts_with('/')) {
        path.insert(0, '/');
    }
    if let Some(query) = request.raw_query_string.as_mut().filter(|query| !query.bytes().all(is_query_byte)) {
        *query = query
            .bytes()
            .map(|byte| if is_query_byte(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect();
    }
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    if length(&request.raw_path).saturating_add(length(&request.raw_query_string)) <= MAX_URI_BYTES {
        return Ok(());
    }
    request.raw_path = Some("/".to_owned());
    request.raw_query_string = None;
    Err(UriTooLong)
}

/// What may stand in a query. See <https://www.rfc-editor.org/rfc/rfc3986#section-3.4>.
fn is_query_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use lambda_http::lambda_runtime;
    use serde_json::{Value, json};

    use super::*;

    async fn status(change: impl FnOnce(&mut Value)) -> u64 {
        let mut event = json!({
            "version": "2.0", "routeKey": "GET /", "rawPath": "/", "rawQueryString": "", "headers": {}, "isBase64Encoded": false,
            "requestContext": {
                "accountId": "1", "apiId": "a", "domainName": "a.lambda-url.us-east-1.on.aws", "domainPrefix": "a",
                "http": {"method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""},
                "requestId": "r", "routeKey": "GET /", "stage": "$default", "time": "", "timeEpoch": 0,
            },
        });
        change(&mut event);
        let payload: LambdaRequest = serde_json::from_str(&event.to_string()).unwrap();
        let router = Router::new().route("/", get(async || "here"));
        let event = LambdaEvent::new(payload, lambda_runtime::Context::default());
        let answer = LambdaService::new(router).call(event).await.unwrap();
        serde_json::to_value(&answer).unwrap()["statusCode"].as_u64().unwrap()
    }

    #[tokio::test]
    async fn no_header_makes_it_panic() {
        for host in ["}{", "x:99999", "1:%", "", " ", "a b", "[::1", "ü", "a@b:c@d", "#", "?", "//"] {
            assert_eq!(status(|event| event["headers"] = json!({"host": host})).await, 200, "{host:?}");
        }
        for scheme in ["1:%", "", "ht tp", "javascript", ":", "https://x"] {
            let headers = json!({"host": "a.example", "x-forwarded-proto": scheme});
            assert_eq!(status(|event| event["headers"] = headers).await, 200, "{scheme:?}");
        }
    }

    #[tokio::test]
    async fn no_path_and_no_query_makes_it_panic() {
        for query in ["a b", "\"", "<>", "a=ü", "#x", "%", "%zz", "\\^`{|}", "\u{7f}", "a=1&a=2"] {
            assert_eq!(status(|event| event["rawQueryString"] = json!(query)).await, 200, "{query:?}");
        }
        for path in ["", "x", ":1", "//", "/ü", "/%", "/\u{0}", "/a b", "@x", "\\"] {
            let answered = status(|event| event["rawPath"] = json!(path)).await;
            assert!([200, 404].contains(&answered), "{path:?}: {answered}");
        }
        for long in ["a".repeat(70_000), "a".repeat(33_000), "<".repeat(40_000), "ü".repeat(40_000)] {
            assert_eq!(status(|event| event["rawPath"] = json!(format!("/{long}"))).await, 414);
            assert_eq!(status(|event| event["rawQueryString"] = json!(long)).await, 414);
        }
        // Three bytes each, once they are encoded.
        assert_eq!(status(|event| event["rawQueryString"] = json!("<".repeat(22_000))).await, 414);
        for name in [Value::Null, json!("x:99999"), json!("999.999.999.999"), json!("a b/")] {
            let answered = status(|event| event["requestContext"]["domainName"] = name.clone()).await;
            assert_eq!(answered, 200, "{name}");
        }
    }
}
