"""Requests with faults of their own: each is named by code and property, all at once."""

import pytest
from requests_of import Raw, card_json, card_token, fresh_card, token_json
from support import check_entry, refused
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

CARD = "cardPaymentMethodSpecificInput"
MISSING = object()


def _with(path: str, value):
    """A card payment with one member changed."""
    body = card_json()
    *parents, name = path.split(".")
    target = body
    for parent in parents:
        target = target[parent]
    if value is MISSING:
        del target[name]
    else:
        target[name] = value
    return Raw(body)


FAULTS = {
    "missing-amount": ("order.amountOfMoney.amount", MISSING, "20000000"),
    "missing-currency": ("order.amountOfMoney.currencyCode", MISSING, "20000000"),
    "missing-product": (f"{CARD}.paymentProductId", MISSING, "20000000"),
    "missing-card-number": (f"{CARD}.card.cardNumber", MISSING, "20000000"),
    "missing-expiry": (f"{CARD}.card.expiryDate", MISSING, "20000000"),
    "negative-amount": ("order.amountOfMoney.amount", -1, "21000050"),
    "amount-too-long": ("order.amountOfMoney.amount", 10**12, "21000050"),
    "unknown-currency": ("order.amountOfMoney.currencyCode", "QQQ", "1099"),
    "luhn": (f"{CARD}.card.cardNumber", "4567350000427978", "21000020"),
    "expired": (f"{CARD}.card.expiryDate", "0120", "21000120"),
    "no-month": (f"{CARD}.card.expiryDate", "1349", "21000120"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_payment(merchant, fault):
    path, value, code = FAULTS[fault]
    error = refused(
        ValidationException, 400, code,
        lambda: merchant.payments().create(_with(path, value)), property_name=path,
    )
    if fault == "luhn":
        # The number itself is in no answer.
        assert value not in error.response_body
        assert error.errors[0].message.startswith("VALUE **************** OF FIELD CREDITCARD")


def test_payment_with_an_unknown_product(merchant):
    path = f"{CARD}.paymentProductId"
    refused(
        ReferenceException, 404, "1007",
        lambda: merchant.payments().create(_with(path, 99999)),
        message="UNKNOWN_PRODUCT_ID", property_name=path,
    )


def test_payment_with_an_unknown_token(merchant):
    body = card_json()
    body[CARD] = {"paymentProductId": 1, "token": "00000000-0000-4000-8000-000000000000"}
    refused(ReferenceException, 404, "1404", lambda: merchant.payments().create(Raw(body)))


def test_payment_with_several_faults(merchant):
    body = card_json()
    body["order"]["amountOfMoney"] = {"amount": "many"}
    body[CARD]["card"]["cardNumber"] = "4567350000427978"
    body[CARD]["card"]["expiryDate"] = "0120"
    with pytest.raises(ValidationException) as caught:
        merchant.payments().create(Raw(body))
    found = {(entry.property_name, entry.code) for entry in caught.value.errors}
    assert found >= {
        ("order.amountOfMoney.amount", "1099"),
        ("order.amountOfMoney.currencyCode", "20000000"),
        (f"{CARD}.card.cardNumber", "21000020"),
        (f"{CARD}.card.expiryDate", "21000120"),
    }
    for entry in caught.value.errors:
        check_entry(entry, 400)


def test_tolerated_types(merchant):
    """Gateway libraries send numbers and booleans as strings, nulls, and members that nobody knows."""
    body = card_json()
    body["order"]["amountOfMoney"]["amount"] = "2345"
    body["order"]["shoppingCart"] = None
    body["order"]["unheardOf"] = {}
    body[CARD]["paymentProductId"] = "1"
    body[CARD]["requiresApproval"] = "false"
    created = merchant.payments().create(Raw(body))
    assert created.payment.status == "CAPTURE_REQUESTED"


def test_token(merchant):
    path = "card.data.cardWithoutCvv.cardNumber"
    refused(
        ValidationException, 400, "21000020",
        lambda: merchant.tokens().create(card_token("4567350000427978")), property_name=path,
    )
    body = token_json(fresh_card())
    del body["paymentProductId"]
    refused(
        ValidationException, 400, "20000000",
        lambda: merchant.tokens().create(Raw(body)), property_name="paymentProductId",
    )
