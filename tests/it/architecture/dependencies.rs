//! Shows that modules and crates use only what is beneath them.

use std::collections::BTreeSet;

use super::{source, workspace};

/// The modules of `shared`, and what each of them may use beside itself.
const MODULES: &[(&str, &[&str])] = &[
    ("aws", &["config", "outbound"]),
    ("clock", &[]),
    ("config", &[]),
    ("domain", &[]),
    ("handler_error", &["fulfil", "http", "store", "stripe"]),
    ("fulfil", &["domain", "metrics", "store", "stripe"]),
    ("http", &["domain", "store"]),
    ("metrics", &["domain"]),
    ("outbound", &[]),
    ("policy", &["config", "domain"]),
    ("scheduled", &[]),
    ("secrets", &["config"]),
    ("startup", &["aws", "config", "secrets", "store"]),
    ("store", &["clock", "config", "domain"]),
    ("stripe", &["config", "domain", "outbound"]),
    ("telemetry", &["config", "metrics"]),
];

/// Crates that a module of `shared` knows and no other: a wire format, a database, an HTTP framework.
const KNOWN_BY: &[(&str, &[&str])] = &[
    ("aws_credential_types", &["aws"]),
    ("aws_sdk_dynamodb", &["store"]),
    ("aws_sdk_ssm", &["secrets"]),
    ("aws_smithy", &["aws"]),
    ("axum", &["handler_error", "http"]),
    ("hyper", &["aws", "outbound", "stripe"]),
    ("hyper_rustls", &["outbound"]),
    ("lambda_http", &["http", "scheduled"]),
    ("schemars", &["http"]),
    ("serde_dynamo", &["store"]),
    ("stripe_", &["stripe"]),
];

/// What `domain` may use of other people's code: values, and the derives for them.
const DOMAIN_CRATES: &[&str] = &["jiff", "schemars", "serde", "thiserror"];

/// The crates of the workspace, and which of the others they may use; `functions/*` share a line.
const CRATES: &[(&str, &[&str])] = &[
    ("shared", &[]),
    ("functions", &["shared"]),
    ("cli", &["shared"]),
    ("stripe-stand-in", &[]),
    (
        "local",
        &[
            "admin",
            "billing",
            "checkout",
            "cli",
            "courses",
            "entitlements",
            "mcp",
            "reconcile",
            "referrals",
            "shared",
            "stripe-stand-in",
            "webhook",
        ],
    ),
    ("openapi", &["admin", "billing", "checkout", "courses", "entitlements", "referrals", "shared"]),
    ("bench", &["billing", "checkout", "cli", "courses", "entitlements", "local", "reconcile", "shared", "webhook"]),
    (
        "tests",
        &[
            "admin",
            "billing",
            "checkout",
            "cli",
            "courses",
            "entitlements",
            "local",
            "mcp",
            "openapi",
            "reconcile",
            "referrals",
            "shared",
            "stripe-stand-in",
            "webhook",
        ],
    ),
];

/// Functions that have no business with Stripe.
const WITHOUT_STRIPE: &[&str] = &["courses", "entitlements", "mcp", "referrals"];

