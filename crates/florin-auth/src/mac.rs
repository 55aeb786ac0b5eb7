//! HMAC-SHA256 in base64, the only cryptography of both schemes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A running HMAC-SHA256.
#[derive(Clone)]
pub(crate) struct Mac(Hmac<Sha256>);

impl Mac {
    /// Starts with the UTF-8 bytes of a secret. Secrets look like base64 and are not decoded.
    pub(crate) fn new(secret: &str) -> Self {
        // The key block of HMAC, made here because then no length can be refused.
        let mut block = Zeroizing::new([0_u8; 64]);
        match block.get_mut(..secret.len()) {
            Some(start) => start.copy_from_slice(secret.as_bytes()),
            None => block[..32].copy_from_slice(&Sha256::digest(secret.as_bytes())),
        }
        Self(Hmac::new(&(*block).into()))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The code in standard base64 with padding.
    pub(crate) fn into_base64(self) -> String {
        STANDARD.encode(self.0.finalize().into_bytes())
    }

    /// Whether a base64 text is this code. Takes the same time for all texts of the right length.
    pub(crate) fn is(self, signature: &str) -> bool {
        self.into_base64().as_bytes().ct_eq(signature.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_length_agree_with_the_library() {
        for length in [0, 1, 63, 64, 65, 200] {
            let secret = "k".repeat(length);
            let mut ours = Mac::new(&secret);
            ours.update(b"text");
            let mut theirs = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            theirs.update(b"text");
            assert_eq!(ours.into_base64(), STANDARD.encode(theirs.finalize().into_bytes()));
        }
    }
}
