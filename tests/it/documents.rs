//! Shows that the documents are right: the commands in them work, and every route, variable and code is explained.

use std::path::{Path, PathBuf};

use local::test_payments::{BANK_DEBIT, CARDS};
use local::walkthrough;
use serde_json::Value;
use shared::http::route::Route;

use crate::support::app::TestApp;
use crate::support::billing::premium;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const DOCUMENTS: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "clients/react/README.md",
    "clients/typescript/README.md",
    "docs/access.md",
    "docs/api.md",
    "docs/catalog.md",
    "docs/chatgpt.md",
    "docs/clients.md",
    "docs/configuration.md",
    "docs/deploy.md",
    "docs/learning.md",
    "docs/mcp.md",
    "docs/refunds.md",
    "docs/subscriptions.md",
    "docs/troubleshooting.md",
    "docs/usage.md",
    "docs/web.md",
    "docs/webhook.md",
    "examples/express/README.md",
    "examples/fastapi/README.md",
    "stripe-stand-in/README.md",
];

#[tokio::test]
async fn the_quick_start_has_the_commands_that_the_start_screen_prints() {
    let app = TestApp::start().await;
    let urls = app.stack.urls();
    // Another test runs these commands; a document has the ports of `make run`.
    let usual = [(&urls.api, 9000), (&urls.identity, 9002), (&urls.stripe, 12111)];
    let lines = usual.iter().fold(walkthrough::purchase_script(&app.stack).unwrap(), |lines, (url, port)| {
        lines.replace(url.as_str(), &format!("http://127.0.0.1:{port}"))
    });
    assert!(read("README.md").contains(&format!("```sh\n{}\n```", lines.trim())), "README.md lacks\n{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_about_usage_work() {
    let app = TestApp::start().await;
    let chapter = read("docs/usage.md");
    let lines = between(&chapter, "```sh\n", "\n```").remove(0);
    let lines = lines.replace("http://127.0.0.1:9000", &app.stack.urls().api);
    let lines = lines.replace("http://127.0.0.1:9002", &app.stack.urls().identity);
    let run = tokio::process::Command::new("bash").args(["-euo", "pipefail", "-c", &lines]).output().await.unwrap();
    let shown = String::from_utf8(run.stdout).unwrap();
    let shown: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let used: Vec<_> = shown[..3].iter().map(|meter| (meter["used"].as_u64(), meter["allowed"].as_bool())).collect();
    assert_eq!(used, [(Some(0), Some(true)), (Some(1), Some(true)), (Some(1), Some(true))]);
    assert_eq!(shown[3]["meters"]["ai_minutes"], shown[2]);
    let documented: Value = serde_json::from_str(&between(&chapter, "```json\n", "\n```").remove(0)).unwrap();
    let names = |meter: &Value| meter.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&documented), names(&shown[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_about_learning_complete_and_undo_a_step() {
    let app = TestApp::start().await;
    let chapter = read("docs/learning.md");
    let lines = between(&chapter, "```sh\n", "\n```").remove(0);
    let lines = lines.replace("http://127.0.0.1:9000", &app.stack.urls().api);
    let lines = lines.replace("http://127.0.0.1:9002", &app.stack.urls().identity);
    let run = tokio::process::Command::new("bash").args(["-euo", "pipefail", "-c", &lines]).output().await.unwrap();
    let shown = String::from_utf8(run.stdout).unwrap();
    let shown: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!([&shown[0]["percent"], &shown[1]["percent"]], [25, 0]);
    assert_eq!(shown[2]["items"], serde_json::json!([shown[1]]));
    let documented: Value = serde_json::from_str(&between(&chapter, "```json\n", "\n```").remove(0)).unwrap();
    let names = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&documented), names(&shown[0]));
}

#[tokio::test]
async fn the_commands_about_billing_change_the_plan() {
    let app = TestApp::start().await;
    let ada = app.as_learner("ada").await;
    ada.subscribe(premium()).await;
    let page = read("docs/subscriptions.md");
    let (_, chapter) = page.split_once("\n## Billing\n").unwrap();
    let lines = between(chapter, "```sh\n", "\n```")[..2]
        .join("; echo\n")
        .replace("http://127.0.0.1:9000", &app.stack.urls().api);
    let mut bash = tokio::process::Command::new("bash");
    let run = bash.args(["-euo", "pipefail", "-c", &lines]).env("TOKEN", &ada.token).output().await.unwrap();
    let read = |bytes: Vec<u8>| -> Vec<Value> {
        let lines = String::from_utf8(bytes).unwrap();
        lines.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (shown, previewed) = (read(run.stdout), read(run.stderr));
    assert_eq!([&shown[0]["plan"], &shown[1]["plan"]], ["premium", "plus"]);
    let documents: Vec<Value> =
        between(chapter, "```json\n", "\n```")[..2].iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let names = |document: &Value| document.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&documents[1]), names(&previewed[0]));
    // The document shows a failed payment, so nothing comes next.
    let next = |name: &String| name.starts_with("next_invoice");
    assert_eq!(names(&documents[0]), names(&shown[0]).into_iter().filter(|name| !next(name)).collect::<Vec<_>>());
}

