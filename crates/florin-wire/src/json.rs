//! JSON in and out, written once over [`Object`].
//!
//! Writing omits what is not set. Reading is tolerant, as clients of many languages need: numbers and booleans may
//! come as text and text as numbers, `null` means not set, unknown members are skipped, a later duplicate wins.
//!
//! **Invariant:** this module holds the only functions that write a [`Sensitive`] value as text: one for the API's own
//! messages, and one that lets nothing but personal data through to the store.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::{Kind, ListSlot, Object, Schema, Sensitive, Shape, Slot, Value};

/// Writes an object.
pub fn write<S: Serializer>(object: &dyn Object, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for (position, field) in object.schema().fields.iter().enumerate() {
        let value = object.value(position);
        if !value.is_absent() {
            map.serialize_entry(field.name, &Out(value))?;
        }
    }
    map.end()
}

/// What may be stored of an object as it is: all but the sensitive members, of which only personal data stays.
pub fn storable(object: &dyn Object) -> serde_json::Value {
    let mut members = serde_json::Map::new();
    for (position, field) in object.schema().fields.iter().enumerate() {
        let kept = match (object.value(position), field.sensitive) {
            (Value::Absent, _) => continue,
            (Value::Sensitive(value), Some(Kind::Personal)) => value.expose().into(),
            (_, Some(_)) => continue,
            (value, None) => storable_value(value),
        };
        members.insert(field.name.to_owned(), kept);
    }
    members.into()
}

fn storable_value(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Absent | Value::Sensitive(_) => serde_json::Value::Null,
        Value::Str(text) => text.into(),
        Value::Int(number) => number.into(),
        Value::Bool(truth) => truth.into(),
        Value::Object(object) => storable(object),
        Value::List(list) => (0..list.len()).map(|at| storable_value(list.item(at))).collect(),
    }
}

struct Out<'a>(Value<'a>);

impl Serialize for Out<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Absent => serializer.serialize_none(),
            Value::Str(text) => serializer.serialize_str(text),
            Value::Sensitive(value) => expose_on_the_wire(value, serializer),
            Value::Int(number) => serializer.serialize_i64(number),
            Value::Bool(truth) => serializer.serialize_bool(truth),
            Value::Object(object) => write(object, serializer),
            Value::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.len()))?;
                for position in 0..list.len() {
                    seq.serialize_element(&Out(list.item(position)))?;
                }
                seq.end()
            }
        }
    }
}

/// The one place where a sensitive value becomes text: the API's own message.
fn expose_on_the_wire<S: Serializer>(
    value: &Sensitive<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.expose())
}

/// Reads an object into one that is empty.
pub fn read<'de, D: Deserializer<'de>>(
    object: &mut dyn Object,
    deserializer: D,
) -> Result<(), D::Error> {
    deserializer.deserialize_any(ObjectVisitor(object))
}

struct ObjectVisitor<'a>(&'a mut dyn Object);

impl<'de> Visitor<'de> for ObjectVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", self.0.schema().name)
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let schema = self.0.schema();
        while let Some(position) = map.next_key_seed(KeySeed(schema))? {
            match position {
                Some(position) => map.next_value_seed(SlotSeed(self.0.slot(position)))?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for ObjectVisitor<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Finds the member of a key without keeping the key.
struct KeySeed(&'static Schema);

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.position(name))
    }
}

struct SlotSeed<'a>(Slot<'a>);

impl<'de> DeserializeSeed<'de> for SlotSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// What a scalar of another JSON type is read as. Shared with [`crate::walk`], so that both agree.
pub(crate) fn int_from_text(text: &str) -> Option<i64> {
    let whole = text.trim();
    let whole = whole.strip_suffix(".0").unwrap_or(whole);
    whole.parse().ok()
}

pub(crate) fn int_from_float(number: f64) -> Option<i64> {
    // Only whole numbers that a double holds exactly; an amount never takes this path because it is an integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation)]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

pub(crate) fn bool_from_text(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "1" => Some(true),
        "false" | "False" | "FALSE" | "0" => Some(false),
        _ => None,
    }
}

