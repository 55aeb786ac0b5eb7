//! The specification, read into what the printers need.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

/// One API: its files by name, each with types, enums and operations.
pub(super) struct Api {
    pub(super) files: BTreeMap<String, File>,
}

#[derive(Default)]
pub(super) struct File {
    pub(super) title: String,
    pub(super) types: Vec<Type>,
    pub(super) enums: Vec<Enum>,
    pub(super) operations: Vec<Operation>,
}

pub(super) struct Type {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) deprecated: bool,
    pub(super) members: Vec<Member>,
    pub(super) requirements: Vec<Value>,
    /// Method name and dotted path of what callers need next.
    pub(super) accessors: Vec<(String, String)>,
}

pub(super) struct Member {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) deprecated: bool,
    pub(super) required: bool,
    pub(super) shape: Shape,
    pub(super) list: bool,
    pub(super) sensitive: Option<String>,
    /// The JSON Schema keywords that bound the value.
    pub(super) bounds: Map<String, Value>,
}

pub(super) enum Shape {
    String,
    Int32,
    Int64,
    Bool,
    Object(String),
    Enum(String),
}

pub(super) struct Enum {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) values: Vec<String>,
}

pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description: String,
    /// Path parameters: name and whether it is an integer.
    pub(super) parameters: Vec<(String, bool)>,
    pub(super) query: Option<Type>,
    pub(super) request: Content,
    pub(super) response: Content,
    pub(super) success: Vec<u16>,
    pub(super) declined: Option<String>,
    pub(super) idempotent: bool,
    pub(super) platforms: Vec<String>,
}

pub(super) enum Content {
    None,
    Json(String),
    Multipart,
    Binary,
}

impl Api {
    pub(super) fn load(folder: &Path) -> Result<Self> {
        let mut documents = BTreeMap::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_stem().and_then(|stem| stem.to_str()).context("a file name")?;
            if name == "openapi" {
                continue;
            }
            let text = std::fs::read_to_string(&path)?;
            let document: Value = serde_saphyr::from_str(&text)
                .with_context(|| format!("{} is not YAML", path.display()))?;
            documents.insert(name.to_owned(), document);
        }
        let mut enums = BTreeMap::new();
        for (file, document) in &documents {
            for (name, schema) in members(document, "/components/schemas") {
                enums.insert(name.clone(), (file.clone(), schema.get("enum").is_some()));
            }
        }
        let mut api = Self { files: BTreeMap::new() };
        for (name, document) in &documents {
            let file = read_file(document, &enums).with_context(|| format!("{name}.yaml"))?;
            api.files.insert(name.clone(), file);
        }
        Ok(api)
    }
}

impl Api {
    /// A type by its name.
    pub(super) fn find(&self, name: &str) -> Option<&Type> {
        self.files.values().flat_map(|file| &file.types).find(|type_| type_.name == name)
    }
}

/// The schemas of all files: where each lives, and whether it is an enum.
type Index = BTreeMap<String, (String, bool)>;

fn members<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

fn text(value: &Value, key: &str) -> Result<String> {
    let text = value.get(key).and_then(Value::as_str);
    Ok(text.with_context(|| format!("{key} is missing"))?.to_owned())
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn read_file(document: &Value, index: &Index) -> Result<File> {
    let mut file = File { title: text(&document["info"], "description")?, ..File::default() };
    for (name, schema) in members(document, "/components/schemas") {
        let description = text(schema, "description").with_context(|| name.clone())?;
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let values = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            file.enums.push(Enum { name: name.clone(), description, values });
            continue;
        }
        let type_ = read_type(name, schema, description, index).with_context(|| name.clone())?;
        file.types.push(type_);
    }
    for (path, methods) in members(document, "/paths") {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let operation = read_operation(path, method, operation, index)
                .with_context(|| format!("{method} {path}"))?;
            file.operations.push(operation);
        }
    }
    Ok(file)
}

fn read_type(name: &str, schema: &Value, description: String, index: &Index) -> Result<Type> {
    let required = schema.get("required").cloned().unwrap_or_default();
    let mut fields = Vec::new();
    for (field, property) in members(schema, "/properties") {
        let required = required.as_array().is_some_and(|names| names.iter().any(|n| n == field));
        let member =
            read_member(field, property, required, index).with_context(|| field.clone())?;
        fields.push(member);
    }
    let accessors = members(schema, "/x-accessors")
        .filter_map(|(method, path)| Some((method.clone(), path.as_str()?.to_owned())))
        .collect();
    Ok(Type {
        name: name.to_owned(),
        description,
        deprecated: flag(schema, "deprecated"),
        members: fields,
        requirements: schema
            .get("x-requirements")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default(),
        accessors,
    })
}

