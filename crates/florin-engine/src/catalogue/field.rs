//! What a consumer fills in: the fields of a form, what they accept and how they are shown.

use serde::Deserialize;

use super::mask::Mask;

/// What kind of value a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Text.
    String,
    /// Digits.
    NumericString,
    /// A day, `DDMMYYYY`.
    Date,
    /// A month, `MMYY`.
    ExpiryDate,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
}

impl FieldType {
    /// The token of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::NumericString => "numericstring",
            Self::Date => "date",
            Self::ExpiryDate => "expirydate",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
        }
    }
}

/// What a field looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FormElement {
    /// A line of text.
    #[default]
    Text,
    /// A choice.
    List,
    /// An amount.
    Currency,
    /// A box to tick.
    Boolean,
    /// A date.
    Date,
}

impl FormElement {
    /// The token of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::List => "list",
            Self::Currency => "currency",
            Self::Boolean => "boolean",
            Self::Date => "date",
        }
    }
}

/// The keyboard that a phone should show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[allow(clippy::enum_variant_names, reason = "the tokens of the API")]
pub enum Keyboard {
    /// Digits and the signs of a telephone number.
    PhoneNumberKeyboard,
    /// Letters.
    StringKeyboard,
    /// Digits.
    IntegerKeyboard,
    /// Letters and the signs of an e-mail address.
    EmailAddressKeyboard,
}

impl Keyboard {
    /// The token of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PhoneNumberKeyboard => "PhoneNumberKeyboard",
            Self::StringKeyboard => "StringKeyboard",
            Self::IntegerKeyboard => "IntegerKeyboard",
            Self::EmailAddressKeyboard => "EmailAddressKeyboard",
        }
    }
}

/// A smallest and a largest value, both allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "[i32; 2]")]
pub struct Bounds {
    /// The smallest.
    pub min: i32,
    /// The largest.
    pub max: i32,
}

impl From<[i32; 2]> for Bounds {
    fn from([min, max]: [i32; 2]) -> Self {
        Self { min, max }
    }
}

/// What a value has to pass. The kinds are those of the API, and no other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "independent checks")]
pub struct Validators {
    /// Required while the fiscal number has this many digits.
    pub boleto_fiscal_number_length: Option<i32>,
    /// An e-mail address.
    pub email_address: bool,
    /// A month that has not passed.
    pub expiration_date: bool,
    /// One of these values.
    pub fixed_list: Option<Vec<String>>,
    /// An IBAN with the right check digits.
    pub iban: bool,
    /// The number of characters.
    pub length: Option<Bounds>,
    /// A number with the right check digit.
    pub luhn: bool,
    /// A number between two others.
    pub range: Option<Bounds>,
    /// The whole value has this form.
    pub regular_expression: Option<String>,
    /// A Chinese identity number with the right check digit.
    pub resident_id_number: bool,
    /// Yes.
    pub terms_and_conditions: bool,
}

impl Validators {
    /// The kinds that are set, by the names of the API, which are also the keys of the error texts.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        [
            (self.boleto_fiscal_number_length.is_some(), "boletoBancarioRequiredness"),
            (self.email_address, "emailAddress"),
            (self.expiration_date, "expirationDate"),
            (self.fixed_list.is_some(), "fixedList"),
            (self.iban, "iban"),
            (self.length.is_some(), "length"),
            (self.luhn, "luhn"),
            (self.range.is_some(), "range"),
            (self.regular_expression.is_some(), "regularExpression"),
            (self.resident_id_number, "residentIdNumber"),
            (self.terms_and_conditions, "termsAndConditions"),
        ]
        .into_iter()
        .filter_map(|(is_set, kind)| is_set.then_some(kind))
    }
}

/// Where the choices of a list come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Values {
    /// The issuers of the product.
    Directory,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Field {
    /// The name under which the value is sent.
    pub id: String,
    /// What kind of value it takes.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Has to be filled in.
    #[serde(default)]
    pub required: bool,
    /// What it accepts.
    #[serde(default)]
    pub validators: Validators,
    /// A key for looking up the consumer's details.
    #[serde(default)]
    pub lookup: bool,
    /// Filled by code and never shown.
    #[serde(default)]
    pub hidden: bool,
    /// Where forms list fields, smaller ones come first.
    #[serde(default)]
    pub order: i32,
    /// What it looks like.
    #[serde(default)]
    pub element: FormElement,
    /// The keyboard of a phone. A choice has none.
    pub keyboard: Option<Keyboard>,
    /// How the value is shown.
    pub mask: Option<Mask>,
    /// The value is not shown.
    #[serde(default)]
    pub obfuscate: bool,
    /// Shown even if a stored account has the value.
    #[serde(default)]
    pub always_show: bool,
    /// Where the choices of a list come from.
    pub values: Option<Values>,
    /// The key of its name in the texts, `label.…`.
    #[serde(default)]
    pub label: String,
    /// The key of the example inside it; the label where it has none.
    #[serde(default)]
    pub placeholder: String,
    /// The key of its explanation, where it has one.
    pub tooltip: Option<String>,
    /// The name of the drawing beside its explanation.
    pub tooltip_image: Option<String>,
}
