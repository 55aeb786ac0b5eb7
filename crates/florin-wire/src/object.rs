//! The reflection that every wire type carries: its schema, and access to its members by position.

use std::fmt;

use crate::validate::Rule;
use crate::{Kind, Sensitive, TokenSlot};

/// What is known about a wire type.
#[derive(Debug)]
pub struct Schema {
    /// The name of the type in the specification.
    pub name: &'static str,
    /// Its members by name; those of a query in the order in which they are sent.
    pub fields: &'static [Field],
    /// What a request of this type needs beyond its types, when it is one.
    pub rules: &'static [Rule],
}

impl Schema {
    /// The position of the member with that wire name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// What is known about one member.
#[derive(Debug)]
pub struct Field {
    /// The name on the wire.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// How it is to be kept from sight.
    pub sensitive: Option<Kind>,
    /// Whether a request that holds the object must hold the member.
    pub required: bool,
    /// Bounds that hold on every platform and for every product.
    pub limits: Limits,
}

/// The JSON shape of a member.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Text.
    String,
    /// A 32-bit integer.
    Int32,
    /// A 64-bit integer.
    Int64,
    /// True or false.
    Bool,
    /// One of the listed tokens; other tokens may come later.
    Token(&'static [&'static str]),
    /// A nested object.
    Object(&'static Schema),
    /// A list of text.
    Strings,
    /// A list of 32-bit integers.
    Int32s,
    /// A list of tokens.
    Tokens(&'static [&'static str]),
    /// A list of objects.
    Objects(&'static Schema),
}

/// Bounds of a member's value.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Fewest characters of a text.
    pub min_length: u32,
    /// Most characters of a text, or of each text of a list.
    pub max_length: u32,
    /// Smallest number.
    pub minimum: i64,
    /// Largest number.
    pub maximum: i64,
    /// Most items of a list.
    pub max_items: u32,
    /// The layout of a text.
    pub format: Format,
}

impl Limits {
    /// No bound but the one on list lengths that every list has.
    pub const NONE: Self = Self {
        min_length: 0,
        max_length: u32::MAX,
        minimum: i64::MIN,
        maximum: i64::MAX,
        max_items: 1000,
        format: Format::Any,
    };
}

/// The layout of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Free text.
    Any,
    /// Digits only.
    Digits,
    /// An ISO 4217 code of three letters.
    Currency,
    /// An ISO 3166-1 code of two letters.
    Country,
    /// A month and year, `MMYY`.
    MonthYear,
    /// A calendar day, `YYYYMMDD`.
    Date,
    /// A local date and time, `YYYYMMDDHH24MISS`.
    DateTime,
    /// A time of day, `HH:MM`.
    Time,
}

/// A member that an answer should have and does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingMember {
    /// The type of the answer.
    pub type_name: &'static str,
    /// The path of the member.
    pub path: &'static str,
}

impl fmt::Display for MissingMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} has no {}", self.type_name, self.path)
    }
}

impl std::error::Error for MissingMember {}

/// A wire type.
pub trait Object: Send + Sync + 'static {
    /// What is known about the type.
    fn schema(&self) -> &'static Schema;

    /// The member at a position of the schema.
    fn value(&self, position: usize) -> Value<'_>;

    /// Write access to the member at a position of the schema.
    fn slot(&mut self, position: usize) -> Slot<'_>;

    /// What makes another object of this type, with nothing set.
    fn maker(&self) -> fn() -> Box<dyn Object>;
}

/// A wire type that is known by name.
pub trait Typed: Object + Default + Clone {
    /// What is known about the type.
    const SCHEMA: &'static Schema;
}

