//! The templates as data. What they deploy has to be what the code is, and nothing else would notice a difference earlier.

use serde_json::Value;

pub(super) const FUNCTIONS: [&str; 9] =
    ["Admin", "Billing", "Checkout", "Courses", "Entitlements", "Mcp", "Reconcile", "Referrals", "Webhook"];

/// The API's template, with CloudFormation's functions (`!Sub`, `!Ref`, ..) reduced to their arguments.
pub(super) fn template() -> Value {
    without_functions(include_str!("../../../template.yaml"))
}

/// The shop's template, likewise.
pub(super) fn shop_template() -> Value {
    without_functions(include_str!("../../../web/template.yaml"))
}

fn without_functions(yaml: &str) -> Value {
    let mut plain = String::new();
    let mut rest = yaml;
    while let Some(start) = rest.find('!') {
        let (before, tag) = rest.split_at(start);
        plain.push_str(before);
        let word = tag[1..].find(|letter: char| !letter.is_ascii_alphanumeric()).map_or(tag.len(), |end| end + 1);
        let is_tag = before.ends_with([' ', '[', '\n']) && word > 1;
        if !is_tag {
            plain.push_str(&tag[..word]);
        }
        rest = &tag[word..];
    }
    plain.push_str(rest);
    serde_saphyr::from_str(&plain).unwrap()
}

pub(super) fn functions(template: &Value) -> Vec<(&str, &Value)> {
    let resources = template["Resources"].as_object().unwrap().iter();
    let functions = resources.filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    functions.map(|(name, resource)| (name.as_str(), &resource["Properties"])).collect()
}
