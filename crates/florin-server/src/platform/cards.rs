//! Card data on its way into and out of the vault.

use florin_engine::vault::{Fingerprint, Place, Sealed};
use florin_store::Table;
use florin_wire::Sensitive;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::{Failure, Platform};

/// A card in the clear. It lives for one request.
#[derive(Clone, Debug)]
pub(crate) struct ClearCard {
    /// The full number.
    pub(crate) number: Sensitive<String>,
    /// `MMYY`.
    pub(crate) expiry: Sensitive<String>,
    /// The name on the card.
    pub(crate) holder: Option<Sensitive<String>>,
}

/// What is sealed of a card, in one piece. Short names: it is in every payment.
#[derive(Serialize, Deserialize)]
struct SealedCard {
    n: String,
    e: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    h: Option<String>,
}

impl Drop for SealedCard {
    fn drop(&mut self) {
        self.n.zeroize();
        self.e.zeroize();
        self.h.zeroize();
    }
}

/// What is sealed of a redirect.
#[derive(Serialize, Deserialize)]
pub(super) struct SealedRedirect {
    /// Proves at the redirect page that the consumer was sent there.
    pub(super) ticket: String,
    /// Proves to the merchant that the consumer came back from there.
    pub(super) mac: String,
}

impl Platform {
    /// Seals a card for one record.
    pub(super) fn seal_card(
        &self,
        table: Table,
        id: &str,
        card: &ClearCard,
    ) -> Result<Sealed, Failure> {
        let sealed = SealedCard {
            n: card.number.expose().to_owned(),
            e: card.expiry.expose().to_owned(),
            h: card.holder.as_ref().map(|holder| holder.expose().to_owned()),
        };
        let clear = Zeroizing::new(serde_json::to_vec(&sealed)?);
        Ok(self.vault.seal(card_place(table, id), &clear)?)
    }

    /// Opens the card of one record.
    pub(crate) fn open_card(
        &self,
        table: Table,
        id: &str,
        sealed: &Sealed,
    ) -> Result<ClearCard, Failure> {
        let clear = self.vault.open(card_place(table, id), sealed)?;
        let mut card: SealedCard = serde_json::from_slice(&clear)?;
        Ok(ClearCard {
            number: Sensitive::new(std::mem::take(&mut card.n)),
            expiry: Sensitive::new(std::mem::take(&mut card.e)),
            holder: card.h.take().map(Sensitive::new),
        })
    }

    /// Seals the secrets of a payment's redirect.
    pub(super) fn seal_redirect(
        &self,
        payment: &str,
        redirect: &SealedRedirect,
    ) -> Result<Sealed, Failure> {
        let clear = Zeroizing::new(serde_json::to_vec(redirect)?);
        Ok(self.vault.seal(redirect_place(payment), &clear)?)
    }

    /// Opens the secrets of a payment's redirect: ticket and MAC.
    pub(crate) fn open_redirect(
        &self,
        payment: &str,
        sealed: &Sealed,
    ) -> Result<(String, String), Failure> {
        let clear = self.vault.open(redirect_place(payment), sealed)?;
        let redirect: SealedRedirect = serde_json::from_slice(&clear)?;
        Ok((redirect.ticket, redirect.mac))
    }

    /// Finds the token of a card number. Another merchant's token for the same number has another value.
    pub(super) fn card_fingerprint(
        &self,
        merchant: &str,
        number: &Sensitive<String>,
    ) -> Fingerprint {
        self.vault.fingerprint(&format!("card/{merchant}"), number.expose().as_bytes())
    }
}

fn card_place(table: Table, id: &str) -> Place<'_> {
    Place { table: table.as_str(), id, column: "card" }
}

fn redirect_place(payment: &str) -> Place<'_> {
    Place { table: Table::Payment.as_str(), id: payment, column: "redirect" }
}
