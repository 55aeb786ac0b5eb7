//! Where the pages that the platform hosts are.

use florin_wire::connect::v1::types::{
    CreateHostedCheckoutResponse, CreateHostedMandateManagementResponse,
};
use florin_wire::{MissingMember, Sensitive};

use super::error::{Error, LocalError};

/// The address to send the consumer to, from the `partialRedirectUrl` of an answer and a subdomain, which is
/// `payment` or the one that was arranged for you. It lets anyone in who has it, so it does not belong in a log.
///
/// ```
/// use florin::connect::hosted_checkout_url;
///
/// let url = hosted_checkout_url("payment", "pay1.preprod.example.com/checkout/1226-abc")?;
/// assert_eq!(url.expose(), "https://payment.pay1.preprod.example.com/checkout/1226-abc");
/// # Ok::<(), florin::connect::Error>(())
/// ```
///
/// # Errors
/// [`Error::Local`] when one of the parts is not what it should be.
pub fn hosted_checkout_url(
    subdomain: &str,
    partial_redirect_url: &str,
) -> Result<Sensitive<String>, Error> {
    let is_label = |label: &str| {
        label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !subdomain.split('.').all(is_label) {
        return Err(LocalError::new(format!("'{subdomain}' is not a subdomain")).into());
    }
    let host = partial_redirect_url.split(['/', '?', '#']).next().unwrap_or_default();
    let is_clean = partial_redirect_url.bytes().all(|byte| byte.is_ascii_graphic());
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    if !is_clean || port.parse::<u16>().is_err() || !name.split('.').all(is_label) {
        return Err(LocalError::new("the partial redirect URL does not start with a host").into());
    }
    Ok(Sensitive::new(format!("https://{subdomain}.{partial_redirect_url}")))
}

/// An answer that tells where a hosted page is.
///
/// ```no_run
/// use florin::connect::HostedPage as _;
/// # use florin::connect::{Client, Error, types::*};
/// # async fn example(client: Client, request: CreateHostedCheckoutRequest) -> Result<(), Error> {
/// let created = client.merchant("1226").hostedcheckouts().create(&request).await?;
/// let location = created.page_url("payment")?;
/// // Keep created.return_mac and the id beside the order, and send the browser to location.expose().
/// # Ok(())
/// # }
/// ```
pub trait HostedPage {
    /// The address to send the consumer to; see [`hosted_checkout_url`].
    ///
    /// # Errors
    /// [`Error::Local`] when the answer does not tell, or the subdomain is none.
    fn page_url(&self, subdomain: &str) -> Result<Sensitive<String>, Error>;
}

impl HostedPage for CreateHostedCheckoutResponse {
    fn page_url(&self, subdomain: &str) -> Result<Sensitive<String>, Error> {
        page_url(subdomain, self.partial_redirect_url.as_ref(), "CreateHostedCheckoutResponse")
    }
}

impl HostedPage for CreateHostedMandateManagementResponse {
    fn page_url(&self, subdomain: &str) -> Result<Sensitive<String>, Error> {
        let type_name = "CreateHostedMandateManagementResponse";
        page_url(subdomain, self.partial_redirect_url.as_ref(), type_name)
    }
}

fn page_url(
    subdomain: &str,
    partial: Option<&Sensitive<String>>,
    type_name: &'static str,
) -> Result<Sensitive<String>, Error> {
    let missing = MissingMember { type_name, path: "partialRedirectUrl" };
    hosted_checkout_url(subdomain, partial.ok_or(missing)?.expose())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (subdomain, partial, url) in [
            ("payment", "pay1.x.com/checkout/1-a:b:c?requestToken=d", true),
            ("shop-2.eu", "pay1.x.com:8443/pay1-a:b:c", true),
            ("payment", "localhost", true),
            ("", "pay1.x.com/a", false),
            ("payment.", "pay1.x.com/a", false),
            ("evil.com/", "pay1.x.com/a", false),
            ("-a", "pay1.x.com/a", false),
            ("user@evil", "pay1.x.com/a", false),
            ("payment", "", false),
            ("payment", "/checkout/a", false),
            ("payment", "https://pay1.x.com/a", false),
            ("payment", "pay1.x.com/a\r\nSet-Cookie: b", false),
            ("payment", "pay1.x.com@evil.com/a", false),
        ] {
            let made = hosted_checkout_url(subdomain, partial);
            assert_eq!(made.is_ok(), url, "{subdomain} {partial}");
            if let Ok(made) = made {
                assert_eq!(made.expose(), format!("https://{subdomain}.{partial}"));
                assert_eq!(format!("{made:?}"), "***");
            }
        }
    }

    #[test]
    fn answers_know_their_page() {
        let checkout = CreateHostedCheckoutResponse::default();
        let error = checkout.page_url("payment").unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(source, "the CreateHostedCheckoutResponse has no partialRedirectUrl");
        let checkout = checkout.partial_redirect_url("a.b/c");
        assert_eq!(checkout.page_url("payment").unwrap().expose(), "https://payment.a.b/c");
        let mandate = CreateHostedMandateManagementResponse::default();
        assert!(mandate.page_url("payment").is_err());
        let mandate = mandate.partial_redirect_url("a.b/c");
        assert_eq!(mandate.page_url("m").unwrap().expose(), "https://m.a.b/c");
    }
}
