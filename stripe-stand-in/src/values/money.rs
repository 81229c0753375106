//! Formats amounts of money.

/// Currencies without a minor unit (<https://docs.stripe.com/currencies#zero-decimal>).
const ZERO_DECIMAL: &[&str] =
    &["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"];

/// Formats `4900` and `usd` as `$49.00`.
pub(crate) fn format(amount: i64, currency: &str) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let amount = amount.unsigned_abs();
    let number = if ZERO_DECIMAL.contains(&currency) {
        amount.to_string()
    } else {
        format!("{}.{:02}", amount / 100, amount % 100)
    };
    match currency {
        "usd" => format!("{sign}${number}"),
        "eur" => format!("{sign}€{number}"),
        "gbp" => format!("{sign}£{number}"),
        "jpy" => format!("{sign}¥{number}"),
        _ => format!("{sign}{number} {}", currency.to_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn amounts_are_formatted_by_currency() {
        let cases = [
            (4900, "usd", "$49.00"),
            (5, "eur", "€0.05"),
            (-1050, "gbp", "-£10.50"),
            (500, "jpy", "¥500"),
            (123, "chf", "1.23 CHF"),
        ];
        for (amount, currency, expected) in cases {
            assert_eq!(super::format(amount, currency), expected);
        }
    }
}
