//! Whole numbers in a body, as JSON Schema has them: `1.0` is one, too.
//! See <https://json-schema.org/draft/2020-12/json-schema-validation#section-6.1.1>.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Number;

/// A number from 0 without a fraction. Some clients write all numbers with a decimal point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeNumber<N>(pub N);

impl<'de, N: TryFrom<u64>> Deserialize<'de> for WholeNumber<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        let whole = number.as_u64().or_else(|| number.as_f64().and_then(without_fraction));
        let sized = whole.and_then(|whole| N::try_from(whole).ok());
        sized.map(Self).ok_or_else(|| Error::custom("not a whole number of this size"))
    }
}

fn without_fraction(number: f64) -> Option<u64> {
    let is_whole = number >= 0.0 && number.fract() == 0.0;
    // -0.0 is not less than 0. Through text: there is no conversion that tells when it loses something.
    is_whole.then(|| format!("{:.0}", number.abs()).parse().ok()).flatten()
}

/// In the contract it is a number as any other.
#[cfg(feature = "openapi")]
impl<N: schemars::JsonSchema> schemars::JsonSchema for WholeNumber<N> {
    fn inline_schema() -> bool {
        N::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        N::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        N::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::WholeNumber;

    fn read(json: &str) -> Option<u16> {
        serde_json::from_str(json).ok().map(|WholeNumber(number)| number)
    }

    #[test]
    fn a_whole_number_may_have_a_decimal_point() {
        let whole = [("0", 0), ("7", 7), ("7.0", 7), ("7e2", 700), ("-0", 0), ("-0.0", 0), ("65535.0", 65535)];
        for (json, number) in whole {
            assert_eq!(read(json), Some(number), "{json}");
        }
    }

    #[test]
    fn a_fraction_a_negative_number_and_one_that_is_too_large_are_refused() {
        for json in ["1.5", "-1", "-1.0", "65536", "65536.0", "1e300", "\"1\"", "null", "[1]", "{}"] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
