//! Values that must not be printed.
//!
//! **Invariant:** there is no `Display` and no `Serialize` here, and `Debug` prints stars. Comparison takes the same
//! time for equal lengths.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// What a sensitive member holds, which decides how logs mask it and whether the store seals it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A full card number.
    Pan,
    /// A card verification value.
    Cvv,
    /// A card's expiry date.
    Expiry,
    /// An IBAN.
    Iban,
    /// A bank account number.
    Account,
    /// A 3-D Secure or network-token cryptogram.
    Cryptogram,
    /// An opaque payload that carries card data.
    Payload,
    /// Something that grants access.
    Secret,
    /// The first digits of a card number.
    Bin,
    /// The value of a free key and value pair.
    Value,
    /// Data about a person.
    Personal,
}

/// A value that is wiped when dropped and never printed.
///
/// ```
/// use florin_wire::Sensitive;
///
/// let number = Sensitive::from("4567350000427977");
/// assert_eq!(format!("{number:?}"), "***");
/// assert_eq!(number.expose(), "4567350000427977");
/// ```
#[derive(Clone, Default)]
pub struct Sensitive<T: Zeroize>(T);

impl<T: Zeroize> Sensitive<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }
}

impl Sensitive<String> {
    /// The value in the clear. Search for callers of this to see where card data goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T: Zeroize> Drop for Sensitive<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize + AsRef<[u8]>> PartialEq for Sensitive<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref().ct_eq(other.0.as_ref()).into()
    }
}

impl<T: Zeroize + AsRef<[u8]>> Eq for Sensitive<T> {}

impl From<&str> for Sensitive<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl From<String> for Sensitive<String> {
    fn from(value: String) -> Self {
        Self(value)
    }
}
