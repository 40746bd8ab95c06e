//! Actions as links write them, for any serde enum: `add`, `crash(3)`, `weight(2,200)`, `lookup(user:8812)`.

use super::{decode, encode};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde::ser::{self, Impossible, Serialize};
use std::fmt;

#[derive(Debug)]
pub struct Bad(String);

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Bad {}
impl ser::Error for Bad {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Bad(message.to_string())
    }
}
impl de::Error for Bad {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Bad(message.to_string())
    }
    /// In words of its own: serde's would print floats, and bring the code for it.
    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Bad(format!("{expected} was expected"))
    }
    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Bad(format!("{expected} was expected"))
    }
    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Bad(format!("no action is called “{variant}”; there are {}", expected.join(", ")))
    }
}

/// An action as text. Only enums of numbers and texts are actions; anything else gives an empty text.
pub fn write<A: Serialize>(action: &A) -> String {
    action.serialize(Writer).unwrap_or_default()
}

/// The action a text stands for, or what was expected.
pub fn read<A: DeserializeOwned>(text: &str) -> Result<A, String> {
    let text = text.trim();
    let (name, args) = match text.split_once('(') {
        None => (text, Vec::new()),
        Some((name, rest)) => {
            let inside = rest.strip_suffix(')').ok_or("its closing bracket is missing")?;
            (name, inside.split(',').map(decode).collect())
        }
    };
    A::deserialize(Call { name: decode(name), args }).map_err(|bad| bad.0)
}

struct Call {
    name: String,
    args: Vec<String>,
}

impl<'de> de::Deserializer<'de> for Call {
    type Error = Bad;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Bad> {
        visitor.visit_enum(self)
    }
    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> de::EnumAccess<'de> for Call {
    type Error = Bad;
    type Variant = Args;
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Args), Bad> {
        let variant = seed.deserialize(self.name.as_str().into_deserializer())?;
        Ok((variant, Args { name: self.name, rest: self.args.into_iter() }))
    }
}

struct Args {
    name: String,
    rest: std::vec::IntoIter<String>,
}

impl Args {
    fn want(&self, count: usize) -> Result<(), Bad> {
        match self.rest.len() {
            found if found == count => Ok(()),
            found => {
                let some = if count == 1 { "value" } else { "values" };
                Err(Bad(format!("“{}” takes {count} {some} in brackets, not {found}", self.name)))
            }
        }
    }
}

impl<'de> de::VariantAccess<'de> for Args {
    type Error = Bad;
    fn unit_variant(self) -> Result<(), Bad> {
        self.want(0)
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(mut self, seed: T) -> Result<T::Value, Bad> {
        self.want(1)?;
        seed.deserialize(Arg(self.rest.next().unwrap_or_default()))
    }
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Bad> {
        self.want(len)?;
        visitor.visit_seq(self)
    }
    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Bad> {
        self.tuple_variant(fields.len(), visitor)
    }
}

impl<'de> de::SeqAccess<'de> for Args {
    type Error = Bad;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Bad> {
        self.rest.next().map(|arg| seed.deserialize(Arg(arg))).transpose()
    }
}

struct Arg(String);

impl<'de> de::Deserializer<'de> for Arg {
    type Error = Bad;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Bad> {
        visitor.visit_string(self.0)
    }
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Bad> {
        let number = self.0.parse().map_err(|_| Bad(format!("“{}” is not a whole number", super::shorten(&self.0))))?;
        visitor.visit_u32(number)
    }
    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Writes an enum; the parts inside the brackets are numbers and texts.
struct Writer;

struct Parts {
    out: String,
    open: bool,
}

impl Parts {
    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Bad> {
        self.out.push(if self.open { ',' } else { '(' });
        self.open = true;
        self.out += &value.serialize(Writer)?;
        Ok(())
    }
    fn done(mut self) -> Result<String, Bad> {
        if self.open {
            self.out.push(')');
        }
        Ok(self.out)
    }
}

impl ser::SerializeTupleVariant for Parts {
    type Ok = String;
    type Error = Bad;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Bad> {
        self.part(value)
    }
    fn end(self) -> Result<String, Bad> {
        self.done()
    }
}

fn unfit<T>() -> Result<T, Bad> {
    Err(Bad("an action is made of numbers and texts".into()))
}

impl ser::Serializer for Writer {
    type Ok = String;
    type Error = Bad;
    type SerializeSeq = Impossible<String, Bad>;
    type SerializeTuple = Impossible<String, Bad>;
    type SerializeTupleStruct = Impossible<String, Bad>;
    type SerializeTupleVariant = Parts;
    type SerializeMap = Impossible<String, Bad>;
    type SerializeStruct = Impossible<String, Bad>;
    type SerializeStructVariant = Impossible<String, Bad>;

    fn serialize_u32(self, n: u32) -> Result<String, Bad> {
        Ok(n.to_string())
    }
    fn serialize_str(self, text: &str) -> Result<String, Bad> {
        Ok(encode(text))
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<String, Bad> {
        Ok(variant.to_string())
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<String, Bad> {
        let mut parts = Parts { out: variant.to_string(), open: false };
        parts.part(value)?;
        parts.done()
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Parts, Bad> {
        Ok(Parts { out: variant.to_string(), open: false })
    }

    fn serialize_bool(self, _: bool) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_i8(self, _: i8) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_i16(self, _: i16) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_i32(self, _: i32) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_i64(self, _: i64) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_u8(self, _: u8) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_u16(self, _: u16) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_u64(self, _: u64) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_f32(self, _: f32) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_f64(self, _: f64) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_char(self, _: char) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_none(self) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_unit(self) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<String, Bad> {
        unfit()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Bad> {
        unfit()
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Bad> {
        unfit()
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Bad> {
        unfit()
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Bad> {
        unfit()
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Bad> {
        unfit()
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Bad> {
        unfit()
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Try {
        Add,
        Crash(u32),
        SetWeight(u32, u32),
        Lookup(String),
    }

    #[test]
    fn round_trips() {
        let hostile = "a(b),c;d&e=f #%é\u{0}<script>";
        for action in [Try::Add, Try::Crash(3), Try::SetWeight(2, 200), Try::Lookup(hostile.into())] {
            assert_eq!(super::read::<Try>(&super::write(&action)), Ok(action));
        }
        assert_eq!(super::write(&Try::SetWeight(2, 200)), "set-weight(2,200)");
    }

    #[test]
    fn says_what_was_expected() {
        for (text, why) in [
            ("explode", "no action is called “explode”; there are add, crash, set-weight, lookup"),
            ("crash(x)", "“x” is not a whole number"),
            ("crash", "“crash” takes 1 value in brackets, not 0"),
            ("add(1)", "“add” takes 0 values in brackets, not 1"),
            ("crash(3", "its closing bracket is missing"),
        ] {
            assert_eq!(super::read::<Try>(text), Err(why.to_string()));
        }
    }
}
