//! Stripe's form encoding: `line_items[0][price]=price_1&metadata[order]=7&ids[]=a&ids[]=b`.

use serde_json::{Map, Value};

use crate::values::error::ApiError;

/// How deep brackets may nest. Stripe's own parameters stay far below.
const MAX_DEPTH: usize = 12;

/// Decodes a query string or form body into `tree`. Lists become objects with number keys, because only the
/// parameter's type tells lists and hashes apart.
pub(crate) fn decode_into(tree: &mut Map<String, Value>, encoded: &[u8]) -> Result<(), ApiError> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(encoded)
        .map_err(|_| ApiError::invalid_request("The request's parameters are not form-encoded."))?;
    for (key, value) in pairs {
        let path = split_key(&key)?;
        insert(tree, &path, value).map_err(|()| {
            ApiError::invalid_request(format!("Invalid parameter: {key} is given both as a value and as a hash."))
                .with_param(&key)
        })?;
    }
    Ok(())
}

/// `a[b][]` into `a`, `b` and an empty segment.
fn split_key(key: &str) -> Result<Vec<&str>, ApiError> {
    let Some((first, rest)) = key.split_once('[') else {
        return Ok(vec![key]);
    };
    let malformed = || ApiError::invalid_request(format!("Invalid parameter name: {key}")).with_param(key);
    let inner = rest.strip_suffix(']').ok_or_else(malformed)?;
    let mut path = vec![first];
    path.extend(inner.split("]["));
    if first.is_empty() || path.len() > MAX_DEPTH {
        return Err(malformed());
    }
    Ok(path)
}

fn insert(tree: &mut Map<String, Value>, path: &[&str], value: String) -> Result<(), ()> {
    let Some((segment, rest)) = path.split_first() else {
        return Err(());
    };
    let key = if segment.is_empty() { tree.len().to_string() } else { (*segment).to_owned() };
    if rest.is_empty() {
        return match tree.insert(key, Value::String(value)) {
            Some(Value::Object(_)) => Err(()),
            _ => Ok(()),
        };
    }
    match tree.entry(key).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => insert(inner, rest, value),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn brackets_make_nested_parameters() {
        let cases = [
            ("a=1&b=x%20y", json!({"a": "1", "b": "x y"})),
            ("a[b][c]=1&a[b][d]=2", json!({"a": {"b": {"c": "1", "d": "2"}}})),
            ("l[0][p]=x&l[1][p]=y", json!({"l": {"0": {"p": "x"}, "1": {"p": "y"}}})),
            ("ids[]=a&ids[]=b", json!({"ids": {"0": "a", "1": "b"}})),
            ("a%5Bb%5D=1", json!({"a": {"b": "1"}})),
            ("empty=", json!({"empty": ""})),
        ];
        for (encoded, expected) in cases {
            let mut tree = Map::new();
            decode_into(&mut tree, encoded.as_bytes()).unwrap();
            assert_eq!(Value::Object(tree), expected, "{encoded}");
        }
    }

    #[test]
    fn malformed_keys_are_refused() {
        for encoded in ["a[b=1", "[a]=1", "a=1&a[b]=2", "a[b]=2&a=1"] {
            assert!(decode_into(&mut Map::new(), encoded.as_bytes()).is_err(), "{encoded}");
        }
    }
}
