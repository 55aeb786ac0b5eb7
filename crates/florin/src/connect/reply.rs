//! What calls answer with.

use bytes::Bytes;
use florin_wire::Typed;

use super::answer::{Answer, SyntaxError, read};
use crate::transport::Headers;

/// What a call can answer with: a type of the API, nothing, or a [`Download`].
pub trait Reply: Decode {}

/// How an answer is read. Public in name only, so that nobody else can implement [`Reply`].
pub trait Decode: Sized + Send + 'static {
    #[doc(hidden)]
    #[allow(private_interfaces, reason = "sealed")]
    fn decode(answer: &Answer) -> Result<Self, SyntaxError>;
}

/// Makes types of the API answers of calls.
macro_rules! reply {
    ($($name:ident),* $(,)?) => {
        $(
            impl $crate::connect::reply::Decode for $name {
                #[allow(private_interfaces, reason = "sealed")]
                fn decode(
                    answer: &$crate::connect::answer::Answer,
                ) -> Result<Self, $crate::connect::answer::SyntaxError> {
                    $crate::connect::reply::object(answer)
                }
            }

            impl $crate::connect::reply::Reply for $name {}
        )*
    };
}

pub(crate) use reply;

/// Reads a type of the API. An empty body leaves every member unset.
pub(crate) fn object<T: Typed>(answer: &Answer) -> Result<T, SyntaxError> {
    let mut object = T::default();
    if !answer.body.trim_ascii().is_empty() {
        read(&mut object, &answer.body)?;
    }
    Ok(object)
}

/// Whatever the body holds is ignored.
impl Decode for () {
    #[allow(private_interfaces, reason = "sealed")]
    fn decode(_answer: &Answer) -> Result<Self, SyntaxError> {
        Ok(())
    }
}

impl Reply for () {}

/// A file that was downloaded.
#[derive(Clone, Debug)]
pub struct Download {
    bytes: Bytes,
    headers: Headers,
}

impl Download {
    /// The content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes the content.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes.into()
    }

    /// The media type.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get("Content-Type")
    }

    /// The headers of the answer.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }
}

impl Decode for Download {
    #[allow(private_interfaces, reason = "sealed")]
    fn decode(answer: &Answer) -> Result<Self, SyntaxError> {
        Ok(Self { bytes: answer.body.clone(), headers: answer.headers.clone() })
    }
}

impl Reply for Download {}
