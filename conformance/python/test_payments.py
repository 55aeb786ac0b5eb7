"""Payments that go well."""

import pytest
from operations import OPERATIONS
from requests_of import (
    EXPIRY, RETURN_URL, VISA, card_json, card_payment, payment, redirect_payment, reference,
)
from server import MERCHANT
from support import check_flags, check_status, refused
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.domain.approve_payment_request import ApprovePaymentRequest
from worldline.connect.sdk.v1.domain.refund_request import RefundRequest
from worldline.connect.sdk.v1.merchant.payments.find_payments_params import FindPaymentsParams
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams
from worldline.connect.sdk.v1.validation_exception import ValidationException


def _get(merchant, payment_id):
    return merchant.payments().get(payment_id, GetPaymentParams())


def test_create(merchant):
    body = card_json(amount=3500, currency="USD", cvv="123")
    created = merchant.payments().create(payment(body))
    assert created.merchant_action is None
    made = created.payment
    assert len(made.id) == 30 and made.id.isdigit() and made.id.startswith(MERCHANT.zfill(10))
    check_status(made, "PENDING_APPROVAL", "PENDING_MERCHANT", 600)
    check_flags(made, authorized=True, cancellable=True, refundable=False)

    merchant_reference = body["order"]["references"]["merchantReference"]
    assert created.creation_output.additional_reference == merchant_reference
    assert created.creation_output.external_reference == merchant_reference
    output = made.payment_output
    assert (output.amount_of_money.amount, output.amount_of_money.currency_code) == (3500, "USD")
    assert output.references.merchant_reference == merchant_reference
    assert output.references.payment_reference == "0"
    assert output.payment_method == "card"
    card = output.card_payment_method_specific_output
    assert card.payment_product_id == 1
    assert card.authorisation_code == "OK2334"
    assert (card.fraud_results.avs_result, card.fraud_results.cvv_result) == ("Y", "0")
    assert card.card.card_number == "*" * 12 + VISA[-4:]
    assert card.card.expiry_date == EXPIRY
    assert card.scheme_transaction_id


def test_create_without_a_reference_of_the_merchant(merchant):
    body = card_json()
    del body["order"]["references"]
    created = merchant.payments().create(payment(body))
    assert created.creation_output.external_reference == created.payment.id
    assert created.creation_output.additional_reference == created.payment.id[:20]


def test_create_as_a_sale(merchant):
    created = merchant.payments().create(card_payment(requiresApproval=False))
    check_status(created.payment, "CAPTURE_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", 800)
    check_flags(created.payment, authorized=True, cancellable=True, refundable=False)


def test_create_for_nothing_verifies_the_card(merchant):
    created = merchant.payments().create(card_payment(amount=0))
    check_status(created.payment, "ACCOUNT_VERIFIED", "ACCOUNT_VERIFIED", 300)
    check_flags(created.payment, authorized=False, cancellable=False, refundable=False)
    assert created.payment.status_output.is_retriable is False


def test_create_with_accepted_screening(merchant):
    created = merchant.payments().create(card_payment(city="Amsterdam"))
    check_status(created.payment, "PENDING_APPROVAL", "PENDING_MERCHANT", 600)
    card = created.payment.payment_output.card_payment_method_specific_output
    assert card.fraud_results.fraud_service_result == "accepted"


def test_create_with_challenged_screening(merchant):
    created = merchant.payments().create(card_payment(city="Calais"))
    check_status(created.payment, "PENDING_FRAUD_APPROVAL", "PENDING_MERCHANT", 525)
    check_flags(created.payment, authorized=True, cancellable=True, refundable=False)
    card = created.payment.payment_output.card_payment_method_specific_output
    assert card.fraud_results.fraud_service_result == "challenged"


def test_create_without_screening(merchant):
    created = merchant.payments().create(card_payment(city="Denver", skipFraudService=True))
    check_status(created.payment, "PENDING_APPROVAL", "PENDING_MERCHANT", 600)


def test_create_at_a_bank(merchant):
    created = merchant.payments().create(redirect_payment())
    check_status(created.payment, "REDIRECTED", "PENDING_PAYMENT", 20)
    check_flags(created.payment, authorized=False, cancellable=False, refundable=False)
    assert created.merchant_action.action_type == "REDIRECT"
    redirect = created.merchant_action.redirect_data
    assert redirect.returnmac and redirect.redirect_url.startswith("http")
    output = created.payment.payment_output
    assert output.payment_method == "redirect"
    assert output.redirect_payment_method_specific_output.payment_product_id == 809


def test_create_with_authentication(merchant):
    maestro = {
        "card": "6331101999990073", "cvv": "321", "amount": 8300, "currency": "GBP",
        "product": 117, "threeDSecure": {"redirectionData": {"returnUrl": RETURN_URL}},
    }
    created = merchant.payments().create(card_payment(**maestro))
    check_status(created.payment, "REDIRECTED", "PENDING_PAYMENT", 50)
    assert created.merchant_action.action_type == "REDIRECT"
    assert created.merchant_action.redirect_data.redirect_url.startswith("http")


def test_get(world, merchant):
    payment_id = world.authorised()
    found = _get(merchant, payment_id)
    assert found.id == payment_id
    check_status(found, "PENDING_APPROVAL", "PENDING_MERCHANT", 600)


