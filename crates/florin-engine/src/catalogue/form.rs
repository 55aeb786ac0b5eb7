//! Forms: which fields a product asks for, put together from what a field is everywhere and what differs here.

use std::collections::HashMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::CatalogueError;
use super::field::{Field, FormElement, Keyboard};

const FILE: &str = "fields.toml";

/// Every form, by name.
pub(super) fn templates(
    text: &str,
    has_text: &dyn Fn(&str) -> bool,
) -> Result<HashMap<String, Vec<Field>>, CatalogueError> {
    let forms: Forms = CatalogueError::parse(FILE, text)?;
    let mut made = HashMap::new();
    for name in forms.template.keys() {
        let rows = forms.rows(name)?;
        let mut fields =
            rows.into_iter().map(|row| finished(row, has_text)).collect::<Result<Vec<_>, _>>()?;
        fields.sort_by_key(|field| field.order);
        made.insert(name.clone(), fields);
    }
    Ok(made)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forms {
    base: HashMap<String, Table>,
    template: HashMap<String, Form>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    extends: Option<String>,
    fields: Vec<Table>,
}

impl Forms {
    /// The fields of a form, each with everything that its base and the form it extends say.
    fn rows(&self, name: &str) -> Result<Vec<Table>, CatalogueError> {
        let unknown = |what: &str| CatalogueError::content(FILE, what);
        let form = self.template.get(name).ok_or_else(|| unknown(name))?;
        // One step: a form that extends one that extends another is not worth its reader's time.
        let mut rows = match &form.extends {
            Some(parent) => {
                let parent = self.template.get(parent).filter(|parent| parent.extends.is_none());
                self.based(&parent.ok_or_else(|| unknown(name))?.fields)?
            }
            None => Vec::new(),
        };
        for field in &form.fields {
            match rows.iter_mut().find(|row| row.get("id") == field.get("id")) {
                Some(row) => merge(row, field),
                None => rows.extend(self.based(std::slice::from_ref(field))?),
            }
        }
        Ok(rows)
    }

    fn based(&self, fields: &[Table]) -> Result<Vec<Table>, CatalogueError> {
        let based = fields.iter().map(|field| {
            let id = field.get("id").and_then(Value::as_str).unwrap_or_default();
            let base = self.base.get(id).ok_or_else(|| CatalogueError::content(FILE, id))?;
            let mut row = base.clone();
            merge(&mut row, field);
            Ok(row)
        });
        based.collect()
    }
}

/// Lays one table over another; a table inside is laid over the one there.
fn merge(under: &mut Table, over: &Table) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => merge(under, over),
            _ => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A field whose keys of texts are whole.
fn finished(row: Table, has_text: &dyn Fn(&str) -> bool) -> Result<Field, CatalogueError> {
    let mut field: Field = CatalogueError::from_table(FILE, row)?;
    let key = |section: &str, own: &str| {
        format!("{section}.{}", if own.is_empty() { field.id.as_str() } else { own })
    };
    let label = key("label", &field.label);
    let placeholder = key("placeholder", &field.placeholder);
    let tooltip = key("tooltip", field.tooltip.as_deref().unwrap_or_default());
    field.placeholder = if has_text(&placeholder) { placeholder } else { label.clone() };
    field.tooltip = has_text(&tooltip).then_some(tooltip);
    field.label = label;
    if field.keyboard.is_none() && field.element == FormElement::Text && !field.hidden {
        field.keyboard = Some(Keyboard::StringKeyboard);
    }
    Ok(field)
}
