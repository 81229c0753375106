//! The code that a learner hands on: eight characters without look-alikes, read as people write them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Without `0`, `O`, `1`, `I` and `L`, which people take for one another.
const ALPHABET: &[u8; SIZE as usize] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const SIZE: u64 = 31;
const LENGTH: usize = 8;

/// Why a text is not a referral code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a referral code has 8 letters and digits, without 0, O, 1, I and L")]
pub struct ReferralCodeError;

/// A referral code in upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(extend("pattern" = "^[2-9A-HJKMNP-Z]{8}$")))]
pub struct ReferralCode(String);

impl ReferralCode {
    /// The code of random bits. There are 31^8 codes, about 2^39.6; the bits beyond that do not count.
    pub fn from_bits(bits: u64) -> Self {
        let mut rest = bits;
        let characters = (0..LENGTH).map(|_| {
            let index = usize::try_from(rest % SIZE).ok();
            rest /= SIZE;
            index.and_then(|index| ALPHABET.get(index)).map_or('2', |byte| char::from(*byte))
        });
        Self(characters.collect())
    }

    /// Reads a code in any case; blanks and hyphens are dropped.
    ///
    /// # Errors
    /// When what is left is not eight characters of the alphabet.
    pub fn parse(text: &str) -> Result<Self, ReferralCodeError> {
        let mut code = String::with_capacity(LENGTH);
        for character in text.chars().filter(|character| !character.is_whitespace() && *character != '-') {
            let character = character.to_ascii_uppercase();
            let is_known = u8::try_from(character).is_ok_and(|byte| ALPHABET.contains(&byte));
            if !is_known || code.len() == LENGTH {
                return Err(ReferralCodeError);
            }
            code.push(character);
        }
        if code.len() == LENGTH { Ok(Self(code)) } else { Err(ReferralCodeError) }
    }

    /// The eight characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReferralCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl TryFrom<String> for ReferralCode {
    type Error = ReferralCodeError;
    fn try_from(text: String) -> Result<Self, ReferralCodeError> {
        Self::parse(&text)
    }
}

impl From<ReferralCode> for String {
    fn from(code: ReferralCode) -> String {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it() {
        for (text, expected) in [
            ("ABCD2345", Some("ABCD2345")),
            ("abcd2345", Some("ABCD2345")),
            (" abcd-2345 ", Some("ABCD2345")),
            ("A B C D 2 3 4 5", Some("ABCD2345")),
            ("ABCD\u{a0}2345", Some("ABCD2345")),
            ("", None),
            ("ABCD234", None),
            ("ABCD23456", None),
            ("ABCD2340", None),
            ("ABCD234O", None),
            ("ABCD2341", None),
            ("ABCD234I", None),
            ("ABCD234l", None),
            ("ABCD234Ä", None),
            ("ABCD234#", None),
            ("ABCD_2345", None),
        ] {
            assert_eq!(ReferralCode::parse(text).ok().as_ref().map(ReferralCode::as_str), expected, "{text:?}");
        }
    }

    #[test]
    fn different_bits_are_different_codes_as_long_as_they_fit() {
        assert_eq!(ReferralCode::from_bits(0).as_str(), "22222222");
        assert_eq!(ReferralCode::from_bits(1).as_str(), "32222222");
        assert_eq!(ReferralCode::from_bits(31).as_str(), "23222222");
        assert_eq!(ReferralCode::from_bits(31u64.pow(8) - 1).as_str(), "ZZZZZZZZ");
        assert_eq!(ReferralCode::from_bits(31u64.pow(8)).as_str(), "22222222");
    }

    proptest! {
        #[test]
        fn every_code_that_we_make_is_read_again(bits in any::<u64>()) {
            let code = ReferralCode::from_bits(bits);
            prop_assert_eq!(&ReferralCode::parse(&code.as_str().to_lowercase()).unwrap(), &code);
        }
    }
}
