//! Validation without a call: the limits and requirements of the specification, checked in one pass.
//!
//! The SDK runs this on request and the platform on every request, so both refuse the same things. Checks that need
//! a clock or a merchant's configuration (an expiry date in the past, a product that is not enabled) are the
//! platform's own.

use std::fmt::{self, Write as _};

use crate::{Field, Format, Object, Platform, Shape, Typed, Value, currency};

/// Something wrong with a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: the member's path from the root of the request, such as `order.amountOfMoney.amount`.
    pub path: String,
    /// What.
    pub kind: FaultKind,
}

/// What can be wrong with a member.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// A required member is not there.
    Missing,
    /// A required member is there but blank.
    Blank,
    /// The JSON type does not fit. Carries the value as printed, stars for sensitive ones.
    WrongType(String),
    /// The token, code or layout is not one that the API knows. Carries the value as printed.
    NotAllowed(String),
    /// The length or number is out of bounds.
    OutOfRange {
        /// The value as printed, stars for sensitive ones.
        value: String,
        /// The fewest characters or digits.
        min_length: u32,
        /// The most characters or digits.
        max_length: u32,
    },
    /// A list has more items than the bound that is carried.
    TooManyItems(u32),
    /// A card number fails the Luhn check. Carries the number of its digits.
    Luhn(usize),
    /// Members exclude each other.
    Exclusive,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.kind {
            FaultKind::Missing => write!(f, "{path} is missing"),
            FaultKind::Blank => write!(f, "{path} is blank"),
            FaultKind::WrongType(value) | FaultKind::NotAllowed(value) => {
                write!(f, "'{value}' is not a valid value for {path}")
            }
            FaultKind::OutOfRange { value, min_length, max_length } => {
                write!(f, "{path} ({value}) is not within {min_length} to {max_length} characters")
            }
            FaultKind::TooManyItems(most) => write!(f, "{path} has more than {most} items"),
            FaultKind::Luhn(_) => write!(f, "{path} is not a card number"),
            FaultKind::Exclusive => write!(f, "{path} excludes another member"),
        }
    }
}

/// Everything that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Checks a request against the specification.
pub trait Validate {
    /// Reports every fault that holds on any platform.
    fn validate(&self) -> Result<(), Faults>;

    /// Reports every fault, those of one processing platform included.
    fn validate_for(&self, platform: Platform) -> Result<(), Faults>;
}

impl<T: Typed> Validate for T {
    fn validate(&self) -> Result<(), Faults> {
        check(self, None)
    }

    fn validate_for(&self, platform: Platform) -> Result<(), Faults> {
        check(self, Some(platform))
    }
}

/// A requirement of a request type that its members' types do not express.
#[derive(Debug)]
pub struct Rule {
    /// What is required.
    pub need: Need,
    /// Conditions, all of which must hold for the rule to apply.
    pub when: &'static [When],
    /// The platform that asks for it, when only one does.
    pub platform: Option<Platform>,
}