fn read_member(name: &str, property: &Value, required: bool, index: &Index) -> Result<Member> {
    let list = property.get("type").and_then(Value::as_str) == Some("array");
    let scalar = if list { &property["items"] } else { property };
    let mut bounds = property.as_object().cloned().unwrap_or_default();
    if list {
        bounds.extend(scalar.as_object().cloned().unwrap_or_default());
    }
    Ok(Member {
        name: name.to_owned(),
        description: property.get("description").and_then(Value::as_str).map(str::to_owned),
        deprecated: flag(property, "deprecated"),
        required,
        shape: read_shape(scalar, index)?,
        list,
        sensitive: property.get("x-sensitive").and_then(Value::as_str).map(str::to_owned),
        bounds,
    })
}

fn read_shape(schema: &Value, index: &Index) -> Result<Shape> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = resolve(reference, index)?;
        let is_enum = index.get(&name).is_some_and(|(_, is_enum)| *is_enum);
        return Ok(if is_enum { Shape::Enum(name) } else { Shape::Object(name) });
    }
    let format = schema.get("format").and_then(Value::as_str);
    Ok(match (schema.get("type").and_then(Value::as_str), format) {
        (Some("string"), _) => Shape::String,
        (Some("integer"), Some("int32")) => Shape::Int32,
        (Some("integer"), Some("int64")) => Shape::Int64,
        (Some("boolean"), _) => Shape::Bool,
        (other, _) => bail!("a member cannot be of type {other:?}"),
    })
}

/// The name behind a reference, which must exist in the file that the reference names.
fn resolve(reference: &str, index: &Index) -> Result<String> {
    let (file, name) =
        reference.split_once("#/components/schemas/").context("a reference to a schema")?;
    let (home, _) = index.get(name).with_context(|| format!("there is no schema {name}"))?;
    ensure!(
        file.is_empty() || file.strip_suffix(".yaml") == Some(home),
        "{name} is in {home}.yaml, not in {file}"
    );
    Ok(name.to_owned())
}

fn read_operation(path: &str, method: &str, operation: &Value, index: &Index) -> Result<Operation> {
    let mut parameters = Vec::new();
    let mut query = Vec::new();
    for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let name = text(parameter, "name")?;
        let mut schema = parameter["schema"].clone();
        if text(parameter, "in")? == "path" {
            parameters.push((name, schema.get("type").and_then(Value::as_str) == Some("integer")));
            continue;
        }
        schema["description"] = parameter["description"].clone();
        query.push(read_member(&name, &schema, false, index)?);
    }
    let query = match operation.get("x-query-type").and_then(Value::as_str) {
        Some(name) => Some(Type {
            name: name.to_owned(),
            description: format!("The query of {}.", text(operation, "operationId")?),
            deprecated: false,
            members: query,
            requirements: Vec::new(),
            accessors: Vec::new(),
        }),
        None => None,
    };
    let content = |schema: Option<&Value>| -> Result<Content> {
        let Some(content) = schema.and_then(|s| s.get("content")).and_then(Value::as_object) else {
            return Ok(Content::None);
        };
        if content.contains_key("multipart/form-data") {
            return Ok(Content::Multipart);
        }
        let Some(json) = content.get("application/json") else { return Ok(Content::Binary) };
        let reference = json.pointer("/schema/$ref").and_then(Value::as_str);
        Ok(Content::Json(resolve(reference.context("a body is a named type")?, index)?))
    };
    let responses = operation.get("responses").and_then(Value::as_object).context("responses")?;
    let success: Vec<(u16, &Value)> = responses
        .iter()
        .filter_map(|(status, response)| Some((status.parse().ok()?, response)))
        .filter(|(status, _)| (200..300).contains(status))
        .collect();
    Ok(Operation {
        id: text(operation, "operationId")?,
        method: method.to_owned(),
        path: path.to_owned(),
        summary: text(operation, "summary")?,
        description: text(operation, "description")?,
        parameters,
        query,
        request: content(operation.get("requestBody"))?,
        response: content(success.first().map(|(_, response)| *response))?,
        success: success.iter().map(|(status, _)| *status).collect(),
        declined: operation.get("x-declined").and_then(Value::as_str).map(str::to_owned),
        idempotent: flag(operation, "x-idempotent"),
        platforms: operation
            .get("x-platforms")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    })
}
