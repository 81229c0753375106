//! Shows that no function may write a grant, and that secrets are not in the template.

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::domain::{Grant, GrantId, GrantScope};

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
