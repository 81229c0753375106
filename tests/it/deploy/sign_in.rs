//! Shows that the template lets a GPT sign learners in as `openapi.chatgpt.json` and `docs/chatgpt.md` say, and the shop as its code does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::template::template;

#[test]
fn the_client_of_a_gpt_has_a_secret_the_authorization_code_flow_and_the_documented_scopes() {
    let template = template();
    let client = &template["Resources"]["ChatGptClient"];
    let (condition, properties) = (&client["Condition"], &client["Properties"]);
    assert_eq!((condition, &properties["GenerateSecret"]), (&json!("HasChatGpt"), &json!(true)));
    assert_eq!(
        (&properties["AllowedOAuthFlows"], &properties["AllowedOAuthFlowsUserPoolClient"]),
        (&json!(["code"]), &json!(true))
    );
    let document = openapi::chatgpt_document();
    let scopes = &document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]["scopes"];
    let scopes: BTreeSet<&str> = scopes.as_object().unwrap().keys().map(String::as_str).collect();
    let allowed = properties["AllowedOAuthScopes"].as_array().unwrap().iter().flat_map(Value::as_str);
    assert_eq!(allowed.collect::<BTreeSet<_>>(), scopes);
    assert_eq!(
        template["Resources"]["UserPoolDomain"]["Properties"]["ManagedLoginVersion"], 2,
        "codes in e-mails need it"
    );
}

#[test]
fn the_shop_signs_in_without_a_secret_at_the_paths_and_with_the_scopes_of_its_code() {
    let template = template();
    let client = &template["Resources"]["UserPoolClient"]["Properties"];
    let code = include_str!("../../../web/src/auth/userManager.ts");
    let quoted_after = |start: &str| code.split_once(start).unwrap().1.split('"').next().unwrap();
    let only_with_pages = |value: Value| json!(["HasSignInDomain", value, "AWS::NoValue"]);
    // `AppOrigins`, split, joined by the path and split again: the path is after each of them.
    let after_each_origin = |path: &str| json!([",", ["", [[format!("{path},"), [",", "AppOrigins"]], path]]]);
    let scopes: Vec<&str> = quoted_after("scope: \"").split(' ').collect();
    assert_eq!(
        [&client["GenerateSecret"], &client["AllowedOAuthFlowsUserPoolClient"]],
        [&json!(false), &json!(["HasSignInDomain", true, false])]
    );
    for (property, expected) in [
        ("AllowedOAuthFlows", json!(["code"])),
        ("AllowedOAuthScopes", json!(scopes)),
        ("CallbackURLs", after_each_origin(quoted_after("SIGNED_IN_PATH = \""))),
        ("LogoutURLs", after_each_origin(quoted_after("SIGNED_OUT_PATH = \""))),
    ] {
        assert_eq!(client[property], only_with_pages(expected), "{property}");
    }
    let style = &template["Resources"]["SignInStyle"];
    assert_eq!(
        (&style["Condition"], &style["Properties"]["ClientId"]),
        (&json!("HasSignInDomain"), &json!("UserPoolClient"))
    );
}

#[test]
fn the_api_takes_the_tokens_of_both_clients_or_of_all_audiences_of_another_issuer() {
    let template = template();
    let jwt = &template["Resources"]["Api"]["Properties"]["Auth"]["Authorizers"]["Learners"]["JwtConfiguration"];
    let of_gpts = json!(["HasChatGpt", "ChatGptClient", "AWS::NoValue"]);
    assert_eq!(jwt["audience"], json!(["OwnUserPool", ["UserPoolClient", of_gpts], [",", "JwtAudience"]]));
}

#[test]
fn the_manual_names_outputs_and_parameters_of_the_template() {
    let template = template();
    let manual = include_str!("../../../docs/chatgpt.md");
    let named = |kind: &str| -> BTreeSet<String> { template[kind].as_object().unwrap().keys().cloned().collect() };
    let known: BTreeSet<String> = named("Outputs").union(&named("Parameters")).cloned().collect();
    let words = manual.split('`').skip(1).step_by(2);
    let is_name =
        |word: &&str| word.starts_with(['A', 'C', 'J', 'S']) && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let used: BTreeSet<String> = words.filter(is_name).map(str::to_owned).collect();
    assert!(used.contains("ChatGptTokenUrl") && used.len() > 9, "the scan works: {used:?}");
    assert_eq!(used.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
}
