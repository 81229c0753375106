//! The MCP endpoint, as a client of the newest revision of the protocol calls it.

use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::learner::Learner;
use super::response::TestResponse;

/// The newest revision of the protocol: no handshake, and every request says what it is.
pub(crate) const NEWEST: &str = "2026-07-28";

impl Learner {
    /// Posts a body with these headers, whatever they are. A header that is empty is not sent.
    pub(crate) async fn post_mcp(&self, body: String, headers: &[(&str, &str)]) -> TestResponse {
        let mut request = self.app.http.post(format!("{}/mcp", self.app.stack.urls().api)).bearer_auth(&self.token);
        let usual = [("accept", "application/json, text/event-stream"), ("content-type", "application/json")];
        let is_given = |name: &str| headers.iter().any(|(given, _)| *given == name);
        let usual = usual.iter().filter(|(name, _)| !is_given(name));
        for (name, value) in usual.chain(headers).filter(|(_, value)| !value.is_empty()) {
            let (name, value) = (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap());
            request = request.header(name, value);
        }
        TestResponse::read(request.body(body).send().await.unwrap()).await
    }

    /// Sends a request of the newest revision.
    pub(crate) async fn mcp(&self, method: &str, mut params: Value) -> TestResponse {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": NEWEST,
            "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1.0.0"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let name = params["name"].as_str().unwrap_or_default().to_owned();
        let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        let headers = [("mcp-protocol-version", NEWEST), ("mcp-method", method), ("mcp-name", &name)];
        self.post_mcp(message.to_string(), &headers).await
    }

    /// Calls a tool. Panics unless the answer is plain JSON with a result, whose text says what its structured content says.
    pub(crate) async fn call_tool(&self, name: &str, arguments: Value) -> ToolResult {
        let answer = self.mcp("tools/call", json!({"name": name, "arguments": arguments})).await;
        assert_eq!(answer.headers["content-type"], "application/json", "{}", answer.body);
        let result = &answer.expect(200)["result"];
        assert_eq!(result["resultType"], "complete", "{result}");
        let content = result["structuredContent"].clone();
        assert_eq!(result["content"][0]["type"], "text", "{result}");
        assert_eq!(result["content"][0]["text"].as_str().map(serde_json::from_str::<Value>).unwrap().unwrap(), content);
        ToolResult { is_error: result["isError"] == true, content }
    }
}

/// What a tool has answered.
#[derive(Debug)]
pub(crate) struct ToolResult {
    is_error: bool,
    content: Value,
}

impl ToolResult {
    /// The content of a success.
    #[track_caller]
    pub(crate) fn success(self) -> Value {
        assert!(!self.is_error, "{}", self.content);
        self.content
    }

    /// The problem, which has to have this status and code.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        let found = (&self.content["status"], &self.content["code"]);
        assert_eq!((self.is_error, found), (true, (&json!(status), &json!(code))), "{}", self.content);
        self.content
    }
}
