//! Secrets: on AWS, a variable that holds one says where it is (`ssm:/tuition/stripe-secret-key`), and the value is
//! fetched at start. See <https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html>.

use std::collections::HashMap;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::ProvideErrorMetadata;
use aws_types::SdkConfig;

use crate::config::{ConfigError, environment};

/// How a variable says that its value is in Parameter Store.
const PARAMETER_PREFIX: &str = "ssm:";

/// The environment, with the secrets in their places.
pub struct EnvironmentWithSecrets(HashMap<&'static str, String>);

impl EnvironmentWithSecrets {
    /// A variable's value.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned().or_else(|| environment(name))
    }
}

/// Fetches what the named variables refer to, in one call; without a reference there is no call.
///
/// # Errors
/// When SSM refuses, does not answer, or does not have one of them. A value is never part of the error.
pub async fn load(sdk: &SdkConfig, names: &[&'static str]) -> Result<EnvironmentWithSecrets, ConfigError> {
    let references = names.iter().filter_map(|name| {
        let value = environment(name)?;
        Some((*name, value.trim().strip_prefix(PARAMETER_PREFIX)?.to_owned()))
    });
    let references: Vec<(&'static str, String)> = references.collect();
    let Some((first, _)) = references.first() else { return Ok(EnvironmentWithSecrets(HashMap::new())) };
    let paths: Vec<String> = references.iter().map(|(_, path)| path.clone()).collect();
    let found = fetch(sdk, paths).await.map_err(|reason| ConfigError::Malformed { name: first, reason })?;
    let place = |(name, path): (&'static str, String)| match found.get(&path) {
        Some(value) => Ok((name, value.clone())),
        None => Err(ConfigError::Malformed { name, reason: format!("SSM has no parameter {path}") }),
    };
    Ok(EnvironmentWithSecrets(references.into_iter().map(place).collect::<Result<_, _>>()?))
}

async fn fetch(sdk: &SdkConfig, paths: Vec<String>) -> Result<HashMap<String, String>, String> {
    let client = Client::new(sdk);
    let request = client.get_parameters().set_names(Some(paths)).with_decryption(true);
    // Code and message only: the whole answer would hold the secrets.
    let told = |error: &dyn ProvideErrorMetadata| {
        format!("SSM: {} {}", error.code().unwrap_or("no answer"), error.message().unwrap_or_default())
    };
    let answer = request.send().await.map_err(|error| told(&error))?;
    let parameters = answer.parameters.unwrap_or_default().into_iter();
    Ok(parameters.filter_map(|parameter| Some((parameter.name?, parameter.value?))).collect())
}
