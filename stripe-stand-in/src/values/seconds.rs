//! Parses and formats durations: `90`, `90s`, `10m`, `6h`, `3d`.

/// The units, the largest first, in seconds.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// The seconds of a text such as `10m`. The default unit is seconds. None for invalid texts and for negative numbers.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(*unit));
    let (number, factor) = match unit {
        Some((_, factor)) => (text.get(..text.len() - 1)?, *factor),
        None => (text, 1),
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<i64>().ok()?.checked_mul(factor)
}

/// The shortest text for a number of seconds.
pub(crate) fn format(seconds: i64) -> String {
    let unit = UNITS.iter().find(|(_, factor)| seconds != 0 && seconds % factor == 0);
    unit.map_or_else(|| format!("{seconds}s"), |(unit, factor)| format!("{}{unit}", seconds / factor))
}

#[cfg(test)]
mod tests {
    #[test]
    fn durations_have_units() {
        let cases = [
            ("0", Some(0), "0s"),
            ("90", Some(90), "90s"),
            ("90s", Some(90), "90s"),
            ("10m", Some(600), "10m"),
            ("24h", Some(86_400), "1d"),
            ("3d", Some(259_200), "3d"),
            ("-1", None, ""),
            ("m", None, ""),
            ("", None, ""),
            ("1.5h", None, ""),
            ("10é", None, ""),
            ("99999999999999999d", None, ""),
        ];
        for (text, seconds, shown) in cases {
            assert_eq!(super::parse(text), seconds, "{text}");
            assert_eq!(seconds.map(super::format).unwrap_or_default(), shown, "{text}");
        }
    }
}
