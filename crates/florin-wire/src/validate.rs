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

/// A requirement and the type itself may ask for the same member, or one of them for a member of the other's.
fn tidy(faults: &mut Vec<Fault>) {
    let all = faults.clone();
    let mut at = 0;
    faults.retain(|fault| {
        let repeated = all[..at].contains(fault);
        at += 1;
        let inside = format!("{}.", fault.path);
        let said_better = fault.kind == FaultKind::Missing
            && all.iter().any(|other| other.path.starts_with(&inside));
        !repeated && !said_better
    });
}

/// A member somewhere below the root of a request.
#[derive(Debug)]
pub struct Path {
    /// Its wire names, joined by dots.
    pub text: &'static str,
    /// The position of each of these names in the schema of its object.
    pub steps: &'static [u8],
}

impl Path {
    /// The member, or nothing when it or an object above it is not there.
    fn of<'a>(&self, root: &'a dyn Object) -> Value<'a> {
        let Some((last, parents)) = self.steps.split_last() else { return Value::Absent };
        let mut object = root;
        for step in parents {
            let Value::Object(next) = object.value(usize::from(*step)) else {
                return Value::Absent;
            };
            object = next;
        }
        object.value(usize::from(*last))
    }

    /// Whether the member is there and says something: an empty object does not.
    fn is_there(&self, root: &dyn Object) -> bool {
        match self.of(root) {
            Value::Absent => false,
            Value::Object(object) => has_members(object),
            _ => true,
        }
    }
}

fn has_members(object: &dyn Object) -> bool {
    (0..object.schema().fields.len()).any(|position| !object.value(position).is_absent())
}

/// What a rule asks for.
#[derive(Debug)]
#[non_exhaustive]
pub enum Need {
    /// The member must be there and not blank.
    Present(Path),
    /// Some of these members must be there.
    Count {
        /// The members.
        of: &'static [Path],
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// A text has at most that many characters.
    MaxLength(Path, u32),
    /// The member must not be there.
    Absent(Path),
}

/// A condition of a rule.
#[derive(Debug)]
#[non_exhaustive]
pub enum When {
    /// The member is there.
    Present(Path),
    /// The member is not there.
    Absent(Path),
    /// The member has one of these values.
    In(Path, &'static [&'static str]),
    /// The member has none of these values, or is not there.
    NotIn(Path, &'static [&'static str]),
}

/// Checks a request whose type is not known here, as [`Validate`] does.
pub fn check(root: &dyn Object, platform: Option<Platform>) -> Result<(), Faults> {
    let mut faults = Vec::new();
    for rule in root.schema().rules {
        apply(rule, root, platform, &mut faults);
    }
    limits(root, &mut String::new(), &mut faults);
    tidy(&mut faults);
    if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
}

fn apply(rule: &Rule, root: &dyn Object, platform: Option<Platform>, faults: &mut Vec<Fault>) {
    if rule.platform.is_some() && rule.platform != platform {
        return;
    }
    let holds = rule.when.iter().all(|when| match when {
        When::Present(path) => path.is_there(root),
        When::Absent(path) => !path.is_there(root),
        When::In(path, values) => is_one_of(path.of(root), values),
        When::NotIn(path, values) => !is_one_of(path.of(root), values),
    });
    if !holds {
        return;
    }
    let mut fault = |path: &Path, kind| faults.push(Fault { path: path.text.to_owned(), kind });
    match &rule.need {
        Need::Present(path) => match path.of(root) {
            Value::Absent => fault(path, FaultKind::Missing),
            Value::Object(object) if !has_members(object) => fault(path, FaultKind::Missing),
            Value::Str(text) if text.trim().is_empty() => fault(path, FaultKind::Blank),
            Value::Sensitive(text) if text.expose().trim().is_empty() => {
                fault(path, FaultKind::Blank);
            }
            _ => {}
        },
        Need::Count { of, min, max } => {
            let there: Vec<_> = of.iter().filter(|path| path.is_there(root)).collect();
            if let Some(first) = of.first().filter(|_| there.len() < *min) {
                fault(first, FaultKind::Missing);
            }
            for path in there.into_iter().skip(*max) {
                fault(path, FaultKind::Exclusive);
            }
        }
        Need::MaxLength(path, max_length) => {
            if let Value::Str(text) = path.of(root)
                && text.chars().count() > *max_length as usize
            {
                let (value, max_length) = (text.to_owned(), *max_length);
                fault(path, FaultKind::OutOfRange { value, min_length: 0, max_length });
            }
        }
        Need::Absent(path) => {
            if path.is_there(root) {
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
        if value.is_absent() && !field.required {
            continue;
        }
        let start = path.len();
        if start > 0 {
            path.push('.');
        }
        path.push_str(field.name);
        if value.is_absent() {
            faults.push(Fault { path: path.clone(), kind: FaultKind::Missing });
        } else if let Some(kind) = field_fault(field, value) {
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
