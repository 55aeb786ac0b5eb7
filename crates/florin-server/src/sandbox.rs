//! The sandbox's own calls: they move what a scheduler or a consumer would move.
//!
//! They live under `/sandbox/v1/{merchantId}/…`, want the administration token as a bearer token, and exist in
//! sandbox mode only.

use std::sync::Arc;

use bytes::Bytes;
use florin_engine::Fault;
use http::Method;
use http::request::Parts;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::platform::{Failure, MerchantAccount, Mode, Platform};
use crate::present;

/// Where the calls live.
pub(crate) const PREFIX: &str = "/sandbox/v1/";

/// The longest step of a clock: ten years.
const MAX_ADVANCE_MS: i64 = 10 * 366 * 24 * florin_engine::clock::HOUR_MS;

/// Answers a call.
pub(crate) async fn answer(
    platform: &Arc<Platform>,
    parts: &Parts,
    body: &Bytes,
) -> Result<serde_json::Value, Failure> {
    if platform.config.mode == Mode::Live {
        return Err(Fault::unknown_path().into());
    }
    let presented = parts.headers.get(http::header::AUTHORIZATION);
    let presented = presented.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = platform.config.admin_token.expose().as_bytes();
    if !presented.is_some_and(|presented| presented.as_bytes().ct_eq(token).into()) {
        return Err(Fault::unauthorised().into());
    }
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let steps: Vec<&str> = path.split('/').collect();
    let [merchant, action @ ..] = steps.as_slice() else {
        return Err(Fault::unknown_path().into());
    };
    let merchant = platform.directory.merchant(merchant);
    let merchant = merchant.ok_or_else(|| Fault::foreign_merchant().at("merchantId"))?;
    if parts.method != Method::POST {
        return Err(Fault::method_not_allowed().into());
    }
    run(platform, &merchant, action, body).await
}

async fn run(
    platform: &Platform,
    merchant: &MerchantAccount,
    action: &[&str],
    body: &Bytes,
) -> Result<serde_json::Value, Failure> {
    match action {
        ["settle"] => Ok(json!({"moved": platform.settle_all(merchant).await?})),
        ["payments", id, "settle"] => {
            let payment = platform.settle_payment(merchant, id).await?;
            Ok(serde_json::to_value(present::payment_response(platform, &payment)?)?)
        }
        ["payments", id, "advance"] => {
            let payment = platform.step_payment(merchant, id).await?;
            Ok(serde_json::to_value(present::payment_response(platform, &payment)?)?)
        }
        ["advance"] => {
            let by_ms = milliseconds(body)?;
            let offset_ms = platform.advance(merchant, by_ms).await?;
            Ok(json!({"offsetMilliseconds": offset_ms}))
        }
        _ => Err(Fault::unknown_path().into()),
    }
}

/// The `byMilliseconds` of a body: how far the clock moves.
fn milliseconds(body: &Bytes) -> Result<i64, Failure> {
    let body: serde_json::Value = serde_json::from_slice(body).map_err(|_| Fault::bad_request())?;
    let by_ms = body.get("byMilliseconds").and_then(serde_json::Value::as_i64);
    let by_ms = by_ms.filter(|ms| (1..=MAX_ADVANCE_MS).contains(ms));
    Ok(by_ms.ok_or_else(|| Fault::invalid_value().at("byMilliseconds"))?)
}
