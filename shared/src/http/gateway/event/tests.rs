//! Tests of the events that API Gateway and the function URL make, as `lambda_http` reads them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method};
use lambda_http::request::from_str;
use lambda_http::{Body, RequestExt};
use serde_json::{Value, json};

use super::{EventSource, Invocation};

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn request<'a>(source: EventSource<'a>, headers: &'a HeaderMap, body: &'a [u8]) -> Invocation<'a> {
    Invocation {
        source,
        method: &Method::POST,
        path: "/courses/rust%20101",
        query: Some("a=1&b=x%20y&a=2"),
        headers,
        body,
        domain_name: "tuition.execute-api.us-east-1.amazonaws.com",
        source_ip: "203.0.113.7",
        request_id: "JKJaXmPLvHcESHA=",
        time: Timestamp::from_millisecond(1_583_348_638_390).unwrap(),
    }
}

fn encode(headers: &HeaderMap, body: &[u8]) -> Value {
    request(EventSource::FunctionUrl, headers, body).to_event()
}

#[test]
fn an_http_api_event_has_everything_the_documentation_shows() {
    let headers = headers(&[
        ("content-type", "application/json"),
        ("accept", "text/html"),
        ("accept", "application/json"),
        ("cookie", "one=1; two=2"),
        ("user-agent", "curl/8.2.1"),
    ]);
    let path_parameters = BTreeMap::from([("id".to_owned(), "rust 101".to_owned())]);
    let claims = BTreeMap::from([("cognito:groups".to_owned(), "[admin staff]".to_owned())]);
    let source = EventSource::HttpApi {
        route_key: "POST /courses/{id}",
        path_parameters: &path_parameters,
        claims: Some(&claims),
    };
    let expected = json!({
        "version": "2.0",
        "routeKey": "POST /courses/{id}",
        "rawPath": "/courses/rust%20101",
        "rawQueryString": "a=1&b=x%20y&a=2",
        "cookies": ["one=1", "two=2"],
        "headers": {
            "content-type": "application/json",
            "accept": "text/html,application/json",
            "user-agent": "curl/8.2.1",
        },
        "queryStringParameters": { "a": "1,2", "b": "x y" },
        "pathParameters": { "id": "rust 101" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "tuition",
            "authorizer": { "jwt": { "claims": { "cognito:groups": "[admin staff]" }, "scopes": null } },
            "domainName": "tuition.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "tuition",
            "http": {
                "method": "POST",
                "path": "/courses/rust%20101",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "curl/8.2.1",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "POST /courses/{id}",
            "stage": "$default",
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1_583_348_638_390_i64,
        },
        "body": "{}",
        "isBase64Encoded": false,
    });
    assert_eq!(request(source, &headers, b"{}").to_event(), expected);
}

#[test]
fn only_text_content_types_reach_the_function_as_text() {
    let table = [
        ("application/json", true),
        ("application/json; charset=utf-8", true),
        ("Application/JSON", true),
        ("application/xml", true),
        ("text/plain", true),
        ("application/x-www-form-urlencoded", false),
        ("application/octet-stream", false),
        ("multipart/form-data; boundary=x", false),
    ];
    for (content_type, text) in table {
        let event = encode(&headers(&[("content-type", content_type)]), b"a=1");
        assert_eq!(event["isBase64Encoded"], !text, "{content_type}");
        assert_eq!(event["body"], if text { "a=1" } else { "YT0x" }, "{content_type}");
    }
    assert_eq!(encode(&HeaderMap::new(), b"a=1")["isBase64Encoded"], true, "no content type");
}

#[test]
fn bytes_that_are_not_utf_8_survive() {
    let event = encode(&headers(&[("content-type", "application/json")]), &[0xff, 0x00]);
    assert_eq!((&event["isBase64Encoded"], &event["body"]), (&json!(true), &json!("/wA=")));
}

#[test]
fn absent_things_are_absent() {
    let headers = HeaderMap::new();
    let mut invocation = request(EventSource::FunctionUrl, &headers, b"");
    invocation.query = None;
    let event = invocation.to_event();
    for name in ["body", "cookies", "queryStringParameters", "pathParameters"] {
        assert_eq!(event.get(name), None, "{name}");
    }
    assert_eq!(event["routeKey"], "$default");
    assert_eq!(event["requestContext"].get("authorizer"), None);
    assert_eq!(event["requestContext"]["accountId"], "anonymous");
}

#[test]
fn lambda_http_reads_back_what_was_written() {
    let headers = headers(&[("content-type", "application/octet-stream"), ("cookie", "one=1; two=2")]);
    let path_parameters = BTreeMap::from([("id".to_owned(), "rust 101".to_owned())]);
    let claims = BTreeMap::from([("sub".to_owned(), "ada".to_owned())]);
    let source = EventSource::HttpApi {
        route_key: "POST /courses/{id}",
        path_parameters: &path_parameters,
        claims: Some(&claims),
    };
    let event = request(source, &headers, &[0, 159, 146, 150]).to_event().to_string();
    let read = from_str(&event).unwrap();
    assert_eq!(read.method(), Method::POST);
    assert_eq!(read.uri().path(), "/courses/rust%20101");
    assert_eq!(read.headers()["cookie"], "one=1; two=2");
    assert_eq!(read.path_parameters().first("id"), Some("rust 101"));
    assert_eq!(read.query_string_parameters().all("a"), Some(vec!["1", "2"]));
    assert_eq!(*read.body(), Body::Binary(vec![0, 159, 146, 150]));
}
