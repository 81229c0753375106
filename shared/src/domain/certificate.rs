//! A certificate: who completed which course, and when. Whether it is valid is computed from the facts, by
//! [`super::certificate_status`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{CertificateId, CourseId, UserId};

/// Why a text is not the name on a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 100 characters, and no control characters")]
pub struct NameError;

/// The same rule as a regular expression, for the contract. Control characters are U+0000 to U+001F and U+007F to U+009F; one
/// character has to be no space of Unicode either.
#[cfg(feature = "openapi")]
const NAME_PATTERN: &str = concat!(
    r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0",
    "\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}",
    r"][^\x00-\x1f\x7f-\x9f]*$",
);

/// The name on a certificate, as the learner wrote it: 1 to 100 characters, not all of them spaces, without control characters.
/// Spaces around it are cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(extend("maxLength" = 100, "pattern" = NAME_PATTERN)))]
pub struct CertificateName(String);

impl CertificateName {
    const MAX_LENGTH: usize = 100;

    /// Checks and wraps the text.
    ///
    /// # Errors
    /// When it is empty, too long, or has control characters.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = text.trim();
        let fits = !name.is_empty() && text.chars().count() <= Self::MAX_LENGTH;
        if fits && !text.chars().any(char::is_control) { Ok(Self(name.to_owned())) } else { Err(NameError) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CertificateName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<CertificateName> for String {
    fn from(name: CertificateName) -> String {
        name.0
    }
}

/// What a certificate says. A learner has at most one for each course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its id, which cannot be guessed.
    pub id: CertificateId,
    /// Whose it is. It is shown to nobody.
    pub learner: UserId,
    /// Which course.
    pub course: CourseId,
    /// What the course was called then.
    pub title: String,
    /// Whose it is, for people.
    pub name: CertificateName,
    /// When the course was completed.
    pub completed_at: Timestamp,
    /// When the certificate was asked for, for the first time.
    pub issued_at: Timestamp,
}

/// Whether a certificate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CertificateStatus {
    /// It does.
    Valid,
    /// The money for the course went back, or the bank holds it.
    Revoked,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_100_characters_and_no_control_characters() {
        for (text, name) in [
            ("Ada Lovelace", Some("Ada Lovelace")),
            ("  Ada ", Some("Ada")),
            ("李 清照", Some("李 清照")),
            ("", None),
            ("   ", None),
            ("\u{3000}\u{a0}", None),
            ("Ada\nLovelace", None),
            ("Ada\n", None),
            ("Ada\u{7f}", None),
            ("Ada\u{85}Lovelace", None),
        ] {
            assert_eq!(CertificateName::parse(text).ok().as_ref().map(CertificateName::as_str), name, "{text:?}");
        }
        assert!(CertificateName::parse(&"ä".repeat(100)).is_ok());
        assert!(CertificateName::parse(&"ä".repeat(101)).is_err());
    }
}
