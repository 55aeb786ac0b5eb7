//! Input masks: where the characters of a value go in what is shown of it.

use serde::Deserialize;

/// A mask that is well formed: every place is between double braces and takes a digit (`9`) or anything (`*`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Mask(String);

/// Why a text is no mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaskError {
    /// Braces that are single, nested or left open.
    #[error("the braces of the mask do not match")]
    Braces,
    /// A place that is neither a digit nor anything.
    #[error("a place of the mask is neither 9 nor *")]
    Place,
    /// Nothing to fill in.
    #[error("the mask has no place")]
    Empty,
}

impl Mask {
    /// Reads a mask.
    ///
    /// ```
    /// use florin_engine::catalogue::{Mask, MaskError};
    ///
    /// assert_eq!(Mask::parse("{{99}}/{{99}}").map(|mask| mask.places()), Ok(4));
    /// assert_eq!(Mask::parse("{99}"), Err(MaskError::Braces));
    /// ```
    pub fn parse(text: &str) -> Result<Self, MaskError> {
        let mut rest = text;
        let mut places = 0;
        while let Some((literal, after)) = rest.split_once("{{") {
            let (inside, next) = after.split_once("}}").ok_or(MaskError::Braces)?;
            if literal.contains(['{', '}']) || inside.contains(['{', '}']) {
                return Err(MaskError::Braces);
            }
            if inside.contains(|c| c != '9' && c != '*') {
                return Err(MaskError::Place);
            }
            places += inside.len();
            rest = next;
        }
        if rest.contains(['{', '}']) {
            return Err(MaskError::Braces);
        }
        if places == 0 {
            return Err(MaskError::Empty);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text of the mask.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many characters of a value the mask takes.
    pub fn places(&self) -> usize {
        self.0
            .split("{{")
            .skip(1)
            .filter_map(|part| part.split_once("}}"))
            .fold(0, |places, (inside, _)| places + inside.len())
    }
}

impl TryFrom<String> for Mask {
    type Error = MaskError;

    fn try_from(text: String) -> Result<Self, MaskError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_read_whole() {
        let places = |text| Mask::parse(text).map(|mask| mask.places());
        assert_eq!(places("{{9999}} {{9999}} {{9999}} {{9999}} {{999}}"), Ok(19));
        assert_eq!(places("+{{99}} {{****}}"), Ok(6));
        assert_eq!(places("0{{99}}9{{99}}"), Ok(4));
        for wrong in ["{{99", "99}}", "{{9{9}}", "{99}/{99}", "{{9}}}", "}{{9}}"] {
            assert_eq!(places(wrong), Err(MaskError::Braces), "{wrong}");
        }
        assert_eq!(places("{{aa}}"), Err(MaskError::Place));
        assert_eq!(places("{{}}"), Err(MaskError::Empty));
        assert_eq!(places("99"), Err(MaskError::Empty));
    }
}