/// What a rule asks for. Paths are wire names joined by dots.
#[derive(Debug)]
#[non_exhaustive]
pub enum Need {
    /// The member must be there and not blank.
    Present(&'static str),
    /// Some of these members must be there.
    Count {
        /// The members.
        of: &'static [&'static str],
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// A text has at most that many characters.
    MaxLength(&'static str, u32),
    /// The member must not be there.
    Absent(&'static str),
}

/// A condition of a rule.
#[derive(Debug)]
#[non_exhaustive]
pub enum When {
    /// The member is there.
    Present(&'static str),
    /// The member is not there.
    Absent(&'static str),
    /// The member has one of these values.
    In(&'static str, &'static [&'static str]),
    /// The member has none of these values, or is not there.
    NotIn(&'static str, &'static [&'static str]),
}

fn check(root: &dyn Object, platform: Option<Platform>) -> Result<(), Faults> {
    let mut faults = Vec::new();
    for rule in root.schema().rules {
        apply(rule, root, platform, &mut faults);
    }
    limits(root, &mut String::new(), &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
}

/// The member at a path. Lists on the way make the path end in nothing.
pub fn member<'a>(root: &'a dyn Object, path: &str) -> Value<'a> {
    let mut object = root;
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        let Some(position) = object.schema().position(name) else { return Value::Absent };
        let value = object.value(position);
        if names.peek().is_none() {
            return value;
        }
        let Value::Object(next) = value else { return Value::Absent };
        object = next;
    }
    Value::Absent
}

fn apply(rule: &Rule, root: &dyn Object, platform: Option<Platform>, faults: &mut Vec<Fault>) {
    if rule.platform.is_some() && rule.platform != platform {
        return;
    }
    let holds = rule.when.iter().all(|when| match when {
        When::Present(path) => !member(root, path).is_absent(),
        When::Absent(path) => member(root, path).is_absent(),
        When::In(path, values) => is_one_of(member(root, path), values),
        When::NotIn(path, values) => !is_one_of(member(root, path), values),
    });
    if !holds {
        return;
    }
    let mut fault = |path: &str, kind| faults.push(Fault { path: path.to_owned(), kind });
    match rule.need {
        Need::Present(path) => match member(root, path) {
            Value::Absent => fault(path, FaultKind::Missing),
            Value::Str(text) if text.trim().is_empty() => fault(path, FaultKind::Blank),
            Value::Sensitive(text) if text.expose().trim().is_empty() => {
                fault(path, FaultKind::Blank);
            }
            _ => {}
        },
        Need::Count { of, min, max } => {
            let there: Vec<_> =
                of.iter().filter(|path| !member(root, path).is_absent()).copied().collect();
            if there.len() < min {
                fault(of.first().copied().unwrap_or_default(), FaultKind::Missing);
            }
            for path in there.iter().skip(max) {
                fault(path, FaultKind::Exclusive);
            }
        }
        Need::MaxLength(path, max_length) => {
            if let Value::Str(text) = member(root, path)
                && text.chars().count() > max_length as usize
            {
                let value = text.to_owned();
                fault(path, FaultKind::OutOfRange { value, min_length: 0, max_length });
            }
        }
        Need::Absent(path) => {
            if !member(root, path).is_absent() {
                fault(path, FaultKind::Exclusive);
            }
        }
    }
}

fn is_one_of(value: Value<'_>, values: &[&str]) -> bool {
    match value {
        Value::Str(text) => values.contains(&text),
        Value::Int(number) => values.contains(&number.to_string().as_str()),
        Value::Bool(truth) => values.contains(&if truth { "true" } else { "false" }),
        _ => false,
    }
}

/// Checks every member below an object against its own limits.
fn limits(object: &dyn Object, path: &mut String, faults: &mut Vec<Fault>) {
    for (position, field) in object.schema().fields.iter().enumerate() {
        let value = object.value(position);
        if value.is_absent() {
            continue;
        }
        let start = path.len();
        if start > 0 {
            path.push('.');
        }
        path.push_str(field.name);
        if let Some(kind) = field_fault(field, value) {
            faults.push(Fault { path: path.clone(), kind });
        }
        match value {
            Value::Object(inner) => limits(inner, path, faults),
            Value::List(list) => {
                let end = path.len();
                for at in 0..list.len().min(field.limits.max_items as usize) {
                    let _ = write!(path, "[{at}]");
                    if let Value::Object(inner) = list.item(at) {
                        limits(inner, path, faults);
                    } else if let Some(kind) = text_fault(field, list.item(at)) {
                        faults.push(Fault { path: path.clone(), kind });
                    }
                    path.truncate(end);
                }
            }
            _ => {}
        }
        path.truncate(start);
    }
}

fn field_fault(field: &Field, value: Value<'_>) -> Option<FaultKind> {
    let limits = &field.limits;
    match value {
        Value::Int(number) if number < limits.minimum || number > limits.maximum => {
            Some(FaultKind::OutOfRange {
                value: number.to_string(),
                min_length: 1,
                max_length: digits(limits.maximum),
            })
        }
        Value::List(list) if list.len() > limits.max_items as usize => {
            Some(FaultKind::TooManyItems(limits.max_items))
        }
        Value::Str(_) | Value::Sensitive(_) => text_fault(field, value),
        _ => None,
    }
}

fn digits(number: i64) -> u32 {
    number.checked_abs().and_then(i64::checked_ilog10).map_or(1, |log| log + 1)
}

fn text_fault(field: &Field, value: Value<'_>) -> Option<FaultKind> {
    let (text, shown) = match value {
        Value::Str(text) => (text, text.to_owned()),
        Value::Sensitive(hidden) => (hidden.expose(), stars(hidden.expose())),
        _ => return None,
    };
    let limits = &field.limits;
    if let Shape::Token(known) | Shape::Tokens(known) = field.shape {
        return (!known.contains(&text)).then_some(FaultKind::NotAllowed(shown));
    }
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    if length > limits.max_length || (length > 0 && length < limits.min_length) {
        let Limits { min_length, max_length, .. } = *limits;
        return Some(FaultKind::OutOfRange { value: shown, min_length, max_length });
    }
    if text.is_empty() || layout_holds(limits.format, text) {
        None
    } else {
        Some(FaultKind::NotAllowed(shown))
    }
}

use crate::Limits;

/// One star for each character, as the platform's own messages print card numbers.
pub(crate) fn stars(text: &str) -> String {
    "*".repeat(text.chars().count())
}

fn layout_holds(format: Format, text: &str) -> bool {
    let all_digits =
        |length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let part = |from: usize, to: usize, low: u32, high: u32| {
        text.get(from..to)
            .and_then(|part| part.parse().ok())
            .is_some_and(|n: u32| n >= low && n <= high)
    };
    match format {
        Format::Any => true,
        Format::Digits => text.bytes().all(|b| b.is_ascii_digit()),
        Format::Currency => currency::is_known(text),
        Format::Country => text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()),
        Format::MonthYear => all_digits(4),
        Format::Date => all_digits(8) && part(4, 6, 1, 12) && part(6, 8, 1, 31),
        Format::DateTime => {
            all_digits(14) && part(4, 6, 1, 12) && part(6, 8, 1, 31) && part(8, 10, 0, 24)
        }
        Format::Time => {
            text.len() == 5 && text.as_bytes()[2] == b':' && part(0, 2, 0, 23) && part(3, 5, 0, 59)
        }
    }
}

/// The Luhn check of card numbers.
///
/// ```
/// assert!(florin_wire::validate::luhn("4567350000427977"));
/// assert!(!florin_wire::validate::luhn("4567350000427978"));
/// ```
pub fn luhn(number: &str) -> bool {
    let mut sum = 0;
    for (position, byte) in number.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return false;
        }
        let digit = u32::from(byte - b'0') * if position % 2 == 1 { 2 } else { 1 };
        sum += digit / 10 + digit % 10;
    }
    !number.is_empty() && sum % 10 == 0
}
