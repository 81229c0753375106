//! `tuition`, the operator's command-line tool. The local stack fills its catalog with the same code.

pub mod catalog;
pub mod purchases;
pub mod reconcile;
pub mod webhook;

/// The AWS configuration of the operator's machine: from variables, a profile or the instance.
pub async fn sdk_config() -> aws_config::SdkConfig {
    let loader = aws_config::defaults(aws_config::BehaviorVersion::latest());
    loader.http_client(shared::aws::http_client()).load().await
}