/// A member, for reading.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// Not set.
    Absent,
    /// Text or a token.
    Str(&'a str),
    /// Text that is kept from sight.
    Sensitive(&'a Sensitive<String>),
    /// A number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A nested object.
    Object(&'a dyn Object),
    /// A list.
    List(&'a dyn List),
}

impl Value<'_> {
    /// Whether nothing is set.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// A list member, for reading.
pub trait List {
    /// The number of items.
    fn len(&self) -> usize;

    /// Whether there are no items.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at a position.
    fn item(&self, position: usize) -> Value<'_>;
}

/// A member, for writing.
pub enum Slot<'a> {
    /// The position does not exist.
    Nothing,
    /// Text.
    Str(&'a mut Option<String>),
    /// Text that is kept from sight.
    Sensitive(&'a mut Option<Sensitive<String>>),
    /// A 32-bit number.
    Int32(&'a mut Option<i32>),
    /// A 64-bit number.
    Int64(&'a mut Option<i64>),
    /// True or false.
    Bool(&'a mut Option<bool>),
    /// One of a list of tokens.
    Token(&'a mut dyn TokenSlot),
    /// A nested object.
    Object(&'a mut dyn ObjectSlot),
    /// A list.
    List(&'a mut dyn ListSlot),
}

/// Write access to an optional object.
pub trait ObjectSlot {
    /// The object, made first when there is none.
    fn open(&mut self) -> &mut dyn Object;

    /// Removes the object.
    fn clear(&mut self);
}

/// Write access to an optional list.
pub trait ListSlot {
    /// Makes an empty list.
    fn open(&mut self);

    /// Removes the list.
    fn clear(&mut self);

    /// What an item is.
    fn shape(&self) -> Shape;

    /// Appends a text or token. Ignored by lists of something else.
    fn push_str(&mut self, _item: &str) {}

    /// Appends a number. Ignored by lists of something else.
    fn push_int(&mut self, _item: i32) {}

    /// Appends an empty object and hands it out. Nothing for lists of something else.
    fn push_object(&mut self) -> Option<&mut dyn Object> {
        None
    }
}

/// What the type of a member knows about itself.
pub trait Member {
    /// Its JSON shape.
    const SHAPE: Shape;

    /// Read access.
    fn value(&self) -> Value<'_>;

    /// Write access.
    fn slot(&mut self) -> Slot<'_>;
}

macro_rules! scalar_member {
    ($type:ty, $shape:expr, $slot:ident, |$value:ident| $read:expr) => {
        impl Member for Option<$type> {
            const SHAPE: Shape = $shape;

            fn value(&self) -> Value<'_> {
                match self {
                    Some($value) => $read,
                    None => Value::Absent,
                }
            }

            fn slot(&mut self) -> Slot<'_> {
                Slot::$slot(self)
            }
        }
    };
}

scalar_member!(String, Shape::String, Str, |value| Value::Str(value));
scalar_member!(Sensitive<String>, Shape::String, Sensitive, |value| Value::Sensitive(value));
scalar_member!(i32, Shape::Int32, Int32, |value| Value::Int(i64::from(*value)));
scalar_member!(i64, Shape::Int64, Int64, |value| Value::Int(*value));
scalar_member!(bool, Shape::Bool, Bool, |value| Value::Bool(*value));

impl<T: Typed> Member for Option<Box<T>> {
    const SHAPE: Shape = Shape::Object(T::SCHEMA);

    fn value(&self) -> Value<'_> {
        match self {
            Some(object) => Value::Object(object.as_ref()),
            None => Value::Absent,
        }
    }

    fn slot(&mut self) -> Slot<'_> {
        Slot::Object(self)
    }
}

impl<T: Typed> ObjectSlot for Option<Box<T>> {
    fn open(&mut self) -> &mut dyn Object {
        self.get_or_insert_default().as_mut()
    }

    fn clear(&mut self) {
        *self = None;
    }
}

/// What can stand in a list.
pub(crate) trait Item: Sized + Send + Sync + 'static {
    const LIST_SHAPE: Shape;

    fn read(&self) -> Value<'_>;

    fn from_text(_text: &str) -> Option<Self> {
        None
    }

    fn from_int(_number: i32) -> Option<Self> {
        None
    }

    fn empty() -> Option<Self> {
        None
    }

    fn as_object(&mut self) -> Option<&mut dyn Object> {
        None
    }
}

impl Item for String {
    const LIST_SHAPE: Shape = Shape::Strings;

    fn read(&self) -> Value<'_> {
        Value::Str(self)
    }

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Item for i32 {
    const LIST_SHAPE: Shape = Shape::Int32s;

    fn read(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }

    fn from_int(number: i32) -> Option<Self> {
        Some(number)
    }
}

/// Makes a wire type usable as a member and as an item of a list.
macro_rules! object {
    ($name:ident, $schema:ident $(, $field:ident)* $(,)?) => {
        impl $crate::Object for $name {
            fn schema(&self) -> &'static $crate::Schema {
                &$schema
            }

            #[allow(unused_assignments, unused_mut, unused_variables)]
            fn value(&self, position: usize) -> $crate::Value<'_> {
                let mut at = 0;
                $(
                    if position == at {
                        return $crate::Member::value(&self.$field);
                    }
                    at += 1;
                )*
                $crate::Value::Absent
            }

            #[allow(unused_assignments, unused_mut, unused_variables)]
            fn slot(&mut self, position: usize) -> $crate::Slot<'_> {
                let mut at = 0;
                $(
                    if position == at {
                        return $crate::Member::slot(&mut self.$field);
                    }
                    at += 1;
                )*
                $crate::Slot::Nothing
            }

            fn maker(&self) -> fn() -> Box<dyn $crate::Object> {
                || Box::new(Self::default())
            }
        }

        impl $crate::Typed for $name {
            const SCHEMA: &'static $crate::Schema = &$schema;
        }

        impl $crate::object::Item for $name {
            const LIST_SHAPE: $crate::Shape = $crate::Shape::Objects(&$schema);

            fn read(&self) -> $crate::Value<'_> {
                $crate::Value::Object(self)
            }

            fn empty() -> Option<Self> {
                Some(Self::default())
            }

            fn as_object(&mut self) -> Option<&mut dyn $crate::Object> {
                Some(self)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::object::debug(self, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::json::write(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut object = Self::default();
                $crate::json::read(&mut object, deserializer)?;
                Ok(object)
            }
        }
    };
}

pub(crate) use object;

/// Makes an open enum usable as a member and as an item of a list.
macro_rules! token_member {
    ($name:ident) => {
        impl $crate::Member for Option<$name> {
            const SHAPE: $crate::Shape = $crate::Shape::Token(<$name as $crate::Token>::KNOWN);

            fn value(&self) -> $crate::Value<'_> {
                match self {
                    Some(token) => $crate::Value::Str(token.as_str()),
                    None => $crate::Value::Absent,
                }
            }

            fn slot(&mut self) -> $crate::Slot<'_> {
                $crate::Slot::Token(self)
            }
        }

        impl $crate::object::Item for $name {
            const LIST_SHAPE: $crate::Shape =
                $crate::Shape::Tokens(<$name as $crate::Token>::KNOWN);

            fn read(&self) -> $crate::Value<'_> {
                $crate::Value::Str(self.as_str())
            }

            fn from_text(text: &str) -> Option<Self> {
                Some(<Self as $crate::Token>::from_wire(text))
            }
        }
    };
}

