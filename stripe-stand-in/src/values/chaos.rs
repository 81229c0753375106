//! The configuration of chaos: `seed=7,duplicate=0.1,reorder=0.05,delay=0..3600,drop=0.01,outage=10m`.

use std::fmt;
use std::str::FromStr;

use crate::values::seconds;

/// Simulated failures of webhook deliveries.
///
/// It parses like the program's option `--chaos`: `"seed=7,drop=0.01".parse::<Chaos>()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chaos {
    /// Different seeds affect different deliveries.
    pub(crate) seed: u64,
    /// The fraction of deliveries that are sent a second time.
    pub(crate) duplicate: Fraction,
    /// The fraction of events that wait until a later event was delivered.
    pub(crate) reorder: Fraction,
    /// How long deliveries are delayed, in seconds of the account's clock.
    pub(crate) delay: DelayRange,
    /// The fraction of events that are not sent, but recorded as delivered.
    pub(crate) drop: Fraction,
    /// How long every delivery is refused from the start, in seconds.
    pub(crate) outage: i64,
}

/// Why a chaos configuration is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChaosError {
    /// A key without a value.
    #[error("{0} has no value: write {0}=...")]
    NoValue(String),
    /// An invalid value.
    #[error("{key} is {value:?}: it must be {expected}")]
    InvalidValue {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// The valid values.
        expected: &'static str,
    },
    /// An unknown key.
    #[error("there is no {0}: it is one of seed, duplicate, reorder, delay, drop and outage")]
    UnknownKey(String),
}

impl ChaosError {
    /// The invalid key.
    pub fn key(&self) -> &str {
        match self {
            ChaosError::NoValue(key) | ChaosError::UnknownKey(key) => key,
            ChaosError::InvalidValue { key, .. } => key,
        }
    }
}

/// A fraction from 0 to 1, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fraction(u32);

/// One, in millionths.
const MILLION: u32 = 1_000_000;

impl Fraction {
    /// Parses a number from `0` to `1` with at most six decimals.
    fn parse(text: &str) -> Option<Fraction> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || whole.len() > 1 || fraction.len() > 6 {
            return None;
        }
        let millionths = format!("{whole}{fraction:0<6}").parse().ok()?;
        (millionths <= MILLION).then_some(Fraction(millionths))
    }

    /// Whether a uniformly random number falls into this fraction.
    pub(crate) fn selects(self, random: u64) -> bool {
        random % u64::from(MILLION) < u64::from(self.0)
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / MILLION, self.0 % MILLION);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{fraction:06}").trim_end_matches('0'))
    }
}

/// A range of delays, inclusive, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DelayRange {
    shortest: i64,
    longest: i64,
}

impl DelayRange {
    pub(crate) fn parse(text: &str) -> Option<DelayRange> {
        let (shortest, longest) = text.split_once("..").unwrap_or((text, text));
        let delay = DelayRange { shortest: seconds::parse(shortest)?, longest: seconds::parse(longest)? };
        (delay.shortest <= delay.longest).then_some(delay)
    }

    /// Picks a delay by a uniformly random number.
    pub(crate) fn pick(self, random: u64) -> i64 {
        let width = (self.longest - self.shortest).unsigned_abs().saturating_add(1);
        self.shortest.saturating_add_unsigned(random % width)
    }
}

impl fmt::Display for DelayRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.shortest, self.longest)
    }
}

impl Chaos {
    /// Sets one key.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<(), ChaosError> {
        const FRACTION: &str = "a fraction from 0 to 1 with at most six decimals, such as 0.05";
        let invalid =
            |key: &'static str, expected| move || ChaosError::InvalidValue { key, value: value.to_owned(), expected };
        let share = |key| Fraction::parse(value).ok_or_else(invalid(key, FRACTION));
        match key {
            "seed" => {
                self.seed = value.parse().map_err(|_| invalid("seed", "a whole number from 0 on, such as 7")())?;
            }
            "duplicate" => self.duplicate = share("duplicate")?,
            "reorder" => self.reorder = share("reorder")?,
            "drop" => self.drop = share("drop")?,
            "delay" => {
                let expected = "seconds, or a range from the shortest to the longest, such as 0..3600";
                self.delay = DelayRange::parse(value).ok_or_else(invalid("delay", expected))?;
            }
            "outage" => {
                let expected = "a duration, such as 90s, 10m, 6h or 3d";
                self.outage = seconds::parse(value).ok_or_else(invalid("outage", expected))?;
            }
            _ => return Err(ChaosError::UnknownKey(key.to_owned())),
        }
        Ok(())
    }
}

impl FromStr for Chaos {
    type Err = ChaosError;

    fn from_str(text: &str) -> Result<Chaos, ChaosError> {
        let mut chaos = Chaos::default();
        for part in text.split(',') {
            let (key, value) = part.split_once('=').ok_or_else(|| ChaosError::NoValue(part.to_owned()))?;
            chaos.set(key, value)?;
        }
        Ok(chaos)
    }
}

impl fmt::Display for Chaos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed={}", self.seed)?;
        for (key, share) in [("duplicate", self.duplicate), ("reorder", self.reorder), ("drop", self.drop)] {
            if share != Fraction::default() {
                write!(f, ",{key}={share}")?;
            }
        }
        if self.delay != DelayRange::default() {
            write!(f, ",delay={}", self.delay)?;
        }
        if self.outage != 0 {
            write!(f, ",outage={}", seconds::format(self.outage))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chaos_is_formatted_as_it_is_parsed() {
        let cases = [
            ("seed=7,duplicate=0.1,reorder=0.05,drop=0.01,delay=0..3600,outage=10m", None),
            ("drop=1", Some("seed=0,drop=1")),
            ("drop=0.0,delay=1m", Some("seed=0,delay=60..60")),
            ("duplicate=0.000001", Some("seed=0,duplicate=0.000001")),
        ];
        for (text, shown) in cases {
            assert_eq!(text.parse::<Chaos>().unwrap().to_string(), shown.unwrap_or(text));
        }
    }

    #[test]
    fn an_error_names_the_invalid_key() {
        for (text, key) in [("", ""), ("drop", "drop"), ("seed=1,drop=2", "drop"), ("x=1", "x"), ("delay=..", "delay")]
        {
            assert_eq!(text.parse::<Chaos>().unwrap_err().key(), key, "{text}");
        }
    }
}
