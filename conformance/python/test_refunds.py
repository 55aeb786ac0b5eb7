"""Refunds."""

import pytest
from requests_of import reference
from server import MERCHANT_WITH_REFUND_APPROVAL
from support import check_status, refused
from worldline.connect.sdk.v1.domain.approve_refund_request import ApproveRefundRequest
from worldline.connect.sdk.v1.domain.refund_request import RefundRequest
from worldline.connect.sdk.v1.merchant.refunds.find_refunds_params import FindRefundsParams
from worldline.connect.sdk.v1.validation_exception import ValidationException


def _of(amount, merchant_reference=None):
    body = {"amountOfMoney": {"amount": amount, "currencyCode": "EUR"}}
    if merchant_reference is not None:
        body["refundReferences"] = {"merchantReference": merchant_reference}
    return RefundRequest().from_dictionary(body)


def test_refund(world, merchant):
    payment_id = world.paid(amount=2345)
    merchant_reference = reference()
    refund = merchant.payments().refund(payment_id, _of(2345, merchant_reference))
    assert len(refund.id) == 30 and refund.id != payment_id
    # Plugins turn a refund's id into its payment's id so.
    assert refund.id.replace("-", "0") == payment_id
    check_status(refund, "REFUND_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", 800)
    assert refund.status_output.is_cancellable is True
    output = refund.refund_output
    assert (output.amount_of_money.amount, output.amount_of_money.currency_code) == (2345, "EUR")
    assert output.references.merchant_reference == merchant_reference
    assert output.card_refund_method_specific_output.total_amount_paid == 2345


def test_refund_in_parts(world, merchant):
    payment_id = world.paid(amount=1000)
    first = merchant.payments().refund(payment_id, _of(600))
    refused(
        ValidationException, 400, "300450",
        lambda: merchant.payments().refund(payment_id, _of(600)),
    )
    second = merchant.payments().refund(payment_id, RefundRequest())
    assert second.refund_output.amount_of_money.amount == 400
    assert first.id != second.id


def test_refund_waits_for_an_approval(world):
    merchant = world.merchant(MERCHANT_WITH_REFUND_APPROVAL)
    refund = merchant.refunds().get(world.refund_to_approve())
    check_status(refund, "PENDING_APPROVAL", "PENDING_MERCHANT", 600)
    assert refund.status_output.is_cancellable is True


def test_refunds_of_a_payment(world, merchant):
    payment_id = world.paid(amount=1000)
    ids = [merchant.payments().refund(payment_id, _of(100)).id for _ in range(2)]
    found = merchant.payments().refunds(payment_id).refunds
    assert sorted(refund.id for refund in found) == sorted(ids)


def test_get(world, merchant):
    refund_id = world.refund()
    refund = merchant.refunds().get(refund_id)
    assert refund.id == refund_id
    check_status(refund, "REFUND_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", 800)


def test_find(world, merchant):
    merchant_reference = reference()
    created = merchant.payments().refund(world.paid(amount=500), _of(500, merchant_reference))
    query = FindRefundsParams()
    query.merchant_reference = merchant_reference
    found = merchant.refunds().find(query)
    assert (found.total_count, found.offset, found.limit) == (1, 0, 10)
    assert [refund.id for refund in found.refunds] == [created.id]


@pytest.mark.parametrize("amount", [None, 1000])
def test_approve(world, amount):
    merchant = world.merchant(MERCHANT_WITH_REFUND_APPROVAL)
    refund_id = world.refund_to_approve()
    body = ApproveRefundRequest()
    body.amount = amount
    assert merchant.refunds().approve(refund_id, body) is None
    refund = merchant.refunds().get(refund_id)
    check_status(refund, "REFUND_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", 800)
    assert refund.refund_output.amount_of_money.amount == (amount or 2345)


def test_cancel(world, merchant):
    refund_id = world.refund()
    assert merchant.refunds().cancel(refund_id) is None
    check_status(merchant.refunds().get(refund_id), "CANCELLED", "UNSUCCESSFUL", 99999)


def test_cancelled_amount_can_be_refunded(world, merchant):
    payment_id = world.paid()
    merchant.refunds().cancel(merchant.payments().refund(payment_id, RefundRequest()).id)
    again = merchant.payments().refund(payment_id, RefundRequest())
    assert again.status == "REFUND_REQUESTED"


def test_cancel_approval(world, merchant):
    refund_id = world.refund()
    assert merchant.refunds().cancelapproval(refund_id) is None
    check_status(merchant.refunds().get(refund_id), "PENDING_APPROVAL", "PENDING_MERCHANT", 600)


def test_settled(world, server, merchant):
    payment_id = world.paid()
    refund_id = merchant.payments().refund(payment_id, RefundRequest()).id
    server.settle(payment_id)
    check_status(merchant.refunds().get(refund_id), "REFUNDED", "REFUNDED", 1800)
