//! The signing secrets in Parameter Store: a SecureString, comma-separated during a rotation.

use aws_config::SdkConfig;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::DisplayErrorContext;
use aws_sdk_ssm::types::ParameterType;
use secrecy::{ExposeSecret, SecretString};

/// Why the parameter could not be read or written. It never contains values.
#[derive(Debug, thiserror::Error)]
#[error("{name} in Parameter Store: {cause}")]
pub struct ParameterError {
    name: String,
    cause: String,
}

/// A parameter in Parameter Store.
pub struct Parameter {
    client: Client,
    name: String,
}

impl Parameter {
    /// The parameter of this name, in the account and region of `sdk`.
    pub fn new(sdk: &SdkConfig, name: &str) -> Self {
        Self { client: Client::new(sdk), name: name.to_owned() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The secrets that it holds, the newest first; none when it does not exist.
    ///
    /// # Errors
    /// When SSM refuses or does not answer.
    pub async fn secrets(&self) -> Result<Vec<SecretString>, ParameterError> {
        let answer = match self.client.get_parameter().name(&self.name).with_decryption(true).send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_parameter_not_found()) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(self.failed(&DisplayErrorContext(error))),
        };
        let value = answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default();
        Ok(value.split(',').map(str::trim).filter(|secret| !secret.is_empty()).map(SecretString::from).collect())
    }

    /// Makes it hold these secrets and no others.
    ///
    /// # Errors
    /// When SSM refuses or does not answer. Without an answer they may have been written.
    pub async fn write(&self, secrets: &[SecretString]) -> Result<(), ParameterError> {
        let value = secrets.iter().map(ExposeSecret::expose_secret).collect::<Vec<_>>().join(",");
        let request = self.client.put_parameter().name(&self.name).value(value).overwrite(true);
        let request = request.r#type(ParameterType::SecureString);
        request.send().await.map(drop).map_err(|error| self.failed(&DisplayErrorContext(error)))
    }

    fn failed(&self, cause: &impl std::fmt::Display) -> ParameterError {
        ParameterError { name: self.name.clone(), cause: cause.to_string() }
    }
}
