//! The host that API Gateway was called by.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;

/// `requestContext.domainName`, in lower case: the API's own domain or a custom one. API Gateway writes it. A client cannot choose
/// it freely: with a host that is none of this API's, its request does not get here. `None` when it is no host name, as behind
/// something that plays API Gateway on a port.
/// See <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainName(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for DomainName {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let written = parts.request_context_ref().and_then(|context| match context {
            RequestContext::ApiGatewayV2(context) => context.domain_name.as_deref(),
            _ => None,
        });
        Ok(Self(written.filter(|name| is_host_name(name)).map(str::to_ascii_lowercase)))
    }
}

/// See <https://www.rfc-editor.org/rfc/rfc1123#section-2.1>.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(allowed)
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::is_host_name;

    #[test]
    fn a_host_name_has_neither_a_port_nor_anything_else_of_a_url() {
        for name in ["a1b2c3.execute-api.eu-central-1.amazonaws.com", "API.school.example", "localhost"] {
            assert!(is_host_name(name), "{name}");
        }
        for text in
            ["", ".", "a..b", "127.0.0.1:9000", "a/b", "a@b", "a?b", "a#b", "a b", "[::1]", "schüle.example", "a\r\nb"]
        {
            assert!(!is_host_name(text), "{text:?}");
        }
    }
}
