//! The DynamoDB that the tests run on: the embedded one, or that of `TEST_DYNAMODB_ENDPOINT`, `make test-dynamodb-local`.

use std::sync::atomic::{AtomicU32, Ordering};

use local::Options;

/// Another DynamoDB than the embedded one.
pub(crate) fn endpoint() -> Option<String> {
    std::env::var("TEST_DYNAMODB_ENDPOINT").ok().filter(|url| !url.is_empty())
}

/// The same options on the tests' DynamoDB. One that is shared has a table for each test.
pub(crate) fn configure(options: Options) -> Options {
    static TABLES: AtomicU32 = AtomicU32::new(1);
    let Some(endpoint) = endpoint() else { return options };
    let table = format!("test-{}-{}", std::process::id(), TABLES.fetch_add(1, Ordering::Relaxed));
    Options { dynamodb_endpoint: Some(endpoint), ..options.with_variable("TABLE_NAME", &table) }
}
