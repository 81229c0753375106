//! The tools, as `make openapi` makes them of the contract.

use std::sync::Arc;

use rmcp::model::Tool;
use serde::Deserialize;

/// Every tool, in the order in which they are listed.
#[derive(Clone)]
pub(crate) struct Tools(Arc<[ApiTool]>);

/// A tool, and the request that it is.
#[derive(Debug, Deserialize)]
pub(crate) struct ApiTool {
    pub(crate) method: ToolMethod,
    /// With the name of an argument in braces: `/courses/{course_id}/access`.
    pub(crate) path: String,
    pub(crate) tool: Tool,
}

/// How a tool calls the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ToolMethod {
    /// Arguments go into the query.
    Get,
    /// Arguments are the body.
    Post,
}

impl Tools {
    /// Reads the file that is compiled in.
    pub(crate) fn embedded() -> Self {
        #[expect(clippy::expect_used, reason = "a file of ours, which the tests read")]
        Self(serde_json::from_str::<Vec<ApiTool>>(include_str!("../tools.json")).expect("tools").into())
    }

    pub(crate) fn find(&self, name: &str) -> Option<&ApiTool> {
        self.0.iter().find(|one| one.tool.name == name)
    }

    pub(crate) fn list(&self) -> Vec<Tool> {
        self.0.iter().map(|one| one.tool.clone()).collect()
    }
}
