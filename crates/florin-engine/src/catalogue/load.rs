//! Reads the data files. Nothing here is reachable after the catalogue is made.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::field::Values;
use super::iin::BinTable;
use super::product::{MethodGroup, Product};
use super::text::Texts;
use super::{Catalogue, Group, form, issuers};

const AREAS: &str = include_str!("../../data/catalogue/areas.toml");
const BINS: &str = include_str!("../../data/catalogue/bins.toml");
const DIRECTORIES: &str = include_str!("../../data/catalogue/directories.toml");
const FIELDS: &str = include_str!("../../data/catalogue/fields.toml");

macro_rules! shelves {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../data/catalogue/products/", $name, ".toml")))),+]
    };
}

const SHELVES: &[(&str, &str)] = shelves!(
    "cards",
    "mobile",
    "redirects",
    "direct_debits",
    "bank_transfers",
    "cash",
    "invoices",
    "e_invoices",
);

/// The group of all card products.
const CARDS: &str = "cards";

/// Why the data files are no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file does not have its format.
    #[error("{file} of the product catalogue: {source}")]
    Format {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: Box<toml::de::Error>,
    },
    /// An entry of a file cannot be: it contradicts another, or refers to something that is not there.
    #[error("{file} of the product catalogue has a wrong entry: {what}")]
    Content {
        /// The file.
        file: String,
        /// The entry.
        what: String,
    },
}

impl CatalogueError {
    pub(super) fn content(file: &str, what: &str) -> Self {
        Self::Content { file: file.to_owned(), what: what.to_owned() }
    }

    pub(super) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Self> {
        toml::from_str(text).map_err(|source| Self::format(file, source))
    }

    pub(super) fn from_table<T: DeserializeOwned>(file: &str, table: Table) -> Result<T, Self> {
        table.try_into().map_err(|source| Self::format(file, source))
    }

    fn format(file: &str, source: toml::de::Error) -> Self {
        Self::Format { file: file.to_owned(), source: Box::new(source) }
    }
}

/// The products of one method.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shelf {
    method: MethodGroup,
    /// The order of the first product that states none.
    order: i32,
    products: Vec<Table>,
    defaults: Table,
}

/// Everything, from the files.
pub(super) fn catalogue() -> Result<Catalogue, CatalogueError> {
    let texts = Texts::load()?;
    let areas: HashMap<String, Vec<String>> = CatalogueError::parse("areas.toml", AREAS)?;
    let forms = form::templates(FIELDS, &|key| texts.has(key))?;
    let directories = issuers::load(DIRECTORIES)?;
    let bins = BinTable::load(BINS)?;

    let mut products = Vec::new();
    for (file, text) in SHELVES {
        let shelf: Shelf = CatalogueError::parse(file, text)?;
        for mut product in shelf.products(file)? {
            let unknown = |what: &str| CatalogueError::content(file, what);
            if let Some(form) = &product.template {
                product.fields.clone_from(forms.get(form).ok_or_else(|| unknown(form))?);
            }
            product.countries =
                product.countries.map(|all| expanded(all, &areas, file)).transpose()?;
            product.installments = expanded(product.installments, &areas, file)?;
            for field in &mut product.fields {
                if field.values == Some(Values::Directory) {
                    let of_product = directories.iter().filter(|all| all.product == product.id);
                    let ids = of_product.flat_map(|all| &all.issuers).map(|one| one.id.clone());
                    field.validators.fixed_list = Some(ids.collect());
                }
            }
            if product.translated && !texts.has(&product.text_key()) {
                return Err(unknown(&product.text_key()));
            }
            products.push(product);
        }
    }
    products.sort_by_key(|product| product.id);
    let mut ids = HashSet::new();
    if let Some(twice) = products.iter().find(|product| !ids.insert(product.id)) {
        return Err(CatalogueError::content("products", &twice.id.to_string()));
    }

    let mut by_order: Vec<usize> = (0..products.len()).collect();
    by_order.sort_by_key(|at| products.get(*at).map(|product| (product.order, product.id)));
    let fields = forms.get("card-group").cloned().unwrap_or_default();
    let groups = vec![Group { id: CARDS.to_owned(), fields }];
    Ok(Catalogue { products, by_order, groups, bins, directories, texts })
}

impl Shelf {
    /// The products, each with all that it does not state itself.
    fn products(&self, file: &str) -> Result<Vec<Product>, CatalogueError> {
        let mut products = Vec::new();
        for (row, order) in self.products.iter().zip(self.order..) {
            let mut table = self.defaults.clone();
            table.insert("method".to_owned(), Value::String(self.method.as_str().to_owned()));
            table.insert("order".to_owned(), Value::Integer(order.into()));
            table.extend(row.iter().map(|(key, value)| (key.clone(), value.clone())));
            products.push(CatalogueError::from_table(file, table)?);
        }
        Ok(products)
    }
}

/// Countries, with the areas among them replaced by theirs.
fn expanded(
    all: Vec<String>,
    areas: &HashMap<String, Vec<String>>,
    file: &str,
) -> Result<Vec<String>, CatalogueError> {
    let mut countries = Vec::new();
    for one in all {
        match one.strip_prefix('@') {
            Some(area) => {
                let area = areas.get(area).ok_or_else(|| CatalogueError::content(file, area))?;
                countries.extend(area.iter().cloned());
            }
            None => countries.push(one),
        }
    }
    Ok(countries)
}
