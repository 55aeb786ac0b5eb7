//! Refusals, with the codes of the API's error catalogue.

use std::borrow::Cow;

use crate::authorisation::Decline;

/// Which layer refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The API itself.
    Connect,
    /// The processing platform behind it.
    Payment,
    /// Something did not answer.
    Io,
}

impl Category {
    /// The token of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT_PLATFORM_ERROR",
            Self::Payment => "PAYMENT_PLATFORM_ERROR",
            Self::Io => "IO_ERROR",
        }
    }
}

/// One entry of an error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The code of the catalogue.
    pub code: Cow<'static, str>,
    /// The token of the catalogue.
    pub id: Cow<'static, str>,
    /// The message, which old clients compare: the token, or the engine's sentence.
    pub message: Cow<'static, str>,
    /// Which layer refused.
    pub category: Category,
    /// The HTTP status.
    pub status: u16,
    /// The member or parameter at fault.
    pub property: Option<String>,
}

impl Fault {
    const fn new(status: u16, code: &'static str, token: &'static str, category: Category) -> Self {
        Self {
            code: Cow::Borrowed(code),
            id: Cow::Borrowed(token),
            message: Cow::Borrowed(token),
            category,
            status,
            property: None,
        }
    }

    /// Names the member or parameter at fault.
    pub fn at(mut self, property: impl Into<String>) -> Self {
        self.property = Some(property.into());
        self
    }

    /// Says more than the token does.
    pub fn saying(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }
}

/// A command that was refused, with every reason that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection(pub Vec<Fault>);

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl Rejection {
    /// The HTTP status of the answer: that of the first reason.
    pub fn status(&self) -> u16 {
        self.0.first().map_or(500, |fault| fault.status)
    }
}

macro_rules! catalogue {
    ($($(#[$meta:meta])* $name:ident = $status:literal $code:literal $token:literal $category:ident;)*) => {
        impl Fault {
            $($(#[$meta])* pub const fn $name() -> Self {
                Self::new($status, $code, $token, Category::$category)
            })*
        }
    };
}

catalogue! {
    /// No payment has that id.
    unknown_payment = 404 "1002" "UNKNOWN_PAYMENT_ID" Connect;
    /// No payment product has that id.
    unknown_product = 404 "1007" "UNKNOWN_PRODUCT_ID" Connect;
    /// A value has the wrong type, or is not one that the API knows.
    invalid_value = 400 "1099" "INVALID_VALUE" Connect;
    /// The body is no JSON, or too long.
    bad_request = 400 "1400" "BAD_REQUEST" Connect;
    /// There is no such path.
    unknown_path = 404 "1404" "UNKNOWN_RESOURCE" Connect;
    /// The path does not know that method.
    method_not_allowed = 405 "1405" "METHOD_NOT_ALLOWED" Connect;
    /// No refund has that id.
    unknown_refund = 404 "1404" "UNKNOWN_REFUND_ID" Connect;
    /// No token has that id.
    unknown_token = 404 "1404" "UNKNOWN_TOKEN_ID" Connect;
    /// The first request with this idempotence key has not finished.
    duplicate_in_progress = 409 "1409" "DUPLICATE_REQUEST_IN_PROGRESS" Connect;
    /// The operation is not served yet.
    not_served = 501 "1501" "NOT_IMPLEMENTED" Connect;
    /// Too much is waiting.
    overloaded = 503 "1503" "TEMPORARILY_UNAVAILABLE" Io;
    /// The signature is missing or wrong.
    unauthorised = 403 "9002" "MISSING_OR_INVALID_AUTHORIZATION" Connect;
    /// The key's account does not own that merchant.
    foreign_merchant = 403 "9007" "ACCESS_TO_MERCHANT_NOT_ALLOWED" Connect;
    /// Something broke.
    internal = 500 "9999" "UNKNOWN_SERVER_ERROR" Io;
    /// A required member is missing.
    missing = 400 "20000000" "PARAMETER_NOT_FOUND_IN_REQUEST" Connect;
    /// A required query parameter is missing.
    missing_parameter = 400 "20000001" "PARAMETER_NOT_FOUND_IN_REQUEST" Connect;
    /// A required member is blank.
    blank = 400 "20001000" "NULL_VALUE_NOT_ALLOWED" Connect;
    /// A card number fails the Luhn check.
    luhn = 400 "21000020" "INVALID_CARD_NUMBER" Connect;
    /// A value is out of range.
    out_of_range = 400 "21000050" "VALUE_OUT_OF_RANGE" Connect;
    /// An expiry date is in the past or no month.
    expired = 400 "21000120" "INVALID_EXPIRY_DATE" Connect;
    /// The platform or the account does not offer that action.
    action_not_allowed = 403 "102020" "ACTION_NOT_ALLOWED_FOR_MERCHANT" Payment;
    /// Another action on the same object is in the way.
    action_in_process = 409 "103000" "ANOTHER_ACTION_IS_IN_PROCESS" Payment;
    /// Nothing of the payment can be refunded.
    not_refundable = 400 "300450" "ORDER WITHOUT REFUNDABLE PAYMENTS" Payment;
    /// The order is paid already.
    order_is_final = 402 "400120" "INSERTATTEMPT PAYMENT FOR ORDER ALREADY FINAL FOR COMBINATION" Payment;
    /// The account does not have that product.
    product_not_enabled = 400 "400530" "INVALID_PAYMENT_PRODUCT_FOR_MERCHANT" Payment;
    /// The object is not in a state for that action.
    not_pending = 402 "410110" "UNKNOWN ORDER OR NOT PENDING" Payment;
}

impl Fault {
    /// The entry for a declined authorisation.
    pub fn declined(decline: &Decline) -> Self {
        Self {
            code: Cow::Owned(decline.code.clone()),
            id: Cow::Owned(decline.message.to_uppercase().replace(' ', "_")),
            message: Cow::Owned(decline.message.clone()),
            category: Category::Payment,
            status: 402,
            property: None,
        }
    }
}