pub(crate) use token_member;

#[allow(private_bounds)]
impl<T: Item> Member for Option<Vec<T>> {
    const SHAPE: Shape = T::LIST_SHAPE;

    fn value(&self) -> Value<'_> {
        match self {
            Some(items) => Value::List(items),
            None => Value::Absent,
        }
    }

    fn slot(&mut self) -> Slot<'_> {
        Slot::List(self)
    }
}

#[allow(private_bounds)]
impl<T: Item> List for Vec<T> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn item(&self, position: usize) -> Value<'_> {
        self.get(position).map_or(Value::Absent, Item::read)
    }
}

#[allow(private_bounds)]
impl<T: Item> ListSlot for Option<Vec<T>> {
    fn open(&mut self) {
        *self = Some(Vec::new());
    }

    fn clear(&mut self) {
        *self = None;
    }

    fn shape(&self) -> Shape {
        T::LIST_SHAPE
    }

    fn push_str(&mut self, item: &str) {
        self.get_or_insert_default().extend(T::from_text(item));
    }

    fn push_int(&mut self, item: i32) {
        self.get_or_insert_default().extend(T::from_int(item));
    }

    fn push_object(&mut self) -> Option<&mut dyn Object> {
        let items = self.get_or_insert_default();
        items.extend(T::empty());
        items.last_mut().and_then(Item::as_object)
    }
}

/// Prints the members that are set, sensitive ones as stars.
pub(crate) fn debug(object: &dyn Object, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let schema = object.schema();
    let mut out = f.debug_struct(schema.name);
    for (position, field) in schema.fields.iter().enumerate() {
        let value = object.value(position);
        if !value.is_absent() {
            out.field(field.name, &value);
        }
    }
    out.finish()
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("None"),
            Self::Str(text) => fmt::Debug::fmt(text, f),
            Self::Sensitive(value) => fmt::Debug::fmt(value, f),
            Self::Int(number) => fmt::Debug::fmt(number, f),
            Self::Bool(truth) => fmt::Debug::fmt(truth, f),
            Self::Object(object) => debug(*object, f),
            Self::List(list) => {
                f.debug_list().entries((0..list.len()).map(|position| list.item(position))).finish()
            }
        }
    }
}
