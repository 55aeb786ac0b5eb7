//! Client sessions.

use florin_wire::connect::v1::types::{SessionRequest, SessionResponse};
use florin_wire::json;

use super::{Answer, Call, parse, replay};
use crate::platform::{Failure, Platform, StartedSession};

/// Kept for client libraries of 2019 and before, which chose a host by it.
const REGION: &str = "EU";

/// `sessions.create`
pub(super) async fn create(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    let (request, faults) = parse::body::<SessionRequest>(call)?;
    parse::refuse_if(faults)?;
    let filters = request.payment_product_filters.as_deref().map(|it| json::storable(it));
    let tokens = request.tokens.unwrap_or_default();
    let public_url = &platform.config.public_url;
    let respond = |started: &StartedSession| {
        let mut response = SessionResponse::default()
            .client_session_id(started.id.as_str())
            .customer_id(started.customer.as_str())
            .client_api_url(format!("{public_url}/client"))
            .asset_url(format!("{public_url}/"))
            .region(REGION);
        if !started.invalid_tokens.is_empty() {
            response = response.invalid_tokens(started.invalid_tokens.clone());
        }
        response
    };
    let sealed = |started: &StartedSession| {
        let body = serde_json::to_vec(&respond(started))?;
        replay::seal(platform, &call.merchant, &body)
    };
    let remember = call.remember.as_ref();
    let started = platform.start_session(&call.merchant, tokens, filters, remember, sealed).await?;
    Answer::json(200, &respond(&started))
}
