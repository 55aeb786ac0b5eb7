//! Services.

use florin_engine::{Fault, Rejection, money};
use florin_wire::connect::v1::types::{ConvertAmount, TestConnection};

use super::query::Parameters;
use super::{Answer, Call};
use crate::platform::{Failure, Mode, Platform};

/// `services.testconnection`
#[allow(clippy::unused_async, reason = "every handler is")]
pub(super) async fn test_connection(_: &Platform, _: &Call) -> Result<Answer, Failure> {
    Answer::json(200, &TestConnection::default().result("OK"))
}

/// `services.convertAmount`, at the sandbox's own rates.
#[allow(clippy::unused_async, reason = "every handler is")]
pub(super) async fn convert_amount(platform: &Platform, call: &Call) -> Result<Answer, Failure> {
    if platform.config.mode == Mode::Live {
        // Rates are simulated; nothing is in live mode.
        return Err(super::not_on_this_platform(&call.merchant).into());
    }
    let parameters = Parameters::new(&call.query);
    let (source, target) = (parameters.text("source"), parameters.text("target"));
    let amount = parameters.number("amount");
    let mut faults = Vec::new();
    for (name, currency) in [("source", &source), ("target", &target)] {
        match currency {
            None => faults.push(Fault::missing_parameter().at(name)),
            Some(code) if !money::has_rate(code) => {
                let message =
                    format!("INVALID_VALUE: '{code}' is not a valid value for field '{name}'");
                faults.push(Fault::invalid_value().at(name).saying(message));
            }
            Some(_) => {}
        }
    }
    match &amount {
        Ok(None) => faults.push(Fault::missing_parameter().at("amount")),
        Ok(Some(amount)) if !(0..=money::MAX_AMOUNT).contains(amount) => {
            let message = format!(
                "VALUE {amount} OF FIELD AMOUNT IS NOT A NUMBER WITH MINLENGTH 1, MAXLENGTH 12 AND PRECISION 0"
            );
            faults.push(Fault::out_of_range().at("amount").saying(message));
        }
        Ok(Some(_)) => {}
        Err(fault) => faults.push(fault.clone()),
    }
    let (Some(source), Some(target), Ok(Some(amount)), true) =
        (source, target, amount, faults.is_empty())
    else {
        return Err(Rejection(faults).into());
    };
    let converted = money::convert(amount, &source, &target).ok_or_else(Fault::out_of_range)?;
    Answer::json(200, &ConvertAmount::default().converted_amount(converted))
}
