//! What the specification says of an operation, as data: the SDK calls by it, the platform routes by it, tests
//! iterate over it.

use crate::Schema;

/// The processing platform that a merchant account lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Platform {
    /// The GlobalCollect processing platform.
    GlobalCollect,
    /// The Ogone processing platform.
    Ogone,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    /// The method as it stands in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request or an answer carries.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Body {
    /// Nothing.
    None,
    /// A JSON object of that type.
    Json(&'static Schema),
    /// A multipart form with one part, named `file`.
    Multipart,
    /// Bytes of any media type.
    Binary,
}

/// Which error body an operation answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorShape {
    /// Errors only.
    Plain,
    /// Errors, and `paymentResult` when a payment was declined.
    Payment,
    /// Errors, and `payoutResult` when a payout was declined.
    Payout,
    /// Errors, and `refundResult` when a refund was declined.
    Refund,
    /// Whichever of these it turns out to be: for operations that the specification does not know.
    Any,
}

/// A path parameter.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// The name in the path template.
    pub name: &'static str,
}

/// A query parameter.
#[derive(Clone, Copy, Debug)]
pub struct QueryParameter {
    /// The name on the wire.
    pub name: &'static str,
    /// Whether it may be repeated.
    pub repeated: bool,
}

/// An operation of an API.
#[derive(Debug)]
pub struct Operation {
    /// The group and name that every SDK uses, such as `payments.create`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template, such as `/v1/{merchantId}/payments`.
    pub path: &'static str,
    /// What stands in the template, in order.
    pub parameters: &'static [Parameter],
    /// The query parameters, in the order in which they are sent.
    pub query: &'static [QueryParameter],
    /// What the request carries.
    pub request: Body,
    /// What a successful answer carries.
    pub response: Body,
    /// The statuses of success; the first is the usual one.
    pub success: &'static [u16],
    /// What an error answer carries.
    pub error: ErrorShape,
    /// Whether an idempotence key is honoured.
    pub idempotent: bool,
    /// The platforms that offer it. Empty means all.
    pub platforms: &'static [Platform],
}
