//! The server of the protocol: which tools there are, and what a call of one does.

use std::sync::Arc;

use axum::http::request::Parts;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CustomRequest, CustomResult, ErrorCode,
    Implementation, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};

use crate::api::CallerApi;
use crate::api_request::ApiRequest;
use crate::tool_result;
use crate::tools::Tools;

/// What an assistant should know before it calls anything.
const INSTRUCTIONS: &str = "\
This school sells courses, bundles of courses and subscription plans. You act for the learner who is signed in, and see only what is theirs. \
Nothing here charges anybody: to sell something, find it with `show_catalog`, call `create_checkout_session`, show `checkout_url` to the \
learner, who pays on Stripe's page, and then ask `show_checkout_session` until `fulfilled` is true. Cancellation, payment methods and \
invoices are in the portal: `open_billing_portal`. Say that a course is open only when `check_course_access` says so. A result with `isError` \
has a `code`; try again only if it has `retry_after`, after so many seconds.";

/// How long a client may keep the list of tools, in milliseconds: it changes with a deployment.
const LIST_IS_FRESH_FOR: u64 = 60 * 60 * 1_000;

/// The methods that the server knows. With parameters of another form, the SDK takes a request for one of a method that it does not know.
const METHODS: [&str; 5] = ["initialize", "ping", "server/discover", "tools/call", "tools/list"];

/// The endpoint: one message in, one JSON answer out, no sessions and no streams.
pub(crate) type McpService = StreamableHttpService<ToolServer, NeverSessionManager>;

/// The endpoint of the embedded tools.
pub(crate) fn service() -> McpService {
    let server = ToolServer { tools: Tools::embedded() };
    // `Host` is API Gateway's to check: it has chosen this API by it, and `http::run` puts `localhost` in its place, which the SDK allows.
    // `Origin` is checked before. Both are checks against DNS rebinding.
    let config = StreamableHttpServerConfig::default().with_legacy_session_mode(false).with_json_response(true);
    StreamableHttpService::new(move || Ok(server.clone()), Arc::new(NeverSessionManager::default()), config)
}

/// The server. It knows nothing of the caller: each message brings a [`CallerApi`] along.
#[derive(Clone)]
pub(crate) struct ToolServer {
    tools: Tools,
}

impl ServerHandler for ToolServer {
    fn get_info(&self) -> ServerConfig {
        let server = Implementation::new("tuition", env!("CARGO_PKG_VERSION")).with_title("Tuition");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(server)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let list = ListToolsResult::with_all_items(self.tools.list());
        Ok(list.with_ttl_ms(LIST_IS_FRESH_FOR).with_cache_scope(CacheScope::Public))
    }

    async fn call_tool(
        &self,
        CallToolRequestParams { name, arguments, .. }: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let unknown = || ErrorData::invalid_params(format!("Unknown tool: {name}"), None);
        let tool = self.tools.find(&name).ok_or_else(unknown)?;
        let request = match ApiRequest::of_call(tool, arguments.unwrap_or_default()) {
            Ok(request) => request,
            Err(error) => return Ok(CallToolResult::structured_error(error.to_problem()).into()),
        };
        let caller = context.extensions.get::<Parts>().and_then(|parts| parts.extensions.get::<CallerApi>());
        let caller = caller.ok_or_else(|| ErrorData::internal_error("The request names no caller.", None))?;
        let result = match caller.send(request).await {
            Ok(answer) => {
                tracing::info!(tool = %tool.tool.name, status = answer.status().as_u16(), "tool");
                tool_result::of_answer(&answer)
            }
            Err(error) => {
                tracing::error!(tool = %tool.tool.name, %error, "the API does not answer");
                tool_result::of_no_answer()
            }
        };
        Ok(result.into())
    }

    async fn on_custom_request(
        &self,
        CustomRequest { method, .. }: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        if METHODS.contains(&method.as_str()) {
            return Err(ErrorData::invalid_params(format!("The params are not those of {method}"), None));
        }
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method, None))
    }
}
