//! What npm installs from `tests/node/package-lock.json`: Stripe's own tools, and the official MCP clients.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node");

/// A tool that takes longer hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// A file of the installed tools. Without them the test fails: passing would say that they work.
pub(crate) fn installed(file: &str) -> PathBuf {
    let path = Path::new(TOOLS).join(file);
    assert!(path.exists(), "The tools are not installed. Run `npm ci --prefix tests/node`, or `make test`.");
    path
}

/// A command that sees nothing of the user's environment and configuration, and has no way out of this machine: Stripe's
/// CLI looks for newer versions of itself, and the proxy it would have to use refuses.
pub(crate) fn tool(program: &Path) -> Command {
    installed("node_modules/.package-lock.json");
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node-tools-home");
    std::fs::create_dir_all(&home).unwrap();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", &home)
        .env("XDG_CONFIG_HOME", &home)
        .env("STRIPE_CLI_TELEMETRY_OPTOUT", "1")
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .current_dir(TOOLS)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

pub(crate) async fn run(command: &mut Command) -> Output {
    let finished = tokio::time::timeout(DEADLINE, command.output()).await;
    let output = finished.unwrap_or_else(|_| panic!("{command:?} takes longer than {DEADLINE:?}"));
    output.unwrap_or_else(|error| panic!("{command:?} cannot run ({error}). Install Node 20 or newer, with npm."))
}

pub(crate) fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