#[test]
fn the_test_cards_are_those_of_the_start_screen() {
    let readme = read("README.md");
    let cards = CARDS.iter().map(|(number, what)| format!("| `{number}` | {what} |"));
    let debit = format!("| bank debit instead of a card | {BANK_DEBIT} |");
    let missing: Vec<_> = cards.chain([debit]).filter(|row| !readme.contains(row)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// An export stays in the shell, where the next `make run` would take it for a request to use Stripe itself.
#[test]
fn no_command_exports_a_variable() {
    for document in DOCUMENTS {
        let text = read(document);
        // The local stack has an AWS of its own, and does not look at that of the environment.
        let exports = text.lines().map(str::trim).filter(|line| line.starts_with("export "));
        let exports: Vec<_> = exports.filter(|line| !line.starts_with("export AWS_REGION=")).collect();
        assert!(exports.is_empty(), "{document}: {exports:?}");
    }
}

#[test]
fn every_route_is_in_the_api_table() {
    fn keys<S>(routes: Vec<Route<S>>) -> Vec<String> {
        routes.iter().map(|route| route.spec.key()).collect()
    }
    let api = read("docs/api.md");
    let routes = [
        keys(admin::routes()),
        keys(billing::routes()),
        keys(checkout::routes()),
        keys(courses::routes()),
        keys(entitlements::routes()),
        keys(mcp::routes()),
        keys(referrals::routes()),
    ]
    .concat();
    let missing: Vec<_> = routes.iter().filter(|key| !api.contains(&format!("| `{key}` |"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_variable_is_in_the_configuration_table() {
    let table = read("docs/configuration.md");
    let sources = [sources("functions"), sources("shared/src")].concat();
    let variables: Vec<String> = sources.iter().flat_map(|(_, text)| between(text, "/// Read from `", "`")).collect();
    assert!(variables.contains(&"APP_ID".to_owned()), "the scan works");
    let missing: Vec<_> = variables.iter().filter(|name| !table.contains(&format!("| `{name}` |"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Error codes, fields and outcomes: every snake_case word that a function spells out.
#[test]
fn every_code_and_field_that_a_client_can_receive_is_documented() {
    let manual: String = DOCUMENTS.iter().filter(|path| path.starts_with("docs/")).map(|path| read(path)).collect();
    let sources = [sources("functions"), sources("shared/src/http")].concat();
    // The contract's words are not spoken by a function.
    let is_spoken = |path: &Path| !path.ends_with("main.rs") && !path.ends_with("openapi.rs");
    let handlers = sources.iter().filter(|(path, _)| is_spoken(path));
    let words: Vec<String> = handlers.flat_map(|(_, text)| quoted_words(text)).collect();
    assert!(words.contains(&"already_owned".to_owned()), "the scan works");
    let missing: Vec<_> = words.iter().filter(|word| !manual.contains(word.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The reasons and kinds are variants of enums, which no function spells out.
#[test]
fn every_reason_and_every_payment_problem_is_explained() {
    for (schema, document, sample) in [
        ("AllowedReason", "docs/access.md", "purchased"),
        ("DeniedReason", "docs/access.md", "subscription_unknown"),
        ("LockReason", "docs/learning.md", "previous_modules"),
        ("EnrollmentStatus", "docs/learning.md", "withdrawn"),
        ("CertificateStatus", "docs/learning.md", "revoked"),
        ("PaymentProblemKind", "docs/subscriptions.md", "dispute_lost"),
    ] {
        let words = words_of_schema(schema);
        assert!(words.iter().any(|word| word == sample), "the scan works: {words:?}");
        let explained = read(document);
        let missing: Vec<_> = words.iter().filter(|word| !explained.contains(&format!("`{word}`"))).collect();
        assert!(missing.is_empty(), "{document}: {missing:?}");
    }
}

#[test]
fn every_link_inside_the_repository_has_a_target() {
    for document in DOCUMENTS {
        for link in between(&read(document), "](", ")").iter().filter(|link| !link.starts_with("http")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let here = Path::new(ROOT).join(document);
            let target = if file.is_empty() { here } else { here.with_file_name(file) };
            assert!(target.exists(), "{document}: {link}");
            let text = || std::fs::read_to_string(&target).unwrap();
            let has_heading = || text().lines().any(|line| line.starts_with('#') && anchor(line) == heading);
            assert!(heading.is_empty() || has_heading(), "{document}: {link}");
        }
    }
}

#[test]
fn the_documented_api_version_is_the_one_that_we_read() {
    assert!(read("docs/webhook.md").contains(&format!("API\nversion `{}`", shared::stripe::api_version())));
    assert_eq!(stripe_stand_in::API_VERSION, shared::stripe::api_version());
    assert!(read("stripe-stand-in/README.md").contains(&format!("API version, `{}`", stripe_stand_in::API_VERSION)));
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// The words that a schema of the contract allows: constants, and members of enums.
fn words_of_schema(name: &str) -> Vec<String> {
    fn collect(value: &Value, words: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                let allowed = members.get("enum").and_then(Value::as_array).into_iter().flatten();
                let allowed = allowed.chain(members.get("const")).filter_map(Value::as_str);
                words.extend(allowed.map(str::to_owned));
                members.values().for_each(|member| collect(member, words));
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, words)),
            _ => {}
        }
    }
    let contract: Value = serde_json::from_str(&read("openapi.json")).unwrap();
    let mut words = Vec::new();
    collect(&contract["components"]["schemas"][name], &mut words);
    words
}

/// The Rust files beneath a folder, without their unit tests.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let (mut folders, mut files) = (vec![Path::new(ROOT).join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path, text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()));
            }
        }
    }
    files
}

fn between(text: &str, start: &str, end: &str) -> Vec<String> {
    text.split(start).skip(1).filter_map(|rest| rest.split_once(end)).map(|(found, _)| found.to_owned()).collect()
}

fn quoted_words(source: &str) -> Vec<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let quoted = code.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    let is_word = |text: &String| {
        text.contains('_')
            && text.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
    };
    quoted.filter(is_word).collect()
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    text.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
}
