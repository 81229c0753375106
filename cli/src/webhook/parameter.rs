//! Where the functions read the signing secrets: a SecureString in Parameter Store, comma-separated while rotating.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::DisplayErrorContext;
use aws_sdk_ssm::types::ParameterType;
use secrecy::{ExposeSecret, SecretString};

/// Why the parameter could not be read or written. Values are never part of it.
#[derive(Debug, thiserror::Error)]
#[error("Parameter Store: {0}")]
pub struct ParameterError(String);

/// A parameter.
pub struct Parameter {
    client: Client,
    name: String,
}

impl Parameter {
    /// The parameter of this name, in the account and region of the environment.
    pub async fn open(name: &str) -> Self {
        Self { client: Client::new(&crate::sdk_config().await), name: name.to_owned() }
    }

    /// Makes the secret the only one.
    ///
    /// # Errors
    /// When SSM refuses or does not answer.
    pub async fn set(&self, secret: &SecretString) -> Result<(), ParameterError> {
        self.put(secret.expose_secret()).await
    }

    /// Puts the secret before those that are there.
    ///
    /// # Errors
    /// When there are none, or SSM refuses or does not answer.
    pub async fn prepend(&self, secret: &SecretString) -> Result<(), ParameterError> {
        let known = self.get().await?;
        self.put(&format!("{},{known}", secret.expose_secret())).await
    }

    /// Forgets all but the first.
    ///
    /// # Errors
    /// When there are none, or SSM refuses or does not answer.
    pub async fn keep_first(&self) -> Result<(), ParameterError> {
        let known = self.get().await?;
        self.put(known.split(',').next().unwrap_or_default()).await
    }

    async fn get(&self) -> Result<String, ParameterError> {
        let request = self.client.get_parameter().name(&self.name).with_decryption(true);
        let answer = request.send().await.map_err(|error| ParameterError(DisplayErrorContext(error).to_string()))?;
        let value = answer.parameter.and_then(|parameter| parameter.value).filter(|value| !value.is_empty());
        value.ok_or_else(|| ParameterError(format!("{} is empty", self.name)))
    }

    async fn put(&self, value: &str) -> Result<(), ParameterError> {
        let request = self.client.put_parameter().name(&self.name).value(value).overwrite(true);
        let request = request.r#type(ParameterType::SecureString);
        request.send().await.map(drop).map_err(|error| ParameterError(DisplayErrorContext(error).to_string()))
    }
}
