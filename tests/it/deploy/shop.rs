//! Shows that CloudFront sends what the local stack and the manual say, and that the manual names every parameter of `web/template.yaml`.

use std::collections::BTreeSet;

use super::template::shop_template;
use crate::support::app::TestApp;

const MANUAL: &str = include_str!("../../../docs/web.md");

#[tokio::test]
async fn the_headers_are_those_of_the_local_stack() {
    let app = TestApp::start().await;
    let urls = app.stack.urls();
    let page = app.http.get(&urls.web).send().await.unwrap();
    let template = shop_template();
    let headers =
        &template["Resources"]["Headers"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"];
    let policy = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"][0].as_str().unwrap();
    // The local stack's issuer has its token endpoint itself, and the stand-in is all of Stripe; its frames call its API.
    let here = [
        ("${ApiOrigin}", urls.api.as_str()),
        ("${IssuerOrigin}", &urls.identity),
        ("${AndTokenOrigin}", ""),
        (" https://api.stripe.com", ""),
        ("https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com", &urls.stripe),
        ("https://js.stripe.com", &urls.stripe),
    ];
    let policy = here.iter().fold(policy.to_owned(), |policy, (name, value)| policy.replace(name, value));
    assert_eq!(page.headers()["content-security-policy"], policy);
    assert_eq!(page.headers()["referrer-policy"], headers["ReferrerPolicy"]["ReferrerPolicy"].as_str().unwrap());
    assert!(page.headers().contains_key("x-content-type-options") && headers["ContentTypeOptions"].is_object());
}

#[test]
fn the_manual_shows_the_policy_that_is_deployed() {
    let template = shop_template();
    let headers =
        &template["Resources"]["Headers"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"];
    let policy = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"][0].as_str().unwrap();
    let names = [("${ApiOrigin}", "https://API"), ("${IssuerOrigin}", "https://ISSUER"), ("${AndTokenOrigin}", "")];
    let deployed = names.iter().fold(policy.to_owned(), |policy, (name, value)| policy.replace(name, value));
    let (_, chapter) = MANUAL.split_once("\n## Content-Security-Policy\n").unwrap();
    let shown = chapter.split("```").nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(shown, deployed);
    let nginx = format!("add_header Content-Security-Policy \"{deployed}\" always;");
    assert!(MANUAL.contains(&nginx), "{nginx}");
}

#[test]
fn every_parameter_is_documented_and_belongs_to_a_group() {
    let template = shop_template();
    let parameters: BTreeSet<&str> = template["Parameters"].as_object().unwrap().keys().map(String::as_str).collect();
    let groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"].as_array().unwrap();
    let grouped = groups.iter().flat_map(|group| group["Parameters"].as_array().unwrap());
    assert_eq!(grouped.map(|name| name.as_str().unwrap()).collect::<BTreeSet<_>>(), parameters);
    let missing: Vec<_> = parameters.iter().filter(|name| !MANUAL.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
