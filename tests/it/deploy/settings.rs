//! Shows that every variable and parameter is set and documented.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::config::{ConfigError, Lookup};

use super::template::template;

/// The variables that a configuration reads. Those that it requires have a value here.
fn read_by<T>(configure: impl Fn(&Lookup<'_>) -> Result<T, ConfigError>) -> BTreeSet<String> {
    let read = RefCell::new(BTreeSet::new());
    let find = |name: &str| {
        read.borrow_mut().insert(name.to_owned());
        let value = match name {
            "APP_ORIGINS" => "https://school.example",
            "JWT_ISSUER" => "https://login.school.example",
            "STRIPE_SECRET_KEY" => "sk_test_1",
            "STRIPE_WEBHOOK_SECRET" => "whsec_1",
            _ => return None,
        };
        Some(value.to_owned())
    };
    configure(&Lookup::new(&find)).map(drop).unwrap();
    read.into_inner()
}

#[test]
fn every_variable_that_a_function_reads_is_set_by_the_template_and_listed_in_the_sample() {
    let template = template();
    let set_by = |place: &Value| -> BTreeSet<String> {
        let variables = place["Environment"]["Variables"].as_object();
        variables.into_iter().flat_map(|variables| variables.keys().cloned()).collect()
    };
    let everywhere = set_by(&template["Globals"]["Function"]);
    let sample = include_str!("../../../.env.sample");
    for (name, read) in [
        ("Admin", read_by(admin::Config::from_lookup)),
        ("Billing", read_by(billing::Config::from_lookup)),
        ("Checkout", read_by(checkout::Config::from_lookup)),
        ("Courses", read_by(courses::Config::from_lookup)),
        ("Entitlements", read_by(entitlements::Config::from_lookup)),
        ("Mcp", read_by(mcp::Config::from_lookup)),
        ("Reconcile", read_by(reconcile::Config::from_lookup)),
        ("Referrals", read_by(referrals::Config::from_lookup)),
        ("Webhook", read_by(webhook::Config::from_lookup)),
    ] {
        let own = set_by(&template["Resources"][name]["Properties"]);
        // The logs' level and where AWS is are read before everything else.
        let of_all = |variable: &str| variable == "RUST_LOG" || variable.starts_with("AWS_ENDPOINT_URL_");
        // It gets the table's name with the others, but neither asks for it nor may do anything there.
        let is_own = |variable: &&String| !of_all(variable) && (name, variable.as_str()) != ("Mcp", "TABLE_NAME");
        let set: BTreeSet<String> = own.union(&everywhere).filter(is_own).cloned().collect();
        assert_eq!(read, set, "{name}");
        for variable in read {
            // The local stack sets where its own parts are.
            let is_address = ["API_BASE_URL", "JWT_ISSUER", "STRIPE_API_BASE"].contains(&variable.as_str());
            let listed = is_address || sample.contains(&format!("{variable}="));
            assert!(listed, "{variable} is not in .env.sample");
        }
    }
}

#[test]
fn every_parameter_is_documented_and_belongs_to_a_group() {
    let template = template();
    let parameters: BTreeSet<&str> = template["Parameters"].as_object().unwrap().keys().map(String::as_str).collect();
    let settings =
        include_str!("../../../docs/deploy.md").split("\n## ").find(|chapter| chapter.starts_with("Settings"));
    let rows = settings.unwrap().lines().filter(|line| line.starts_with("| `"));
    let names = rows.map(|row| row.split('|').nth(1).unwrap());
    let explained = names.flat_map(|names| names.split(',')).map(|name| name.trim().trim_matches('`'));
    assert_eq!(explained.collect::<BTreeSet<_>>(), parameters);

    let groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"].as_array().unwrap();
    let grouped = groups.iter().flat_map(|group| group["Parameters"].as_array().unwrap());
    assert_eq!(grouped.map(|name| name.as_str().unwrap()).collect::<BTreeSet<_>>(), parameters);
}

#[test]
fn automatic_refunds_without_a_limit_of_progress_are_not_deployed_as_no_function_would_start() {
    let configure = |automatic: &'static str, progress: &'static str| {
        let find = move |name: &str| match name {
            "REFUND_AUTOMATIC" => Some(automatic.to_owned()),
            "REFUND_MAX_PROGRESS" => Some(progress.to_owned()),
            _ => None,
        };
        shared::policy::refunds_from_lookup(&Lookup::new(&find)).is_ok()
    };
    assert_eq!([configure("true", "100"), configure("true", "99"), configure("false", "100")], [false, true, true]);
    let template = template();
    let rule = &template["Rules"]["AutomaticRefundsNeedAProgressLimit"];
    // `!Equals` and `!Not` are reduced to their arguments.
    assert_eq!(rule["RuleCondition"], json!(["RefundAutomatic", "true"]));
    let [assertion] = rule["Assertions"].as_array().unwrap().as_slice() else { panic!("{rule}") };
    assert_eq!(
        assertion["Assert"],
        json!([["RefundMaxProgress", template["Parameters"]["RefundMaxProgress"]["MaxValue"]]])
    );
    let source = include_str!("../../../template.yaml");
    assert!(source.contains("!Not [!Equals [!Ref RefundMaxProgress, 100]]"), "it asserts the opposite");
}