def test_find(world, merchant):
    merchant_reference = reference()
    ids = []
    for _ in range(3):
        body = card_json()
        body["order"]["references"]["merchantReference"] = merchant_reference
        ids.append(merchant.payments().create(payment(body)).payment.id)
    query = FindPaymentsParams()
    query.merchant_reference = merchant_reference
    found = merchant.payments().find(query)
    assert (found.total_count, found.offset, found.limit) == (3, 0, 10)
    assert {entry.id for entry in found.payments} == set(ids)
    pages = []
    for offset in range(3):
        query.offset, query.limit = offset, 1
        found = merchant.payments().find(query)
        assert (found.total_count, found.offset, found.limit) == (3, offset, 1)
        pages += [entry.id for entry in found.payments]
    assert sorted(pages) == sorted(ids)


def test_find_by_order(merchant):
    order_id = 987654
    body = card_json()
    body["order"]["references"]["merchantOrderId"] = order_id
    created = merchant.payments().create(payment(body))
    query = FindPaymentsParams()
    query.merchant_order_id = order_id
    found = merchant.payments().find(query)
    assert [entry.id for entry in found.payments] == [created.payment.id]
    assert found.payments[0].payment_output.references.merchant_order_id == order_id


def test_find_nothing(merchant):
    query = FindPaymentsParams()
    query.merchant_reference = reference()
    assert merchant.payments().find(query).total_count == 0


def test_approve(world, merchant):
    payment_id = world.authorised()
    approved = merchant.payments().approve(payment_id, ApprovePaymentRequest()).payment
    assert approved.id == payment_id
    check_status(approved, "CAPTURE_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", 800)
    check_flags(approved, authorized=True, cancellable=True, refundable=False)


def test_approve_in_part(world, merchant):
    body = ApprovePaymentRequest()
    body.amount = 1000
    approved = merchant.payments().approve(world.authorised(), body).payment
    assert approved.payment_output.amount_of_money.amount == 1000


def test_approve_too_much(world, merchant):
    body = ApprovePaymentRequest()
    body.amount = 2346
    payment_id = world.authorised(amount=2345)
    refused(
        ValidationException, 400, "21000050",
        lambda: merchant.payments().approve(payment_id, body), property_name="amount",
    )
    assert _get(merchant, payment_id).status == "PENDING_APPROVAL"


def test_cancel_approval(world, merchant):
    payment_id = world.approved()
    undone = merchant.payments().cancelapproval(payment_id).payment
    check_status(undone, "PENDING_APPROVAL", "PENDING_MERCHANT", 600)


def test_approve_again(world, merchant):
    payment_id = world.approved()
    merchant.payments().cancelapproval(payment_id)
    approved = merchant.payments().approve(payment_id, ApprovePaymentRequest()).payment
    check_status(approved, "CAPTURE_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", 800)


def test_cancel(world, merchant):
    payment_id = world.authorised()
    cancelled = merchant.payments().cancel(payment_id)
    check_status(cancelled.payment, "CANCELLED", "UNSUCCESSFUL", 99999)
    check_flags(cancelled.payment, authorized=False, cancellable=False, refundable=False)
    assert cancelled.card_payment_method_specific_output.void_response_id == "00"


@pytest.mark.parametrize("state", ["approved", "challenged"])
def test_cancel_when(world, merchant, state):
    payment_id = getattr(world, state)()
    cancelled = merchant.payments().cancel(payment_id)
    check_status(cancelled.payment, "CANCELLED", "UNSUCCESSFUL", 99999)


def test_cancel_a_paid_payment(world, merchant):
    payment_id = world.paid()
    refused(ApiException, 402, "410110", lambda: merchant.payments().cancel(payment_id))


def test_process_challenged(world, merchant):
    processed = merchant.payments().processchallenged(world.challenged())
    check_status(processed, "PENDING_APPROVAL", "PENDING_MERCHANT", 600)


def test_settled(world, merchant):
    found = _get(merchant, world.paid())
    check_status(found, "PAID", "COMPLETED", 1000)
    check_flags(found, authorized=True, cancellable=False, refundable=True)


def test_refunded(world, server, merchant):
    payment_id = world.paid()
    merchant.payments().refund(payment_id, RefundRequest())
    server.settle(payment_id)
    found = _get(merchant, payment_id)
    check_status(found, "REFUNDED", "REFUNDED", 1800)
    check_flags(found, authorized=True, cancellable=False, refundable=False)


def test_create_for_an_order_that_is_paid(server, merchant):
    body = card_json(requiresApproval=False)
    body["order"]["references"]["merchantOrderId"] = 123456
    created = merchant.payments().create(payment(body))
    server.settle(created.payment.id)
    refused(ApiException, 402, "400120", lambda: merchant.payments().create(payment(body)))


def test_status_never_runs_backwards(world, merchant):
    payment_id = world.authorised()
    stamps = [_get(merchant, payment_id)]
    for name in ("payments.approve", "payments.cancelapproval", "payments.cancel"):
        operation = OPERATIONS[name]
        operation.call(merchant, payment_id, operation.body(), None)
        stamps.append(_get(merchant, payment_id))
    stamps = [found.status_output.status_code_change_date_time for found in stamps]
    assert stamps == sorted(stamps)
