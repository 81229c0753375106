//! What JSON Schema can say of several members of a body, and no Rust type of ours does.

use schemars::Schema;
use serde_json::json;

/// For `schemars(transform = ..)`: a body has exactly one of these members, each of them a text; `null` is as good as none.
pub fn exactly_one_of(names: &'static [&'static str]) -> impl FnMut(&mut Schema) {
    |schema| {
        let one = |name: &&str| json!({ "required": [*name], "properties": { *name: { "type": "string" } } });
        schema.insert("oneOf".to_owned(), names.iter().map(one).collect());
    }
}
