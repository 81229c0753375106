//! How functions reach AWS: as Lambda's environment says, and over the HTTP client that Stripe is called with.
//!
//! The SDK's own ways, `aws-config` and its HTTP client, also look into profiles, containers and instance metadata, which
//! no function has, and parse the system's certificates twice; `make bench` shows it in every start.

mod connector;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

pub use connector::http_client;

use crate::config::{ConfigError, Lookup, environment};

/// Region, credentials and endpoints (`AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SSM`) of the environment.
/// See <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>.
///
/// # Errors
/// When the region or a part of the credentials is missing.
pub fn from_environment() -> Result<SdkConfig, ConfigError> {
    const HINT: &str = "Lambda sets it; elsewhere use what an AWS account, or the local stack, asks for";
    let lookup = Lookup::new(&environment);
    let region = Region::new(lookup.required("AWS_REGION", HINT)?);
    // They outlive the process: Lambda ends an instance before its credentials expire.
    let mut credentials = Credentials::builder()
        .provider_name("environment")
        .access_key_id(lookup.required("AWS_ACCESS_KEY_ID", HINT)?)
        .secret_access_key(lookup.required("AWS_SECRET_ACCESS_KEY", HINT)?);
    credentials.set_session_token(lookup.optional("AWS_SESSION_TOKEN"));
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(SharedCredentialsProvider::new(credentials.build()))
        .service_config(EnvironmentEndpoints)
        .http_client(http_client());
    Ok(sdk.build())
}

/// Where a service is, if not at AWS.
/// See <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.
#[derive(Debug)]
struct EnvironmentEndpoints;

impl LoadServiceConfig for EnvironmentEndpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        // The template sets them empty on AWS.
        let set = |name: &str| environment(name).filter(|url| !url.is_empty());
        set(&format!("{}_{}", key.env(), key.service_id().to_uppercase())).or_else(|| set(key.env()))
    }
}