#[test]
fn the_modules_of_shared_use_only_what_is_beneath_them() {
    let packages = workspace::packages();
    let shared = packages.iter().find(|package| package.name == "shared").unwrap();
    let foreign: BTreeSet<String> = shared.foreign().collect();
    let broken: Vec<String> =
        workspace::sources("shared/src").iter().flat_map(|(module, text)| violations(module, text, &foreign)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_crates_use_only_what_is_beneath_them() {
    let functions = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../functions")).unwrap();
    let functions: Vec<String> = functions.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for package in workspace::packages() {
        let line = if functions.contains(&package.name) { "functions" } else { package.name.as_str() };
        let (_, may) = CRATES.iter().find(|(name, _)| *name == line).unwrap_or_else(|| panic!("{line} has no rule"));
        let broken: Vec<&str> = package.siblings().filter(|used| !may.contains(used)).collect();
        assert!(broken.is_empty(), "{} must not use {broken:?}", package.name);
    }
}

#[test]
fn functions_that_do_not_call_stripe_do_not_link_its_client() {
    for function in WITHOUT_STRIPE {
        let linked = of_stripe(workspace::linked(function));
        assert!(linked.is_empty(), "{function} links {linked:?}");
    }
    // The check can fail: one that talks to Stripe does link it.
    assert!(!of_stripe(workspace::linked("checkout")).is_empty());
}

#[test]
fn no_function_links_what_only_the_contract_needs() {
    // Not `mcp`: the MCP SDK asks for it, for schemas that are made of types. The function uses none of that, so the linker drops it.
    for package in ["admin", "billing", "checkout", "courses", "entitlements", "reconcile", "referrals", "webhook"] {
        assert!(!workspace::linked(package).contains(&"schemars".to_owned()), "{package}");
    }
    // The check can fail.
    assert!(workspace::linked("openapi").contains(&"schemars".to_owned()));
}

/// A function that read the machine's clock would not see the time of a stack advance.
#[test]
fn functions_ask_their_store_for_the_time() {
    for function in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../functions")).unwrap() {
        let folder = format!("functions/{}/src", function.unwrap().file_name().into_string().unwrap());
        for (module, text) in workspace::sources(&folder) {
            assert!(!text.contains("Timestamp::now"), "{folder}: {}", module.join("::"));
        }
    }
}

/// Stripe's types, and the parser that only they need.
fn of_stripe(linked: Vec<String>) -> Vec<String> {
    let is_stripes = |name: &String| name.starts_with("async-stripe") || name == "miniserde";
    linked.into_iter().filter(is_stripes).collect()
}

/// What a file of `shared` names against the rules.
fn violations(module: &[String], source: &str, foreign: &BTreeSet<String>) -> Vec<String> {
    let Some(layer) = module.first() else { return Vec::new() };
    let Some((_, may)) = MODULES.iter().find(|(name, _)| name == layer) else {
        return vec![format!("{layer} is a module without a rule")];
    };
    let mut broken = Vec::new();
    for path in source::paths(source, module) {
        let (first, second) = (path[0].as_str(), path.get(1).map_or("", String::as_str));
        let allowed = match first {
            "crate" => second == layer || may.contains(&second) || !MODULES.iter().any(|(name, _)| *name == second),
            "std" if layer == "domain" => !["env", "fs", "io", "net", "process", "thread", "time"].contains(&second),
            _ if foreign.contains(first) => knows(layer, first),
            _ => layer != "domain" || !path.ends_with(&["Timestamp".to_owned(), "now".to_owned()]),
        };
        if !allowed {
            broken.push(format!("{} must not name {}", module.join("::"), path.join("::")));
        }
    }
    if layer == "domain" && ["async", "await"].iter().any(|word| source::has_word(source, word)) {
        broken.push(format!("{} must not be async", module.join("::")));
    }
    broken
}

fn knows(layer: &str, name: &str) -> bool {
    if layer == "domain" {
        return DOMAIN_CRATES.contains(&name);
    }
    KNOWN_BY.iter().all(|(start, owners)| !name.starts_with(start) || owners.contains(&layer))
}

#[test]
fn a_forbidden_name_is_found() {
    let foreign: BTreeSet<String> = workspace::packages()
        .iter()
        .filter(|package| package.name == "shared")
        .flat_map(workspace::Package::foreign)
        .collect();
    let check = |module: &str, source: &str, is_allowed: bool| {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        assert_eq!(violations(&module, source, &foreign).is_empty(), is_allowed, "{module:?}: {source}");
    };
    check("domain::access", "use super::Fact; use crate::domain::Money; use jiff::Timestamp;", true);
    check("domain::access", "use crate::store::Store;", false);
    check("domain::access", "use super::super::config::Lookup;", false);
    check("domain::access", "use serde_json::Value;", false);
    check("domain::access", "fn f() { std::fs::read(x) }", false);
    check("domain::access", "fn f() -> Timestamp { Timestamp::now() }", false);
    check("domain::access", "async fn f() {}", false);
    check("store::facts", "use crate::{config::Lookup, domain::Fact};", true);
    check("store::facts", "use crate::{domain::Fact, stripe::Sale};", false);
    check("store::facts", "fn f() { super::super::fulfil::apply() }", false);
    check("stripe::client", "use stripe_shared::Refund; use hyper::Uri;", true);
    check("stripe::client", "use crate::store::Owner;", false);
    check("stripe::client", "fn f(x: aws_sdk_dynamodb::Client) {}", false);
    check("fulfil::stripe_update", "use crate::{domain, store, stripe};", true);
    check("fulfil::stripe_update", "use stripe_shared::Refund;", false);
    check("fulfil::stripe_update", "use crate::http::Problem;", false);
    check("http::problem", "use crate::store::StoreError;", true);
    check("http::problem", "use crate::stripe::StripeError;", false);
    check("brand_new", "", false);
}
