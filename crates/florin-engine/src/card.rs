//! Card numbers: what may be shown of them.

use crate::settings::CardMask;

/// A card number with all but the allowed digits replaced by stars.
///
/// ```
/// use florin_engine::card::masked;
/// use florin_engine::settings::CardMask;
///
/// assert_eq!(masked("4567350000427977", CardMask::LastFour), "************7977");
/// assert_eq!(masked("4567350000427977", CardMask::FirstSixLastFour), "456735******7977");
/// ```
pub fn masked(number: &str, mask: CardMask) -> String {
    let digits = number.chars().count();
    let shown_first = match mask {
        CardMask::FirstSixLastFour if digits > 10 => 6,
        _ => 0,
    };
    let shown_last = if digits > 4 { 4 } else { 0 };
    let star = |(at, c)| if at < shown_first || at + shown_last >= digits { c } else { '*' };
    number.chars().enumerate().map(star).collect()
}

/// Whether a card's `MMYY` expiry month has not passed at that year and month. Nothing when it is no month.
pub fn is_valid_until(expiry: &str, (year, month): (i16, i8)) -> Option<bool> {
    if expiry.len() != 4 || !expiry.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let expiry_month: i8 = expiry.get(..2)?.parse().ok()?;
    let expiry_year: i16 = expiry.get(2..)?.parse().ok()?;
    if !(1..=12).contains(&expiry_month) {
        return None;
    }
    Some((2000 + expiry_year, expiry_month) >= (year, month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_months_count_to_their_end() {
        let now = (2026, 11);
        assert_eq!(is_valid_until("1126", now), Some(true));
        assert_eq!(is_valid_until("1026", now), Some(false));
        assert_eq!(is_valid_until("0130", now), Some(true));
        for wrong in ["1326", "0026", "12", "12300", "1a30", "+130"] {
            assert_ne!(is_valid_until(wrong, now), Some(true), "{wrong}");
        }
    }

    #[test]
    fn short_numbers_are_masked_whole() {
        assert_eq!(masked("1234", CardMask::LastFour), "****");
        assert_eq!(masked("", CardMask::LastFour), "");
    }
}
