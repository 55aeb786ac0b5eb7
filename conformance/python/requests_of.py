"""Requests of the SDK, from the JSON that the API documents."""

import itertools
import uuid

from worldline.connect.sdk.domain.data_object import DataObject
from worldline.connect.sdk.v1.domain.create_payment_request import CreatePaymentRequest
from worldline.connect.sdk.v1.domain.create_token_request import CreateTokenRequest

VISA = "4012000033330026"
EXPIRY = "1249"
RETURN_URL = "https://shop.example.com/return"

_numbers = itertools.count(1)


class Raw(DataObject):
    """A body that the types of the SDK do not allow."""

    def __init__(self, dictionary):
        self._dictionary = dictionary

    def to_dictionary(self):
        return self._dictionary


def reference() -> str:
    """A merchant reference that nothing else has."""
    return "ref-" + uuid.uuid4().hex[:20]


def fresh_card() -> str:
    """A Visa number that no rule names and no other check uses."""
    digits = f"4444{next(_numbers):011d}"
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(digits)]
    checksum = sum(number - 9 if number > 9 else number for number in doubled)
    return digits + str(-checksum % 10)


def card_json(amount=2345, currency="EUR", card=VISA, cvv=None, product=1, city=None, **inputs):
    """A card payment as JSON. `inputs` are further members of the card input."""
    details = {"cardNumber": card, "expiryDate": EXPIRY, "cardholderName": "Wile E. Coyote"}
    if cvv is not None:
        details["cvv"] = cvv
    order = {
        "amountOfMoney": {"amount": amount, "currencyCode": currency},
        "references": {"merchantReference": reference()},
    }
    if city is not None:
        order["customer"] = {"billingAddress": {"city": city, "countryCode": "NL"}}
    return {
        "order": order,
        "cardPaymentMethodSpecificInput": {"paymentProductId": product, "card": details, **inputs},
    }


def card_payment(**members) -> CreatePaymentRequest:
    """A card payment."""
    return payment(card_json(**members))


def token_payment(token: str, cvv: str) -> CreatePaymentRequest:
    """A payment with a token, as a returning consumer makes it."""
    body = card_json()
    body["cardPaymentMethodSpecificInput"] = {
        "paymentProductId": 1, "token": token, "card": {"cvv": cvv},
    }
    return payment(body)


def redirect_payment() -> CreatePaymentRequest:
    """A payment at the consumer's bank."""
    body = card_json()
    del body["cardPaymentMethodSpecificInput"]
    body["redirectPaymentMethodSpecificInput"] = {
        "paymentProductId": 809, "redirectionData": {"returnUrl": RETURN_URL},
    }
    return payment(body)


def payment(body: dict) -> CreatePaymentRequest:
    """A payment from JSON."""
    return CreatePaymentRequest().from_dictionary(body)


def token_json(card: str, expiry=EXPIRY, **members) -> dict:
    """A card token as JSON."""
    details = {"cardNumber": card, "expiryDate": expiry, "cardholderName": "Wile E. Coyote"}
    return {"paymentProductId": 1, "card": {"data": {"cardWithoutCvv": details}, **members}}


def card_token(card: str, **members) -> CreateTokenRequest:
    """A card token."""
    return CreateTokenRequest().from_dictionary(token_json(card, **members))
