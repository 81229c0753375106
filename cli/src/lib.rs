//! `tuition`, the operator's tool. The local stack seeds itself through the same code.

pub mod catalog;
pub mod purchases;
pub mod reconcile;
pub mod webhook;

/// How to reach AWS, as the AWS SDK finds it on an operator's machine: by variables, profile or instance.
pub async fn sdk_config() -> aws_config::SdkConfig {
    let loader = aws_config::defaults(aws_config::BehaviorVersion::latest());
    loader.http_client(shared::aws::http_client()).load().await
}
