"""Payments that are declined: each documented class of refusal, with the payment that was stored."""

import pytest
from requests_of import card_payment
from support import check_flags, check_status
from worldline.connect.sdk.v1.declined_payment_exception import DeclinedPaymentException
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams

VISA = {"card": "4012000033330026", "currency": "USD", "cvv": "123"}
VISA_EUR = {"card": "4012000033330026", "currency": "EUR"}
DISCOVER = {"card": "6011000991300009", "currency": "USD", "cvv": "123", "product": 128}

# The code, how it is asked for, its message, whether another try can succeed.
DECLINES = {
    "430260": ({**VISA, "amount": 7100}, "Not authorised", False),
    "430285": ({**DISCOVER, "amount": 1101}, "Not authorised", True),
    "430306": ({**VISA, "amount": 6100}, "Card expired", False),
    "430327": ({**VISA, "amount": 3100}, "Unable to authorise", True),
    "430330": ({**VISA, "amount": 4100}, "Not authorised", False),
    "430409": ({**VISA, "amount": 2100}, "Referred", True),
    "430424": ({**DISCOVER, "amount": 100}, "Unable to authorise", True),
    "430475": ({**VISA, "amount": 3156}, "Not authorised", False),
    # Of each class without a documented card one stands for all.
    "430215": ({**VISA_EUR, "amount": 215}, "Unable to authorise", True),
    "430357": ({**VISA_EUR, "amount": 357}, "Lost or stolen card", False),
    "430360": ({**VISA_EUR, "amount": 360}, "Insufficient funds", True),
    "430403": ({**VISA_EUR, "amount": 403}, "Unable to authorise", True),
    "430692": ({**VISA_EUR, "amount": 692}, "CVV2 declined", True),
}


def _declined(merchant, **members) -> DeclinedPaymentException:
    with pytest.raises(DeclinedPaymentException) as caught:
        merchant.payments().create(card_payment(**members))
    error = caught.value
    assert error.status_code == 402
    assert error.error_id
    return error


def _check(merchant, error, code, message, retriable, status_code):
    assert [(entry.code, entry.message) for entry in error.errors] == [(code, message)]
    assert error.errors[0].http_status_code == 402
    result = error.create_payment_result
    assert result.merchant_action is None
    assert result.creation_output.external_reference
    for found in (result.payment, merchant.payments().get(result.payment.id, GetPaymentParams())):
        assert found.id == result.payment.id
        check_status(found, "REJECTED", "UNSUCCESSFUL", status_code)
        check_flags(found, authorized=False, cancellable=False, refundable=False)
        assert found.status_output.is_retriable is retriable
        assert [entry.code for entry in found.status_output.errors] == [code]
        card = found.payment_output.card_payment_method_specific_output
        assert card.authorisation_code is None


@pytest.mark.parametrize("code", DECLINES)
def test_declined(merchant, code):
    members, message, retriable = DECLINES[code]
    error = _declined(merchant, **members)
    _check(merchant, error, code, message, retriable, 100)


def test_denied_by_screening(merchant):
    error = _declined(merchant, city="Denver")
    _check(merchant, error, "430421", "Not authorised", False, 160)
    payment = error.create_payment_result.payment
    card = payment.payment_output.card_payment_method_specific_output
    assert card.fraud_results.fraud_service_result == "denied"