impl<'de> Visitor<'de> for SlotSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Slot::Nothing => "nothing",
            Slot::Str(_) | Slot::Sensitive(_) | Slot::Token(_) => "a string",
            Slot::Int32(_) => "a 32-bit integer",
            Slot::Int64(_) => "an integer",
            Slot::Bool(_) => "a boolean",
            Slot::Object(_) => "an object",
            Slot::List(_) => "an array",
        })
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        match self.0 {
            Slot::Nothing => {}
            Slot::Str(slot) => *slot = None,
            Slot::Sensitive(slot) => *slot = None,
            Slot::Int32(slot) => *slot = None,
            Slot::Int64(slot) => *slot = None,
            Slot::Bool(slot) => *slot = None,
            Slot::Token(slot) => slot.clear(),
            Slot::Object(slot) => slot.clear(),
            Slot::List(slot) => slot.clear(),
        }
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<(), E> {
        match self.0 {
            Slot::Bool(slot) => *slot = Some(truth),
            Slot::Str(slot) => *slot = Some(truth.to_string()),
            _ => return Err(E::invalid_type(de::Unexpected::Bool(truth), &self)),
        }
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        let refused = || de::Unexpected::Signed(number);
        match self.0 {
            Slot::Int64(slot) => *slot = Some(number),
            Slot::Int32(ref slot) if i32::try_from(number).is_err() => {
                let _ = slot;
                return Err(E::invalid_value(refused(), &self));
            }
            Slot::Int32(slot) => *slot = i32::try_from(number).ok(),
            Slot::Str(slot) => *slot = Some(number.to_string()),
            Slot::Sensitive(slot) => *slot = Some(Sensitive::from(number.to_string())),
            Slot::Token(slot) => slot.set(&number.to_string()),
            Slot::Bool(slot) if number == 0 || number == 1 => *slot = Some(number == 1),
            _ => return Err(E::invalid_type(refused(), &self)),
        }
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        if let Ok(number) = i64::try_from(number) {
            return self.visit_i64(number);
        }
        match self.0 {
            Slot::Str(slot) => *slot = Some(number.to_string()),
            Slot::Sensitive(slot) => *slot = Some(Sensitive::from(number.to_string())),
            _ => return Err(E::invalid_value(de::Unexpected::Other("a number too large"), &self)),
        }
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        match int_from_float(number) {
            Some(whole) => self.visit_i64(whole),
            None => Err(E::invalid_type(de::Unexpected::Float(number), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        // The text may be card data, so the error does not repeat it.
        let refused = de::Unexpected::Other("text");
        match self.0 {
            Slot::Nothing => {}
            Slot::Str(slot) => *slot = Some(text.to_owned()),
            Slot::Sensitive(slot) => *slot = Some(Sensitive::from(text)),
            Slot::Token(slot) => slot.set(text),
            Slot::Int32(_) | Slot::Int64(_) => {
                return match int_from_text(text) {
                    Some(number) => self.visit_i64(number),
                    None => Err(E::invalid_type(refused, &self)),
                };
            }
            Slot::Bool(ref slot) if bool_from_text(text).is_none() => {
                let _ = slot;
                return Err(E::invalid_type(refused, &self));
            }
            Slot::Bool(slot) => *slot = bool_from_text(text),
            Slot::Object(_) | Slot::List(_) => return Err(E::invalid_type(refused, &self)),
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self.0 {
            Slot::Object(slot) => ObjectVisitor(slot.open()).visit_map(map),
            _ => Err(de::Error::invalid_type(de::Unexpected::Map, &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Slot::List(list) = self.0 else {
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &self));
        };
        list.open();
        while seq.next_element_seed(ItemSeed(&mut *list))?.is_some() {}
        Ok(())
    }
}

struct ItemSeed<'a>(&'a mut dyn ListSlot);

impl<'de> DeserializeSeed<'de> for ItemSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0.shape() {
            Shape::Objects(_) => match self.0.push_object() {
                Some(object) => ObjectVisitor(object).deserialize(deserializer),
                None => Ok(()),
            },
            Shape::Int32s => {
                let mut item: Option<i32> = None;
                SlotSeed(Slot::Int32(&mut item)).deserialize(deserializer)?;
                if let Some(item) = item {
                    self.0.push_int(item);
                }
                Ok(())
            }
            _ => {
                let mut item: Option<String> = None;
                SlotSeed(Slot::Str(&mut item)).deserialize(deserializer)?;
                if let Some(item) = item {
                    self.0.push_str(&item);
                }
                Ok(())
            }
        }
    }
}
