//! Identifiers, in the layouts that clients slice and compare.

/// Where unpredictable bytes come from.
pub trait Entropy: Send + Sync {
    /// Sixteen bytes that nobody can guess.
    fn bytes(&self) -> [u8; 16];
}

/// A version 4 UUID.
pub fn uuid(entropy: &dyn Entropy) -> String {
    let mut bytes = entropy.bytes();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Thirty-two hexadecimal digits.
pub fn hex32(entropy: &dyn Entropy) -> String {
    hex(&entropy.bytes())
}

fn hex(bytes: &[u8; 16]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether a text can be a merchant id: one to ten digits.
pub fn is_merchant_id(text: &str) -> bool {
    (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A payment id: merchant (10 digits), order (10), effort (5), attempt (5).
///
/// ```
/// assert_eq!(florin_engine::ids::payment_id("1226", 74, 1, 1), "000000122600000000740000100001");
/// ```
pub fn payment_id(merchant: &str, order: u64, effort: u32, attempt: u32) -> String {
    format!("{merchant:0>10}{order:010}{effort:05}{attempt:05}")
}

/// The id of the n-th refund of a payment: the payment id with the effort replaced by its negative.
///
/// ```
/// let payment = "000000085001000006990000100001";
/// assert_eq!(florin_engine::ids::refund_id(payment, 3).unwrap(), "00000008500100000699000-300001");
/// ```
pub fn refund_id(payment: &str, number: u32) -> Option<String> {
    let (order, rest) = payment.split_at_checked(20)?;
    let attempt = rest.get(5..)?;
    let effort = format!("-{number}");
    Some(format!("{order}{effort:0>5}{attempt}"))
}

/// Whether a text has the layout of a payment id.
pub fn is_payment_id(text: &str) -> bool {
    text.len() == 30 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The payment that a refund id belongs to has this id, but for the effort.
pub fn is_refund_id(text: &str) -> bool {
    text.len() == 30
        && text.bytes().filter(|byte| *byte == b'-').count() == 1
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && text.get(20..25).is_some_and(|effort| effort.contains('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Entropy for Fixed {
        fn bytes(&self) -> [u8; 16] {
            [0xff; 16]
        }
    }

    #[test]
    fn ids_have_their_layouts() {
        assert_eq!(uuid(&Fixed), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(hex32(&Fixed).len(), 32);
        let payment = payment_id("20000", 4_000_255_595, 1, 2);
        assert!(is_payment_id(&payment) && payment.len() == 30);
        let refund = refund_id(&payment, 1).unwrap();
        assert_eq!(refund.replace('-', "0"), payment);
        assert!(is_refund_id(&refund) && is_refund_id(&refund_id(&payment, 12).unwrap()));
        assert!(!is_refund_id(&payment) && !is_payment_id(&refund));
    }
}
