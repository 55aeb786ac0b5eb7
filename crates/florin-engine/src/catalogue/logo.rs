//! Drawings: a neutral logo for every product and group, and where the security code is on a card.
//!
//! A logo is the short name on a coloured card, the same for a product every time; it shows no mark of any brand.

use std::fmt::Write as _;

use super::product::{MethodGroup, Product};
use super::{Catalogue, Group};

/// The folder of every drawing, below the address for assets.
const FOLDER: &str = "templates/master/global/css/img/ppimages/";

/// The size that drawings are made for.
const WIDTH: u32 = 120;
const HEIGHT: u32 = 80;

/// The largest width and height that can be asked for.
const MAX_SIDE: u32 = 2_000;

/// The longest name that is written out, in characters.
const MAX_NAME: usize = 11;

/// The colour of a group's own logo.
const GROUP_COLOUR: &str = "#1f2937";

/// The address of a product's logo, below the address for assets.
pub fn product_path(product: &Product) -> String {
    format!("{FOLDER}pp_logo_{}_v1.svg", product.id)
}

/// The address of a group's logo, below the address for assets.
pub fn group_path(group: &Group) -> String {
    let name = group.id.strip_suffix('s').unwrap_or(&group.id);
    format!("{FOLDER}group-{name}.svg")
}

/// The address of the drawing that a field's explanation names, below the address for assets.
pub fn tooltip_path(name: &str) -> String {
    format!("{FOLDER}{name}.svg")
}

/// Reads a size as in `?size=75x50`. Nothing when it is none, or larger than is drawn.
pub fn parse_size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    let side = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let side: u32 = if is_number { digits.parse().ok()? } else { return None };
        (1..=MAX_SIDE).contains(&side).then_some(side)
    };
    Some((side(width)?, side(height)?))
}

/// The drawing at an address, as SVG. It keeps its proportions within the size asked for.
pub fn at_path(catalogue: &Catalogue, path: &str, size: Option<(u32, u32)>) -> Option<String> {
    let name = path.trim_start_matches('/').strip_prefix(FOLDER)?.strip_suffix(".svg")?;
    if let Some(id) = name.strip_prefix("pp_logo_") {
        let id = id.strip_suffix("_v1")?.parse().ok()?;
        return Some(of_product(catalogue.product(id)?, size));
    }
    let drawn_at = tooltip_path(name);
    if let Some(group) = catalogue.groups().iter().find(|group| group_path(group) == drawn_at) {
        return Some(of_group(group, size));
    }
    let known = catalogue.products().flat_map(|product| &product.fields);
    let mut images = known.filter_map(|field| Some((field.tooltip_image.as_deref()?, field)));
    let (_, field) = images.find(|(image, _)| *image == name)?;
    Some(security_code(field.tooltip.as_deref() == Some("tooltip.cvvFront"), size))
}

/// The logo of a product, as SVG.
pub fn of_product(product: &Product, size: Option<(u32, u32)>) -> String {
    let name = product.short.as_ref().unwrap_or(&product.name);
    badge(&shortened(name), colour(product.method), size)
}

/// The logo of a group, as SVG.
pub fn of_group(group: &Group, size: Option<(u32, u32)>) -> String {
    let mut letters = group.id.chars();
    let name: String =
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    badge(&name, GROUP_COLOUR, size)
}

/// Where the security code of a card is, as SVG: on its front, or on its back.
pub fn security_code(on_front: bool, size: Option<(u32, u32)>) -> String {
    let (details, x, y, stars) = if on_front {
        (r##"<rect x="14" y="44" width="70" height="8" rx="2" fill="#94a3b8"/>"##, 74, 22, "1234")
    } else {
        let details = concat!(
            r##"<rect y="14" width="120" height="14" fill="#334155"/>"##,
            r##"<rect x="12" y="40" width="64" height="14" fill="#f8fafc"/>"##,
        );
        (details, 80, 39, "123")
    };
    let width = 8 * stars.len() + 6;
    let content = format!(
        concat!(
            r##"<rect width="120" height="80" rx="10" fill="#cbd5e1"/>{}"##,
            r##"<rect x="{}" y="{}" width="{}" height="16" rx="3" fill="#ffffff" stroke="#b91c1c""##,
            r##" stroke-width="2"/><text x="{}" y="{}" font-size="12" text-anchor="middle" "##,
            r##"font-family="sans-serif" fill="#b91c1c">{}</text>"##,
        ),
        details,
        x,
        y,
        width,
        x + width / 2,
        y + 12,
        stars,
    );
    svg("", &content, size)
}

/// Dark enough for white letters on every screen.
const fn colour(method: MethodGroup) -> &'static str {
    match method {
        MethodGroup::Card => "#1d4ed8",
        MethodGroup::Mobile => "#111827",
        MethodGroup::Redirect => "#0f766e",
        MethodGroup::BankTransfer => "#4338ca",
        MethodGroup::Cash => "#15803d",
        MethodGroup::DirectDebit => "#7e22ce",
        MethodGroup::Invoice => "#9a3412",
        MethodGroup::EInvoice => "#9d174d",
    }
}

/// A name that fits: whole words as long as they do, otherwise the beginning.
fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    let mut short = String::new();
    for word in name.split_whitespace() {
        let length = short.chars().count() + usize::from(!short.is_empty()) + word.chars().count();
        if length > MAX_NAME {
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    if short.is_empty() { name.chars().take(MAX_NAME).collect() } else { short }
}

/// A name on a coloured card.
fn badge(name: &str, colour: &str, size: Option<(u32, u32)>) -> String {
    // A bold letter is about six tenths of its size wide; nine tenths of the card are for the name.
    let letters = name.chars().count().max(4);
    let font_size = (108 * 10 / (letters * 6)).min(30);
    let name = escaped(name);
    let content = format!(
        concat!(
            r##"<rect width="120" height="80" rx="10" fill="{}"/>"##,
            r##"<text x="60" y="{}" font-size="{}" font-weight="bold" text-anchor="middle" "##,
            r##"font-family="sans-serif" fill="#ffffff">{}</text>"##,
        ),
        colour,
        40 + font_size * 7 / 20,
        font_size,
        name,
    );
    svg(&name, &content, size)
}

/// A drawing with a title, which is already escaped.
fn svg(title: &str, content: &str, size: Option<(u32, u32)>) -> String {
    let (width, height) = size.unwrap_or((WIDTH, HEIGHT));
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">"#,
    );
    if !title.is_empty() {
        let _ = write!(out, "<title>{title}</title>");
    }
    out.push_str(content);
    out.push_str("</svg>");
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
