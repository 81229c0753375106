//! The claims of a JWT as API Gateway hands them to a function: every claim is one string.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Flattens the claims of a verified token as the JWT authorizer of an HTTP API does: numbers become their
/// digits, booleans `true` and `false`, and an array `[a b]`: brackets, one space between the elements, no
/// quotes. An element that contains a space can therefore not be told from two elements.
pub fn flatten_claims(claims: &Map<String, Value>) -> BTreeMap<String, String> {
    claims.iter().map(|(name, value)| (name.clone(), flatten(value))).collect()
}

fn flatten(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(flatten).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}:{}", flatten(value))).collect();
            format!("map[{}]", pairs.join(" "))
        }
        Value::Null => "<nil>".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::flatten_claims;

    fn check(claim: &Value, expected: &str) {
        let Value::Object(claims) = json!({ "claim": claim }) else { unreachable!("an object literal") };
        assert_eq!(flatten_claims(&claims)["claim"], expected);
    }

    #[test]
    fn every_claim_is_one_string() {
        check(&json!("ada@example.com"), "ada@example.com");
        check(&json!(1_737_000_000), "1737000000");
        check(&json!(true), "true");
        check(&json!([]), "[]");
        check(&json!(["admin"]), "[admin]");
        check(&json!(["admin", "staff"]), "[admin staff]");
        check(&json!([1, false]), "[1 false]");
        check(&json!({ "a": 1, "b": ["x", "y"] }), "map[a:1 b:[x y]]");
    }
}
