"""Tokens, and payments that make and use them."""

from operations import UNKNOWN
from requests_of import card_payment, card_token, fresh_card, token_json, token_payment
from support import refused
from worldline.connect.sdk.v1.domain.tokenize_payment_request import TokenizePaymentRequest
from worldline.connect.sdk.v1.domain.update_token_request import UpdateTokenRequest
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams
from worldline.connect.sdk.v1.merchant.tokens.delete_token_params import DeleteTokenParams
from worldline.connect.sdk.v1.reference_exception import ReferenceException


def _masked(card):
    return "*" * (len(card) - 4) + card[-4:]


def test_create(merchant):
    created = merchant.tokens().create(card_token(fresh_card()))
    assert len(created.token) == 36
    assert created.is_new_token is True


def test_create_again_finds_the_token(merchant):
    card = fresh_card()
    first = merchant.tokens().create(card_token(card))
    second = merchant.tokens().create(card_token(card, expiry="0148"))
    assert second.token == first.token
    assert second.is_new_token is False
    # What was stored stays as it was.
    stored = merchant.tokens().get(first.token).card.data.card_without_cvv
    assert stored.expiry_date == "1249"


def test_get(merchant):
    card = fresh_card()
    token = merchant.tokens().create(card_token(card, alias="mine")).token
    found = merchant.tokens().get(token)
    assert (found.id, found.payment_product_id, found.card.alias) == (token, 1, "mine")
    data = found.card.data.card_without_cvv
    assert (data.card_number, data.expiry_date) == (_masked(card), "1249")
    assert data.cardholder_name == "Wile E. Coyote"


def test_update(world, merchant):
    token = world.token()
    card = fresh_card()
    body = UpdateTokenRequest().from_dictionary(token_json(card, expiry="0148", alias="other"))
    assert merchant.tokens().update(token, body) is None
    found = merchant.tokens().get(token)
    assert found.card.alias == "other"
    data = found.card.data.card_without_cvv
    assert (data.card_number, data.expiry_date) == (_masked(card), "0148")


def test_delete(world, merchant):
    token = world.token()
    assert merchant.tokens().delete(token, DeleteTokenParams()) is None
    _, code, message, _ = UNKNOWN["tokens"]
    refused(
        ReferenceException, 404, code, lambda: merchant.tokens().get(token), message=message,
    )


def test_tokenize(merchant):
    card = fresh_card()
    payment_id = merchant.payments().create(card_payment(card=card)).payment.id
    body = TokenizePaymentRequest()
    body.alias = "my card"
    created = merchant.payments().tokenize(payment_id, body)
    assert created.is_new_token is True
    assert created.original_payment_id == payment_id
    found = merchant.tokens().get(created.token)
    assert found.card.alias == "my card"
    assert found.original_payment_id == payment_id
    again = merchant.payments().tokenize(payment_id, TokenizePaymentRequest())
    assert (again.token, again.is_new_token) == (created.token, False)


def test_payment_that_makes_a_token(merchant):
    created = merchant.payments().create(card_payment(card=fresh_card(), tokenize=True))
    output = created.creation_output
    assert output.is_new_token is True
    assert output.tokenization_succeeded in (True, None)
    assert merchant.tokens().get(output.token).id == output.token


def test_payment_that_starts_a_series(merchant):
    created = merchant.payments().create(card_payment(
        card=fresh_card(), isRecurring=True,
        recurring={"recurringPaymentSequenceIndicator": "first"},
    ))
    assert created.creation_output.token


def test_payment_with_a_token(merchant):
    card = fresh_card()
    token = merchant.tokens().create(card_token(card)).token
    created = merchant.payments().create(token_payment(token, cvv="123"))
    assert created.payment.status == "PENDING_APPROVAL"
    found = merchant.payments().get(created.payment.id, GetPaymentParams())
    output = found.payment_output.card_payment_method_specific_output
    assert output.token == token
    assert output.card.card_number == _masked(card)
