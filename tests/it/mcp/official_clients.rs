//! Shows that the official MCP clients of npm work with the server: the one for revisions with a handshake, and its successor.

use std::path::Path;

use crate::support::app::TestApp;
use crate::support::cards::VALID_CARD;
use crate::support::catalog::COURSE;
use crate::support::node_tools::{run, shown, tool};

#[tokio::test]
async fn the_official_clients_list_the_tools_and_buy_a_course() {
    let app = TestApp::start().await;
    // Each buys as a learner of its own.
    let (ada, grace) = (app.as_learner("ada").await, app.as_learner("grace").await);
    let mut node = tool(Path::new("node"));
    node.arg("mcp.test.mjs")
        .env("MCP_URL", format!("{}/mcp", app.stack.urls().api))
        .env("MCP_ISSUER", &app.stack.identity().issuer)
        .env("MCP_TOKENS", format!("{} {}", ada.token, grace.token))
        .env("COURSE", COURSE)
        .env("CARD", VALID_CARD);
    let output = run(&mut node).await;
    assert!(output.status.success(), "{}", shown(&output));
    app.settle().await;
    assert_eq!(
        (ada.access_reason(COURSE).await, grace.access_reason(COURSE).await),
        ("purchased".into(), "purchased".into())
    );
}
