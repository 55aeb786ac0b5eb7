//! Open enums: closed lists in the specification, open on the wire.
//!
//! **Invariant:** a token that this version does not know survives a round trip unchanged.

/// An enumerated string of the API.
pub trait Token: Sized + Send + Sync + 'static {
    /// The tokens that the specification lists.
    const KNOWN: &'static [&'static str];

    /// The token as it stands on the wire.
    fn as_str(&self) -> &str;

    /// Reads a token; one that is not listed is kept as it is.
    fn from_wire(text: &str) -> Self;
}

/// Write access to an optional token whose type is not known here.
pub trait TokenSlot {
    /// Stores the token.
    fn set(&mut self, text: &str);

    /// Removes the token.
    fn clear(&mut self);
}

impl<T: Token> TokenSlot for Option<T> {
    fn set(&mut self, text: &str) {
        *self = Some(T::from_wire(text));
    }

    fn clear(&mut self) {
        *self = None;
    }
}

/// Gives an open enum its wire tokens. The enum has a variant for each, and `Unknown` for all others.
macro_rules! open_enum {
    ($name:ident, $($variant:ident = $wire:literal),* $(,)?) => {
        impl $name {
            /// The token as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl $crate::Token for $name {
            const KNOWN: &'static [&'static str] = &[$($wire),*];

            fn as_str(&self) -> &str {
                Self::as_str(self)
            }

            fn from_wire(text: &str) -> Self {
                match text {
                    $($wire => Self::$variant,)*
                    _ => Self::Unknown(text.into()),
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                <Self as $crate::Token>::from_wire(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $crate::object::token_member!($name);
    };
}
pub(crate) use open_enum;
