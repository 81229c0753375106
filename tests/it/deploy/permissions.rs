//! Shows that no function may write a grant, that `courses` writes only what was learned, and that secrets are not in the template.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::domain::{
    Certificate, CertificateId, CertificateName, CourseId, Grant, GrantId, GrantScope, Progress, RefundRequestStatus,
    UserId,
};
use shared::store::keys;

use super::template::{FUNCTIONS, functions, template};

#[test]
fn no_function_is_allowed_to_write_a_grant() {
    let (id, reason) = (GrantId::parse("g").unwrap(), String::new());
    let (scope, granted_by) = (GrantScope::Everything, "admin".to_owned());
    let grant = Grant { id, scope, granted_by, reason, since: Timestamp::UNIX_EPOCH, until: None };
    let grant = serde_json::to_value(grant).unwrap();
    let template = template();
    for name in FUNCTIONS {
        let statements = &template["Resources"][format!("{name}Role")]["Properties"]["Policies"][0];
        let statements = statements["PolicyDocument"]["Statement"].as_array().unwrap().iter();
        let on_table = statements.filter(|statement| statement["Resource"] == "Table.Arn");
        let denied = |statement: &&Value| statement["Effect"] == "Deny";
        let (denied, allowed): (Vec<&Value>, Vec<&Value>) = on_table.partition(denied);
        let writes = |statement: &&Value| statement["Action"].to_string().contains("PutItem");
        for statement in allowed.into_iter().filter(writes) {
            let only = &statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"];
            let never =
                denied.first().map(|denied| &denied["Condition"]["ForAnyValue:StringEquals"]["dynamodb:Attributes"]);
            match (only.as_array(), never.and_then(Value::as_array)) {
                // Who may write a few attributes lacks one that a grant cannot do without.
                (Some(only), _) => assert!(!only.contains(&json!("granted_by")), "{name}"),
                (None, Some(never)) => {
                    assert!(never.iter().all(|attribute| grant.get(attribute.as_str().unwrap()).is_some()), "{name}");
                    assert!(never.contains(&json!("granted_by")), "{name}: {never:?}");
                }
                (None, None) => panic!("{name} could write a grant"),
            }
        }
    }
    let mut without = grant;
    without.as_object_mut().unwrap().remove("granted_by");
    assert!(serde_json::from_value::<Grant>(without).is_err(), "an item without it is no grant");
}

#[test]
fn courses_may_write_what_was_learned_and_nothing_else() {
    let template = template();
    let statements = &template["Resources"]["CoursesRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"];
    let of = |action: &str| {
        let named = |statement: &&Value| statement["Action"].to_string().contains(action);
        let found: Vec<&Value> = statements.as_array().unwrap().iter().filter(named).collect();
        assert_eq!(found.len(), 1, "{action}");
        found[0]["Condition"].clone()
    };
    assert_eq!(of("DeleteItem"), json!({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "COMPLETIONS#*"}}));
    assert!(!statements.to_string().contains("UpdateItem"));

    let progress = Progress::new(CourseId::parse("c").unwrap(), Timestamp::UNIX_EPOCH);
    let certificate = Certificate {
        id: CertificateId::parse("cert_1").unwrap(),
        learner: UserId::parse("u").unwrap(),
        course: CourseId::parse("c").unwrap(),
        title: String::new(),
        name: CertificateName::parse("Ada").unwrap(),
        completed_at: Timestamp::UNIX_EPOCH,
        issued_at: Timestamp::UNIX_EPOCH,
    };
    let items = [serde_json::to_value(progress).unwrap(), serde_json::to_value(certificate).unwrap()];
    let of_items = items.iter().flat_map(|item| item.as_object().unwrap().keys().cloned());
    let needed: BTreeSet<String> = of_items.chain(["PK", "SK", "version"].map(str::to_owned)).collect();
    let allowed = &of("PutItem")["ForAllValues:StringEquals"]["dynamodb:Attributes"];
    let allowed = allowed.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    assert_eq!(allowed.collect::<BTreeSet<_>>(), needed);
    // What no fact can do without.
    assert!(["payment", "status", "granted_by"].iter().all(|attribute| !needed.contains(*attribute)));
}

#[test]
fn who_writes_items_of_the_operators_index_may_write_into_its_lists() {
    let template = template();
    let requests = keys::refund_request_list(RefundRequestStatus::Open);
    for (function, list) in [
        ("Checkout", keys::OPEN_PAYMENT_INTENTS),
        ("Admin", keys::RESERVED_CREDIT),
        ("Billing", keys::RESERVED_CREDIT),
        ("Checkout", keys::RESERVED_CREDIT),
        ("Admin", requests.as_str()),
        ("Billing", requests.as_str()),
        // Whoever returns from a payment that was refunded meanwhile applies that to the refund request.
        ("Checkout", requests.as_str()),
    ] {
        let statements = &template["Resources"][format!("{function}Role")]["Properties"]["Policies"][0];
        let statements = statements["PolicyDocument"]["Statement"].as_array().unwrap();
        let allows_put =
            |statement: &&Value| statement["Effect"] == "Allow" && statement["Action"].to_string().contains("PutItem");
        let statement = statements.iter().find(allows_put).unwrap();
        let partitions = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].as_array().unwrap();
        let matches = |pattern: &Value| list.starts_with(pattern.as_str().unwrap().trim_end_matches('*'));
        assert!(partitions.iter().any(matches), "{function}: {list}");
    }
}

#[test]
fn the_mcp_server_may_do_nothing_but_write_its_log() {
    let template = template();
    let statements = &template["Resources"]["McpRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"];
    let actions = json!(["logs:CreateLogStream", "logs:PutLogEvents"]);
    assert_eq!(*statements, json!([{"Effect": "Allow", "Action": actions, "Resource": "McpLogs.Arn"}]));
}

#[test]
fn secrets_are_references_to_parameter_store() {
    let template = template();
    for (_, function) in functions(&template) {
        let variables = function["Environment"]["Variables"].as_object();
        for (name, value) in variables.into_iter().flatten() {
            if name.contains("SECRET") {
                assert!(value.as_str().unwrap().starts_with("ssm:${"), "{name}");
            }
        }
    }
}
