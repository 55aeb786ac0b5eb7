//! Whether a browser that comes back from the platform is the one that was sent there.

use florin_wire::Sensitive;
use percent_encoding::percent_decode_str;

const RETURNMAC: &str = "RETURNMAC";
const HOSTED_CHECKOUT_ID: &str = "hostedCheckoutId";
const REF: &str = "REF";

/// What a browser that came back said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    hosted_checkout_id: Option<String>,
    payment_id: Option<String>,
}

impl Returned {
    /// The hosted checkout that it came from (`hostedCheckoutId`).
    pub fn hosted_checkout_id(&self) -> Option<&str> {
        self.hosted_checkout_id.as_deref()
    }

    /// The payment that it was redirected for (`REF`).
    pub fn payment_id(&self) -> Option<&str> {
        self.payment_id.as_deref()
    }
}

/// Why a browser that came back is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReturnError {
    /// There is no `RETURNMAC`.
    #[error("the URL has no RETURNMAC")]
    Missing,
    /// The `RETURNMAC` is not the one that was stored.
    #[error("the RETURNMAC of the URL is not the one that was stored")]
    Mismatch,
    /// A parameter of the platform is there more than once.
    #[error("the URL has more than one {0}")]
    Repeated(&'static str),
    /// There is nothing to compare with.
    #[error("no RETURNMAC was stored")]
    NothingStored,
}

/// Checks the `RETURNMAC` of a URL, or of its query, against the one that was stored when the hosted checkout or the
/// redirected payment was created. The comparison takes the same time wherever the two differ.
///
/// It proves that the browser was sent by you for this order. It does not prove that the consumer paid: ask for the
/// checkout or the payment. Nor does it cover the ids that are returned: find the order by your own session, and
/// compare the id with the one that you stored beside the `RETURNMAC`.
///
/// ```
/// use florin::connect::verify_return;
///
/// let url = "https://shop.example/thanks?order=5391\
///            &RETURNMAC=fecab85c-9b0e-42ee-a9d9-ebb69b0c2eb0&hostedCheckoutId=15c09dac";
/// let returned = verify_return(url, "fecab85c-9b0e-42ee-a9d9-ebb69b0c2eb0")?;
/// assert_eq!(returned.hosted_checkout_id(), Some("15c09dac"));
/// # Ok::<(), florin::connect::ReturnError>(())
/// ```
///
/// # Errors
/// Every [`ReturnError`]; none shows the MAC.
pub fn verify_return(
    url_or_query: &str,
    stored_returnmac: impl Into<Sensitive<String>>,
) -> Result<Returned, ReturnError> {
    let stored = stored_returnmac.into();
    if stored.expose().is_empty() {
        return Err(ReturnError::NothingStored);
    }
    let query = query_of(url_or_query);
    let given = only(query, RETURNMAC)?.ok_or(ReturnError::Missing)?;
    // Equality of sensitive values takes the same time for equal lengths, and the length is known to all.
    if Sensitive::new(given) != stored {
        return Err(ReturnError::Mismatch);
    }
    Ok(Returned {
        hosted_checkout_id: only(query, HOSTED_CHECKOUT_ID)?,
        payment_id: only(query, REF)?,
    })
}

/// The query of a URL, a path or a query.
fn query_of(text: &str) -> &str {
    let text = text.split_once('#').map_or(text, |(before, _fragment)| before);
    let is_scheme = |start: &str| {
        !start.is_empty()
            && start.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let has_scheme = text.split_once("://").is_some_and(|(start, _)| is_scheme(start));
    if has_scheme || text.starts_with('/') {
        return text.split_once('?').map_or("", |(_, query)| query);
    }
    match text.split_once('?') {
        Some((path, query)) if !path.contains(['=', '&']) => query,
        _ => text,
    }
}

/// The value of a parameter that may be there once.
fn only(query: &str, name: &'static str) -> Result<Option<String>, ReturnError> {
    let mut found = query.split('&').filter_map(|pair| {
        let (known, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(known) == name).then(|| decoded(value))
    });
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(ReturnError::Repeated(name)),
        (value, _) => Ok(value),
    }
}

fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: &str = "fecab85c-9b0e-42ee-a9d9-ebb69b0c2eb0";

    #[test]
    fn where_the_parameters_are_found() {
        let query = format!("a=b&RETURNMAC={MAC}&hostedCheckoutId=h+1%2F&next=x");
        for text in [
            query.clone(),
            format!("?{query}"),
            format!("/return?{query}"),
            format!("return?{query}"),
            format!("/a=b/c&d?{query}"),
            format!("https://shop.example/a=b?{query}#RETURNMAC=x"),
            format!("my.app+x://back?{query}"),
            format!("{query}&url=https://x?RETURNMACS=1"),
        ] {
            let returned = verify_return(&text, MAC).unwrap();
            assert_eq!(returned.hosted_checkout_id(), Some("h 1/"), "{text}");
            assert_eq!(returned.payment_id(), None);
        }
        let returned = verify_return(&format!("?REF=0001&RETURN%4DAC={MAC}"), MAC).unwrap();
        assert_eq!((returned.payment_id(), returned.hosted_checkout_id()), (Some("0001"), None));
    }

    #[test]
    fn what_is_not_believed() {
        let other = MAC.replace('f', "0");
        for (text, stored, error) in [
            (String::new(), MAC, ReturnError::Missing),
            ("https://shop.example/".to_owned(), MAC, ReturnError::Missing),
            (format!("https://shop.example/#RETURNMAC={MAC}"), MAC, ReturnError::Missing),
            (format!("?returnmac={MAC}"), MAC, ReturnError::Missing),
            ("?RETURNMAC=".to_owned(), MAC, ReturnError::Mismatch),
            ("?RETURNMAC".to_owned(), MAC, ReturnError::Mismatch),
            (format!("?RETURNMAC={other}"), MAC, ReturnError::Mismatch),
            (format!("?RETURNMAC={}", &MAC[1..]), MAC, ReturnError::Mismatch),
            (format!("?RETURNMAC={}", MAC.to_uppercase()), MAC, ReturnError::Mismatch),
            (format!("?RETURNMAC={MAC}%00"), MAC, ReturnError::Mismatch),
            (format!("?RETURNMAC={MAC}"), "", ReturnError::NothingStored),
            ("?RETURNMAC=".to_owned(), "", ReturnError::NothingStored),
            (format!("?RETURNMAC={MAC}&RETURNMAC={MAC}"), MAC, ReturnError::Repeated("RETURNMAC")),
            (
                format!("?RETURNMAC={MAC}&hostedCheckoutId=1&hostedCheckoutId=2"),
                MAC,
                ReturnError::Repeated("hostedCheckoutId"),
            ),
            (format!("?REF=1&REF=1&RETURNMAC={MAC}"), MAC, ReturnError::Repeated("REF")),
        ] {
            let refused = verify_return(&text, stored).unwrap_err();
            assert_eq!(refused, error, "{text}");
            assert!(!refused.to_string().contains("fecab85c"));
        }
    }
}
