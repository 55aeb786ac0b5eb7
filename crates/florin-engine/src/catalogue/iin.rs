//! Which products a card number belongs to, by its first digits.

use serde::Deserialize;

use super::CatalogueError;

const FILE: &str = "bins.toml";

/// Fewer digits say nothing about a card.
pub const MIN_DIGITS: usize = 6;

/// Who a card is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BinProductType {
    /// A person.
    Consumer,
    /// A company.
    Commercial,
    /// Made for one use, without plastic.
    Virtual,
}

impl BinProductType {
    /// The token of the API, as in `binProductType`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consumer => "CONSUMER",
            Self::Commercial => "COMMERCIAL",
            Self::Virtual => "VIRTUAL",
        }
    }
}

/// Where the money of a card comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Funding {
    /// Lent by the issuer.
    Credit,
    /// A bank account.
    Debit,
    /// Paid in before.
    Prepaid,
}

/// What the first digits say about a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IinDetails {
    /// What is on the card, the one that is accepted most widely first. Never empty.
    products: Vec<i32>,
    /// The country of the issuer, where it is known.
    pub country: Option<String>,
    /// Who the card is made for, where it is known.
    pub product_type: Option<BinProductType>,
    /// Where its money comes from, where it is known.
    pub funding: Option<Funding>,
}

impl IinDetails {
    /// The product to use where nothing else is known.
    pub fn product(&self) -> i32 {
        self.products.first().copied().unwrap_or_default()
    }

    /// Every product on the card.
    pub fn products(&self) -> &[i32] {
        &self.products
    }

    /// Every product on the card if there are several, the first one included. Otherwise nothing.
    pub fn co_brands(&self) -> &[i32] {
        if self.products.len() > 1 { &self.products } else { &[] }
    }
}

/// Ranges of first digits.
#[derive(Clone, Debug, Default)]
pub(super) struct BinTable {
    details: Vec<IinDetails>,
    /// For each number of digits, its ranges in ascending order; they do not overlap.
    by_digits: Vec<Vec<Range>>,
}

#[derive(Clone, Copy, Debug)]
struct Range {
    low: u64,
    high: u64,
    details: usize,
}

impl BinTable {
    pub(super) fn load(text: &str) -> Result<Self, CatalogueError> {
        let file: File = CatalogueError::parse(FILE, text)?;
        let mut table = Self::default();
        for row in file.bin {
            if row.products.is_empty() {
                return Err(CatalogueError::content(FILE, "a range without products"));
            }
            for prefix in &row.prefixes {
                let wrong = || CatalogueError::content(FILE, prefix);
                table.add(prefix).ok_or_else(wrong)?;
            }
            table.details.push(IinDetails {
                products: row.products,
                country: row.country,
                product_type: row.product_type,
                funding: row.funding,
            });
        }
        for ranges in &mut table.by_digits {
            ranges.sort_by_key(|range| range.low);
            for pair in ranges.windows(2) {
                if let [first, second] = pair
                    && first.high >= second.low
                {
                    return Err(CatalogueError::content(FILE, &second.low.to_string()));
                }
            }
        }
        Ok(table)
    }

    /// Adds a prefix, or a range of prefixes, of the details that come next. Nothing if it is none.
    fn add(&mut self, prefix: &str) -> Option<()> {
        let (low, high) = prefix.split_once('-').unwrap_or((prefix, prefix));
        let digits = low.len();
        if digits != high.len() || !(1..=11).contains(&digits) {
            return None;
        }
        let range = Range { low: number(low)?, high: number(high)?, details: self.details.len() };
        if range.low > range.high {
            return None;
        }
        if self.by_digits.len() <= digits {
            self.by_digits.resize(digits + 1, Vec::new());
        }
        self.by_digits.get_mut(digits)?.push(range);
        Some(())
    }

    /// What the longest prefix of a card number says.
    pub(super) fn find(&self, digits: &str) -> Option<&IinDetails> {
        if digits.len() < MIN_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.by_digits.iter().enumerate().rev().find_map(|(length, ranges)| {
            let prefix = number(digits.get(..length)?)?;
            let after = ranges.partition_point(|range| range.low <= prefix);
            let range = ranges.get(after.checked_sub(1)?)?;
            if range.high >= prefix { self.details.get(range.details) } else { None }
        })
    }

    /// Every product that some card number belongs to.
    #[cfg(test)]
    pub(super) fn products(&self) -> impl Iterator<Item = i32> {
        self.details.iter().flat_map(|details| details.products.iter().copied())
    }
}

fn number(digits: &str) -> Option<u64> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    bin: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    prefixes: Vec<String>,
    products: Vec<i32>,
    country: Option<String>,
    #[serde(rename = "type")]
    product_type: Option<BinProductType>,
    funding: Option<Funding>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &str) -> Result<BinTable, CatalogueError> {
        BinTable::load(rows)
    }

    #[test]
    fn the_longest_prefix_wins() {
        let rows = "bin = [
            { prefixes = ['4'], products = [1] },
            { prefixes = ['4571'], products = [1, 123] },
            { prefixes = ['457100-457199'], products = [123] },
            { prefixes = ['45712345'], products = [114] },
        ]";
        let table = table(rows).unwrap();
        let product = |digits: &str| table.find(digits).map(IinDetails::product);
        assert_eq!(product("400000"), Some(1));
        assert_eq!(product("457200"), Some(1));
        assert_eq!(product("457123"), Some(123));
        assert_eq!(product("45712345"), Some(114));
        assert_eq!(product("457199999999"), Some(123));
        for unknown in ["", "45712", "500000", "4571a3", "+45712", "４５６７３５"] {
            assert_eq!(product(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_wrong_table_is_refused() {
        for prefixes in ["'4', '4'", "'40-45', '44'", "'4x'", "'5-4'", "'4-55'", "''"] {
            let rows = format!("bin = [{{ prefixes = [{prefixes}], products = [1] }}]");
            assert!(table(&rows).is_err(), "{prefixes}");
        }
        assert!(table("bin = [{ prefixes = ['4'], products = [] }]").is_err());
    }
}
