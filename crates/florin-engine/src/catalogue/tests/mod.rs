//! The built-in files, checked whole.

mod cards;
mod forms;
mod products;

use super::*;

fn catalogue() -> &'static Catalogue {
    Catalogue::shared()
}

fn product(id: i32) -> &'static Product {
    catalogue().product(id).unwrap()
}

fn in_country<'a>(country: &'a str, currency: &'a str) -> Filter<'a> {
    Filter { country: Some(country), currency: Some(currency), ..Filter::default() }
}

fn ids(products: &[&Product]) -> Vec<i32> {
    products.iter().map(|product| product.id).collect()
}

#[test]
fn the_files_are_sound() {
    if let Err(error) = Catalogue::load() {
        panic!("{error}");
    }
}
