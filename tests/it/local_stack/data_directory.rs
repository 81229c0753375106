//! Shows that the state in a data directory survives a restart, and belongs to one stack at a time.

use local::{Listeners, Options, Ports, Stack};

use super::running_stack::{dynamodb, exists, put};

#[tokio::test]
async fn state_survives_a_restart() {
    let directory = std::env::temp_dir().join(format!("tuition-{}", std::process::id()));
    let options = || Options { data_dir: Some(directory.clone()), ..Options::ephemeral() };
    let first = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options()).await.unwrap();
    put(&dynamodb(&first.urls().dynamodb), "kept").await.unwrap();
    let keys = first.identity().jwks();
    first.shutdown().await;

    let second = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options()).await.unwrap();
    assert!(exists(&dynamodb(&second.urls().dynamodb), "kept").await);
    assert_eq!(second.identity().jwks(), keys, "tokens stay valid");
    second.shutdown().await;
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn a_data_directory_belongs_to_one_stack_at_a_time() {
    let directory = std::env::temp_dir().join(format!("tuition-taken-{}", std::process::id()));
    let options = || Options { data_dir: Some(directory.clone()), ..Options::ephemeral() };
    let first = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options()).await.unwrap();
    let refused = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options()).await.err().unwrap();
    let words = "is in use by another stack; stop it, or give --data-dir or --ephemeral";
    assert!(refused.to_string().ends_with(words), "{refused}");
    first.shutdown().await;
    let second = Stack::start(Listeners::bind(Ports::free()).await.unwrap(), options()).await.unwrap();
    second.shutdown().await;
    std::fs::remove_dir_all(directory).unwrap();
}
