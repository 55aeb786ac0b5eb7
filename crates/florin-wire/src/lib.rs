//! The wire types of the APIs that Florin speaks, as plain Rust with serde.
//!
//! Types, enums, limits and the operation table are generated from the specification in `spec/`; the hand-written
//! modules are what the generated code leans on. There is no I/O here.
//!
//! Every generated struct implements [`Object`], a small reflection: its [`Schema`] and access to each member by
//! position. Serialisation, tolerant parsing, redacted debug output and validation are written once over it, which
//! is what keeps some 370 types cheap to compile.
//!
//! **Invariant:** a member that the specification marks `x-sensitive` is a [`Sensitive`] value, and only
//! [`json`] turns one into text.

pub mod connect;
mod currency;
pub mod json;
mod object;
mod operation;
mod sensitive;
mod token;
pub mod validate;
pub mod walk;

pub use object::{
    Field, Format, Limits, List, ListSlot, Member, MissingMember, Object, ObjectSlot, Schema,
    Shape, Slot, Typed, Value,
};
pub use operation::{Body, ErrorShape, Method, Operation, Parameter, Platform, QueryParameter};
pub use sensitive::{Kind, Sensitive};
pub use token::{Token, TokenSlot};
pub use validate::{Fault, FaultKind, Faults, Validate};
