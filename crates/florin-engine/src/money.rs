//! Amounts: integers in hundredths of the currency, for every currency of the API.

/// The largest amount of the API: twelve digits.
pub const MAX_AMOUNT: i64 = 999_999_999_999;

/// Units of a currency for one euro, in millionths. Sandbox rates: round figures that never change.
const PER_EURO_MILLIONTHS: &[(&str, i64)] = &[
    ("AUD", 1_650_000),
    ("BRL", 5_900_000),
    ("CAD", 1_500_000),
    ("CHF", 950_000),
    ("CNY", 7_800_000),
    ("CZK", 25_000_000),
    ("DKK", 7_460_000),
    ("EUR", 1_000_000),
    ("GBP", 850_000),
    ("HKD", 8_500_000),
    ("HUF", 395_000_000),
    ("IDR", 17_500_000_000),
    ("INR", 91_000_000),
    ("JPY", 162_000_000),
    ("KRW", 1_480_000_000),
    ("MXN", 20_000_000),
    ("MYR", 4_900_000),
    ("NOK", 11_600_000),
    ("NZD", 1_800_000),
    ("PHP", 62_000_000),
    ("PLN", 4_300_000),
    ("RON", 4_970_000),
    ("SEK", 11_400_000),
    ("SGD", 1_440_000),
    ("THB", 38_000_000),
    ("TRY", 36_000_000),
    ("TWD", 35_000_000),
    ("USD", 1_100_000),
    ("ZAR", 20_000_000),
];

/// Whether the sandbox has a rate for a currency.
pub fn has_rate(currency: &str) -> bool {
    rate(currency).is_some()
}

fn rate(currency: &str) -> Option<i128> {
    let found = PER_EURO_MILLIONTHS.iter().find(|(code, _)| *code == currency);
    found.map(|(_, millionths)| i128::from(*millionths))
}

/// Converts an amount at the sandbox rates, rounding half up. Nothing when a rate is not known or the result does
/// not fit.
pub fn convert(amount: i64, source: &str, target: &str) -> Option<i64> {
    let (from, to) = (rate(source)?, rate(target)?);
    let converted = (i128::from(amount) * to * 2 + from) / (from * 2);
    i64::try_from(converted).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversion_is_exact_and_rounds_half_up() {
        assert_eq!(convert(100, "EUR", "EUR"), Some(100));
        assert_eq!(convert(1000, "EUR", "USD"), Some(1100));
        assert_eq!(convert(1, "USD", "EUR"), Some(1));
        assert_eq!(convert(5, "EUR", "CAD"), Some(8));
        assert_eq!(convert(100, "EUR", "XXX"), None);
        assert_eq!(convert(MAX_AMOUNT, "GBP", "IDR").map(|amount| amount > MAX_AMOUNT), Some(true));
    }
}
