//! Prints structs, open enums, setters and schemas.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::model::{Api, Enum, File, Member, Shape, Type};
use super::names::{camel, snake, upper};

/// One module for each file of the specification, and the one that gathers them.
pub(super) fn print(api: &Api) -> BTreeMap<String, TokenStream> {
    let mut modules = BTreeMap::new();
    let mut gathered = Vec::new();
    let mut all: Vec<&Type> = Vec::new();
    for (name, file) in &api.files {
        let queries = file.operations.iter().filter_map(|operation| operation.query.as_ref());
        let types: Vec<&Type> = file.types.iter().chain(queries).collect();
        if types.is_empty() && file.enums.is_empty() {
            continue;
        }
        let module = format_ident!("{name}");
        all.extend(&types);
        gathered.push(quote! { mod #module; pub use #module::*; });
        modules.insert(name.clone(), print_file(api, file, &types));
    }
    let schemas = all.iter().map(|type_| upper(&type_.name));
    let names = all.iter().map(|type_| camel(&type_.name));
    let sensitive = sensitive_names(&all);
    let doc = doc_lines(
        &["The wire types of the Connect Server API, one module for each part.".into()],
        true,
    );
    modules.insert(
        "mod".to_owned(),
        quote! {
            #doc
            #(#gathered)*

            /// What is known about every type.
            pub static SCHEMAS: &[&crate::Schema] = &[#(&#schemas),*];

            /// The name of every member that is kept from sight, and what it holds.
            pub static SENSITIVE: &[(&str, crate::Kind)] = &[#(#sensitive),*];

            /// Hands the names of all types to a macro, for tests of what holds for each of them.
            #[doc(hidden)]
            #[macro_export]
            macro_rules! with_connect_v1_types {
                ($then:ident) => { $then! { #(#names)* } };
            }
        },
    );
    modules
}

/// The pairs of name and kind that are sensitive somewhere.
fn sensitive_names(types: &[&Type]) -> Vec<TokenStream> {
    let members = types.iter().flat_map(|type_| &type_.members);
    let pairs: BTreeSet<(&str, &str)> = members
        .filter_map(|member| Some((member.name.as_str(), member.sensitive.as_deref()?)))
        .collect();
    let pairs = pairs.into_iter().map(|(name, kind)| {
        let kind = camel(kind);
        quote! { (#name, crate::Kind::#kind) }
    });
    pairs.collect()
}

fn print_file(api: &Api, file: &File, types: &[&Type]) -> TokenStream {
    let doc = doc_lines(std::slice::from_ref(&file.title), true);
    let types = types.iter().map(|type_| print_type(api, type_));
    let enums = file.enums.iter().map(print_enum);
    quote! {
        #doc
        #[allow(unused_imports)]
        use super::*;
        #[allow(unused_imports)]
        use crate::object::object;
        #[allow(unused_imports)]
        use crate::token::open_enum;
        #[allow(unused_imports)]
        use crate::validate::{Need, Path, Rule, When};
        #[allow(unused_imports)]
        use crate::{Field, Format, Kind, Limits, Member, MissingMember, Platform, Schema, Sensitive};

        #(#types)*
        #(#enums)*
    }
}

/// Doc attributes for some paragraphs.
pub(super) fn doc_lines(paragraphs: &[String], inner: bool) -> TokenStream {
    let mut lines = Vec::new();
    for (at, paragraph) in paragraphs.iter().filter(|text| !text.is_empty()).enumerate() {
        if at > 0 {
            lines.push(String::new());
        }
        lines.extend(wrap(paragraph, 90).into_iter().map(|line| format!(" {line}")));
    }
    if inner {
        quote! { #(#![doc = #lines])* }
    } else {
        quote! { #(#[doc = #lines])* }
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        // Rustdoc reads these as links and markup.
        let word = word.replace('<', "\\<").replace('[', "\\[").replace(']', "\\]");
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(&word),
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

fn print_enum(item: &Enum) -> TokenStream {
    let name = camel(&item.name);
    let doc = doc_lines(std::slice::from_ref(&item.description), false);
    let variants = item.values.iter().map(|value| {
        let variant = camel(value);
        let doc = format!(" `{value}`.");
        quote! { #[doc = #doc] #variant, }
    });
    let (names, tokens) = (item.values.iter().map(|value| camel(value)), &item.values);
    quote! {
        #doc
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            /// A token that this version does not know.
            Unknown(Box<str>),
        }

        open_enum!(#name, #(#names = #tokens),*);
    }
}

fn print_type(api: &Api, type_: &Type) -> TokenStream {
    let name = camel(&type_.name);
    let schema = upper(&type_.name);
    let wire = &type_.name;
    let mut paragraphs = vec![type_.description.clone()];
    if type_.deprecated {
        paragraphs.push("Deprecated by the API.".to_owned());
    }
    let doc = doc_lines(&paragraphs, false);
    let schema_doc = format!(" What is known about [`{name}`].");
    let names: Vec<Ident> = type_.members.iter().map(|member| snake(&member.name)).collect();
    let fields = type_.members.iter().zip(&names).map(|(member, field)| {
        let doc = doc_lines(&member_doc(member), false);
        let rust = rust_type(member);
        quote! { #doc pub #field: Option<#rust>, }
    });
    let setters = type_.members.iter().zip(&names).map(|(member, field)| {
        let rust = rust_type(member);
        let doc = format!(" Sets [`{field}`](Self::{field}).");
        quote! {
            #[doc = #doc]
            pub fn #field(mut self, value: impl Into<#rust>) -> Self {
                self.#field = Some(value.into());
                self
            }
        }
    });
    let accessors = type_.accessors.iter().map(|(method, path)| print_accessor(wire, method, path));
    let descriptions = type_.members.iter().map(print_field);
    let rules = type_.requirements.iter().map(|rule| print_rule(api, type_, rule));
    quote! {
        #doc
        #[derive(Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub struct #name { #(#fields)* }

        impl #name {
            #(#accessors)*
            #(#setters)*
        }

        object!(#name, #schema, #(#names),*);

        #[doc = #schema_doc]
        pub static #schema: Schema = Schema {
            name: #wire,
            fields: &[#(#descriptions),*],
            rules: &[#(#rules),*],
        };
    }
}

fn print_accessor(type_name: &str, method: &str, path: &str) -> TokenStream {
    let method = format_ident!("{method}");
    let doc = format!(" `{path}`, or which member is missing.");
    let steps: Vec<Ident> = path.split('.').map(snake).collect();
    let (last, parents) = steps.split_last().unwrap_or_else(|| unreachable!("a path has a step"));
    let walk = parents.iter().map(|step| quote! { .and_then(|object| object.#step.as_ref()) });
    quote! {
        #[doc = #doc]
        pub fn #method(&self) -> Result<&str, MissingMember> {
            Some(self)#(#walk)*
                .and_then(|object| object.#last.as_deref())
                .ok_or(MissingMember { type_name: #type_name, path: #path })
        }
    }
}

fn member_doc(member: &Member) -> Vec<String> {
    let mut paragraphs = Vec::new();
    paragraphs.push(member.description.clone().unwrap_or_else(|| format!("`{}`.", member.name)));
    let bound = |key: &str| member.bounds.get(key).and_then(Value::as_i64);
    let limit = match (bound("minLength"), bound("maxLength")) {
        (Some(min), Some(max)) => format!("{min} to {max} characters."),
        (None, Some(max)) => format!("At most {max} characters."),
        (Some(min), None) => format!("At least {min} characters."),
        _ => String::new(),
    };
    paragraphs.push(limit);
    if let Some(default) = member.bounds.get("default") {
        paragraphs.push(format!("Default: `{}`.", default.to_string().trim_matches('"')));
    }
    if member.deprecated {
        paragraphs.push("Deprecated by the API.".to_owned());
    }
    paragraphs
}

fn rust_type(member: &Member) -> TokenStream {
    let one = match &member.shape {
        Shape::String if member.sensitive.is_some() && !member.list => quote! { Sensitive<String> },
        Shape::String => quote! { String },
        Shape::Int32 => quote! { i32 },
        Shape::Int64 => quote! { i64 },
        Shape::Bool => quote! { bool },
        Shape::Object(name) | Shape::Enum(name) => {
            let name = camel(name);
            quote! { #name }
        }
    };
    match (&member.shape, member.list) {
        (_, true) => quote! { Vec<#one> },
        (Shape::Object(_), false) => quote! { Box<#one> },
        _ => one,
    }
}

fn print_field(member: &Member) -> TokenStream {
    let name = &member.name;
    let rust = rust_type(member);
    let sensitive = match &member.sensitive {
        Some(kind) => {
            let kind = camel(kind);
            quote! { Some(Kind::#kind) }
        }
        None => quote! { None },
    };
    let required = member.required;
    let limits = print_limits(member);
    quote! {
        Field {
            name: #name,
            shape: <Option<#rust> as Member>::SHAPE,
            sensitive: #sensitive,
            required: #required,
            limits: #limits,
        }
    }
}

fn print_limits(member: &Member) -> TokenStream {
    let mut set = Vec::new();
    for (keyword, field) in [
        ("minLength", "min_length"),
        ("maxLength", "max_length"),
        ("minimum", "minimum"),
        ("maximum", "maximum"),
        ("maxItems", "max_items"),
    ] {
        if let Some(bound) = member.bounds.get(keyword).and_then(Value::as_i64) {
            let field = format_ident!("{field}");
            let bound = Literal::i64_unsuffixed(bound);
            set.push(quote! { #field: #bound });
        }
    }
    let format = match member.bounds.get("format").and_then(Value::as_str) {
        Some("currency") => Some("Currency"),
        Some("country") => Some("Country"),
        Some("digits") => Some("Digits"),
        Some("month-year") => Some("MonthYear"),
        Some("date-compact") => Some("Date"),
        Some("datetime-compact") => Some("DateTime"),
        Some("time-of-day") => Some("Time"),
        _ => None,
    };
    if let Some(format) = format {
        let format = format_ident!("{format}");
        set.push(quote! { format: Format::#format });
    }
    if set.is_empty() {
        quote! { Limits::NONE }
    } else {
        quote! { Limits { #(#set,)* ..Limits::NONE } }
    }
}

fn print_rule(api: &Api, root: &Type, rule: &Value) -> TokenStream {
    let path = |text: &Value| print_path(api, root, text.as_str().unwrap_or_default());
    let need = if let Some(text) = rule.get("require") {
        let path = path(text);
        quote! { Need::Present(#path) }
    } else if let Some(text) = rule.get("forbid") {
        let path = path(text);
        quote! { Need::Absent(#path) }
    } else if let Some(limit) = rule.get("max-length") {
        let path = path(&limit["path"]);
        let max = Literal::u64_unsuffixed(limit["max"].as_u64().unwrap_or_default());
        quote! { Need::MaxLength(#path, #max) }
    } else {
        let of = rule["one-of"].as_array().into_iter().flatten().map(path);
        let min = Literal::u64_unsuffixed(rule["min"].as_u64().unwrap_or(1));
        let max = Literal::u64_unsuffixed(rule["max"].as_u64().unwrap_or(1));
        quote! { Need::Count { of: &[#(#of),*], min: #min, max: #max } }
    };
    let when = rule.get("when").and_then(Value::as_array).into_iter().flatten().map(|when| {
        let path = path(&when["path"]);
        if when.get("present").is_some() {
            quote! { When::Present(#path) }
        } else if when.get("absent").is_some() {
            quote! { When::Absent(#path) }
        } else if let Some(values) = when.get("in") {
            let values = strings(values);
            quote! { When::In(#path, &[#(#values),*]) }
        } else {
            let values = strings(&when["not-in"]);
            quote! { When::NotIn(#path, &[#(#values),*]) }
        }
    });
    let platform = match rule.get("platform").and_then(Value::as_str) {
        Some(platform) => {
            let platform = camel(platform);
            quote! { Some(Platform::#platform) }
        }
        None => quote! { None },
    };
    quote! { Rule { need: #need, when: &[#(#when),*], platform: #platform } }
}

/// A path with the position of each of its names. A name that the specification does not have is an error there.
fn print_path(api: &Api, root: &Type, text: &str) -> TokenStream {
    let mut steps = Vec::new();
    let mut type_ = Some(root);
    for name in text.split('.') {
        let found = type_.and_then(|type_| {
            type_.members.iter().enumerate().find(|(_, member)| member.name == name)
        });
        let Some((position, member)) = found else {
            let message = format!("{}: there is no member {text}", root.name);
            return quote! { compile_error!(#message) };
        };
        steps.push(Literal::usize_unsuffixed(position));
        type_ = match &member.shape {
            Shape::Object(name) if !member.list => api.find(name),
            _ => None,
        };
    }
    quote! { Path { text: #text, steps: &[#(#steps),*] } }
}

fn strings(values: &Value) -> Vec<String> {
    let values = values.as_array().into_iter().flatten();
    values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
}
