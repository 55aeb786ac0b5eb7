//! The answer that a request with the same idempotence key already got.
//!
//! Status and object are those of the first answer; the object is shown as it is now.

use florin_engine::Fault;
use florin_engine::vault::{Place, Sealed};
use florin_wire::Operation;
use florin_wire::connect::v1::types::CreateTokenResponse;

use super::answer::declined;
use super::{Answer, payments, refunds};
use crate::platform::{Failure, MerchantAccount, Platform, Remembered, Replay};

/// Shows a remembered answer again.
pub(super) async fn again(
    platform: &Platform,
    merchant: &MerchantAccount,
    operation: &Operation,
    remembered: &Remembered,
) -> Result<Answer, Failure> {
    let status = operation.success.first().copied().unwrap_or(200);
    match remembered.replay.as_ref().ok_or_else(Fault::internal)? {
        Replay::Payment { id, view } => {
            let (_, payment) = platform.load_payment(merchant, id).await?;
            if payment.decline.is_some() {
                return Ok(Answer::raw(402, declined(platform, &payment)?.to_vec()));
            }
            payments::shown(platform, merchant, &payment, *view)
        }
        Replay::Refund { id } => {
            let (_, refund) = platform.load_refund(merchant, id).await?;
            refunds::created(platform, merchant, &refund)
        }
        Replay::Token { id, new, payment } => token_answer(id, *new, payment.as_deref()),
        Replay::Sealed(sealed) => Ok(Answer::raw(status, open(platform, merchant, sealed)?)),
        Replay::Empty => Ok(Answer::empty()),
    }
}

/// The answer to a call that makes or finds a token.
pub(super) fn token_answer(id: &str, new: bool, payment: Option<&str>) -> Result<Answer, Failure> {
    let mut body = CreateTokenResponse::default().token(id).is_new_token(new);
    body.original_payment_id = payment.map(str::to_owned);
    Answer::json(if new { 201 } else { 200 }, &body)
}

/// Seals a body that holds a secret.
pub(super) fn seal(
    platform: &Platform,
    merchant: &MerchantAccount,
    body: &[u8],
) -> Result<Replay, Failure> {
    Ok(Replay::Sealed(platform.vault.seal(place(merchant), body)?))
}

fn open(
    platform: &Platform,
    merchant: &MerchantAccount,
    sealed: &Sealed,
) -> Result<Vec<u8>, Failure> {
    Ok(platform.vault.open(place(merchant), sealed)?.to_vec())
}

fn place(merchant: &MerchantAccount) -> Place<'_> {
    Place { table: "idempotence", id: &merchant.id, column: "answer" }
}
