//! Reading configuration: every value has a name, and a wrong one stops the start with a sentence.

use std::fmt::Display;

/// A missing or malformed value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not set, or empty.
    #[error("{name} is not set: {hint}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What belongs there.
        hint: &'static str,
    },
    /// Set to something that cannot be. The value itself is not shown: it may be a secret.
    #[error("{name} is not usable: {reason}")]
    Malformed {
        /// The variable.
        name: &'static str,
        /// Why.
        reason: String,
    },
}

/// Where values come from: the environment in Lambda, a map in tests and in the local stack.
pub struct Lookup<'a>(&'a dyn Fn(&str) -> Option<String>);

impl<'a> Lookup<'a> {
    /// Values by this function.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self(lookup)
    }

    /// The value, unless it is missing or empty.
    pub fn optional(&self, name: &'static str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The value.
    ///
    /// # Errors
    /// When it is missing or empty; `hint` says what belongs there.
    pub fn required(&self, name: &'static str, hint: &'static str) -> Result<String, ConfigError> {
        self.optional(name).ok_or(ConfigError::Missing { name, hint })
    }

    /// The value read by `parse`.
    ///
    /// # Errors
    /// When it is missing or empty, or `parse` refuses it; `hint` says what belongs there.
    pub fn required_parsed<T, E: Display>(
        &self,
        name: &'static str,
        hint: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        read(name, &self.required(name, hint)?, parse)
    }

    /// The value read by `parse`, or `default` when it is missing or empty.
    ///
    /// # Errors
    /// When `parse` refuses it.
    pub fn parsed<T, E: Display>(
        &self,
        name: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        match self.optional(name) {
            None => Ok(default),
            Some(value) => read(name, &value, parse),
        }
    }
}

fn read<T, E: Display>(
    name: &'static str,
    value: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, ConfigError> {
    parse(value).map_err(|error| ConfigError::Malformed { name, reason: error.to_string() })
}

/// A switch.
///
/// # Errors
/// When it is neither `true` nor `false`.
pub fn true_or_false(value: &str) -> Result<bool, &'static str> {
    value.parse().map_err(|_| "it is either true or false")
}

/// The process's environment, for `main`.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
