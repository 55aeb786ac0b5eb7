//! What replaces a value that must not be read.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

const STAR: &str = "*";

/// What a log shows instead of a value. An empty value stays empty. Lengths count characters.
///
/// ```
/// use florin::logging::Mask;
///
/// assert_eq!(Mask::KeepLast(4).apply("4567350000427977"), "************7977");
/// assert_eq!(Mask::KeepFirst(6).apply("12345678"), "123456**");
/// assert_eq!(Mask::All.apply("123"), "***");
/// assert_eq!(Mask::Fixed(8).apply("a"), "********");
/// let by_case = Mask::function(|name| name.chars().filter(|c| c.is_uppercase()).collect());
/// assert_eq!(by_case.apply("Wile E. Coyote"), "WEC");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Mask {
    /// A star for each character.
    All,
    /// That many stars, whatever the length.
    Fixed(usize),
    /// A star for each character but the first ones. A value that is no longer than these is shown.
    KeepFirst(usize),
    /// A star for each character but the last ones. A value that is no longer than these is shown.
    KeepLast(usize),
    /// What a function makes of it.
    Function(MaskFunction),
}

impl Mask {
    /// A mask that is what a function makes of the value. A function that panics makes the entry fall out, and
    /// nothing else.
    pub fn function(function: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::Function(MaskFunction(Arc::new(function)))
    }

    /// What is shown of a value.
    pub fn apply<'v>(&self, value: &'v str) -> Cow<'v, str> {
        if value.is_empty() {
            return Cow::Borrowed(value);
        }
        match self {
            Self::All => STAR.repeat(value.chars().count()).into(),
            Self::Fixed(stars) => STAR.repeat(*stars).into(),
            Self::KeepFirst(kept) => match value.char_indices().nth(*kept) {
                Some((end, _)) => {
                    format!("{}{}", &value[..end], STAR.repeat(value[end..].chars().count())).into()
                }
                None => Cow::Borrowed(value),
            },
            Self::KeepLast(kept) => match value.chars().count().checked_sub(*kept) {
                Some(hidden @ 1..) => {
                    let shown = value.char_indices().nth(hidden).map_or("", |(at, _)| &value[at..]);
                    format!("{}{shown}", STAR.repeat(hidden)).into()
                }
                _ => Cow::Borrowed(value),
            },
            Self::Function(function) => (function.0)(value).into(),
        }
    }

    /// What is shown of a value whose end was cut off: nothing, since what is its last part is not known.
    pub(super) fn apply_to_start(&self, value: &str) -> String {
        match self {
            Self::Fixed(_) => self.apply(value).into_owned(),
            _ => Self::All.apply(value).into_owned(),
        }
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            Self::Fixed(stars) => write!(f, "Fixed({stars})"),
            Self::KeepFirst(kept) => write!(f, "KeepFirst({kept})"),
            Self::KeepLast(kept) => write!(f, "KeepLast({kept})"),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}

/// The function of a [`Mask`], made with [`Mask::function`].
#[derive(Clone)]
pub struct MaskFunction(Arc<dyn Fn(&str) -> String + Send + Sync>);

impl fmt::Debug for MaskFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskFunction")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks() {
        for (mask, value, shown) in [
            (Mask::KeepLast(4), "0532013000", "******3000"),
            (Mask::KeepLast(4), "12-34", "*2-34"),
            (Mask::KeepLast(4), "1234", "1234"),
            (Mask::KeepLast(4), "12", "12"),
            (Mask::KeepLast(0), "12", "**"),
            (Mask::KeepLast(2), "1230", "**30"),
            (Mask::KeepFirst(6), "123456", "123456"),
            (Mask::KeepFirst(6), "12345", "12345"),
            (Mask::KeepFirst(1), "é€😀", "é**"),
            (Mask::KeepLast(1), "é€😀", "**😀"),
            (Mask::All, "é€😀", "***"),
            (Mask::All, "", ""),
            (Mask::Fixed(8), "", ""),
            (Mask::Fixed(8), "0123456789", "********"),
            (Mask::function(|_| "x".to_owned()), "", ""),
        ] {
            assert_eq!(mask.apply(value), shown, "{mask:?} of {value}");
        }
    }

    #[test]
    fn of_a_start_nothing_is_shown() {
        for mask in
            [Mask::All, Mask::KeepFirst(2), Mask::KeepLast(2), Mask::function(str::to_owned)]
        {
            assert_eq!(mask.apply_to_start("1234"), "****");
        }
        assert_eq!(Mask::Fixed(8).apply_to_start("1234"), "********");
    }
}
