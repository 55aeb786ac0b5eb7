"""The operations of the slice: how the SDK calls each, and what each needs to be called.

The checks that are the same for every operation (keys, merchants, ids, wrong types, repeats) run over this table.
"""

from dataclasses import dataclass
from typing import Any, Callable, Optional

from requests_of import (
    Raw, card_payment, card_json, card_token, fresh_card, reference, token_json,
)
from server import MERCHANT, MERCHANT_WITH_REFUND_APPROVAL
from worldline.connect.sdk.v1.domain.approve_payment_request import ApprovePaymentRequest
from worldline.connect.sdk.v1.domain.approve_refund_request import ApproveRefundRequest
from worldline.connect.sdk.v1.domain.refund_request import RefundRequest
from worldline.connect.sdk.v1.domain.session_request import SessionRequest
from worldline.connect.sdk.v1.domain.tokenize_payment_request import TokenizePaymentRequest
from worldline.connect.sdk.v1.domain.update_token_request import UpdateTokenRequest
from worldline.connect.sdk.v1.merchant.payments.find_payments_params import FindPaymentsParams
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams
from worldline.connect.sdk.v1.merchant.refunds.find_refunds_params import FindRefundsParams
from worldline.connect.sdk.v1.merchant.services.convert_amount_params import ConvertAmountParams
from worldline.connect.sdk.v1.merchant.tokens.delete_token_params import DeleteTokenParams


@dataclass(frozen=True)
class Operation:
    """An operation of the slice."""

    call: Callable[..., Any]
    """Calls it: the SDK's merchant, an id, a body, a call context."""
    body: Callable[[], Any] = lambda: None
    """A good body, or the query parameters."""
    wrong: Optional[tuple[Callable[[], Raw], str]] = None
    """A body with a member of the wrong type, and where that is."""
    ready: Optional[Callable[["World"], str]] = None
    """Makes an object that the operation applies to, and gives its id."""
    wrong_state: Optional[Callable[["World"], str]] = None
    """Makes an object that the operation does not apply to, and gives its id."""
    refusal: tuple[int, str] = (402, "410110")
    """How it is refused there: HTTP status and code."""
    merchant: str = MERCHANT
    """Whose object it is."""


class World:
    """Makes objects in given states, through the SDK."""

    def __init__(self, server, client):
        self.server = server
        self._client = client

    def merchant(self, merchant_id=MERCHANT):
        """The SDK's client of a merchant."""
        return self._client.v1().merchant(merchant_id)

    def authorised(self, merchant_id=MERCHANT, **members) -> str:
        """A payment that waits for an approval."""
        created = self.merchant(merchant_id).payments().create(card_payment(**members))
        assert created.payment.status == "PENDING_APPROVAL"
        return created.payment.id

    def challenged(self) -> str:
        """A payment that fraud screening wants looked at."""
        created = self.merchant().payments().create(card_payment(city="Calais"))
        assert created.payment.status == "PENDING_FRAUD_APPROVAL"
        return created.payment.id

    def approved(self, merchant_id=MERCHANT, **members) -> str:
        """A payment in the capture queue."""
        payment_id = self.authorised(merchant_id, **members)
        self.merchant(merchant_id).payments().approve(payment_id, ApprovePaymentRequest())
        return payment_id

    def cancelled(self) -> str:
        """A payment that was given back."""
        payment_id = self.authorised()
        self.merchant().payments().cancel(payment_id)
        return payment_id

    def declined(self) -> str:
        """A payment that the issuer refused."""
        reference_of_it = reference()
        body = card_json(amount=360)
        body["order"]["references"]["merchantReference"] = reference_of_it
        try:
            self.merchant().payments().create(Raw(body))
        except Exception as declined:  # pylint: disable=broad-except
            return declined.create_payment_result.payment.id
        raise AssertionError("it was not declined")

    def paid(self, merchant_id=MERCHANT, **members) -> str:
        """A payment whose money has arrived."""
        payment_id = self.approved(merchant_id, **members)
        self.server.settle(payment_id, merchant_id)
        return payment_id

    def refund(self) -> str:
        """A refund on its way."""
        created = self.merchant().payments().refund(self.paid(), RefundRequest())
        assert created.status == "REFUND_REQUESTED"
        return created.id

    def refund_to_approve(self) -> str:
        """A refund that waits for an approval."""
        merchant = self.merchant(MERCHANT_WITH_REFUND_APPROVAL)
        paid = self.paid(MERCHANT_WITH_REFUND_APPROVAL)
        created = merchant.payments().refund(paid, RefundRequest())
        assert created.status == "PENDING_APPROVAL"
        return created.id

    def cancelled_refund(self) -> str:
        """A refund that will not be made."""
        refund_id = self.refund()
        self.merchant().refunds().cancel(refund_id)
        return refund_id

    def token(self) -> str:
        """A token of a card that has no other."""
        return self.merchant().tokens().create(card_token(fresh_card())).token


def _params(kind, **members):
    """Query parameters."""
    params = kind()
    for name, value in members.items():
        setattr(params, name, value)
    return params


def _raw(path: str):
    """A body whose only member, at a path, is of the wrong type."""
    body: Any = "wrong"
    for name in reversed(path.split(".")):
        body = {name: body}
    return (lambda: Raw(body)), path


def _wrong_payment():
    body = card_json()
    body["order"]["amountOfMoney"]["amount"] = "50.3"
    return Raw(body)


def _wrong_token():
    return Raw({**token_json(fresh_card()), "paymentProductId": "wrong"})


OPERATIONS = {
    "services.testconnection": Operation(
        call=lambda merchant, _id, _body, context: merchant.services().testconnection(context),
    ),
    "services.convertAmount": Operation(
        call=lambda merchant, _id, body, context: merchant.services().convert_amount(body, context),
        body=lambda: _params(ConvertAmountParams, source="EUR", target="USD", amount=1000),
    ),
    "payments.create": Operation(
        call=lambda merchant, _id, body, context: merchant.payments().create(body, context),
        body=card_payment,
        wrong=(_wrong_payment, "order.amountOfMoney.amount"),
    ),
    "payments.get": Operation(
        call=lambda merchant, id_, body, context: merchant.payments().get(id_, body, context),
        body=GetPaymentParams,
        ready=World.authorised,
    ),
    "payments.find": Operation(
        call=lambda merchant, _id, body, context: merchant.payments().find(body, context),
        body=FindPaymentsParams,
    ),
    "payments.approve": Operation(
        call=lambda merchant, id_, body, context: merchant.payments().approve(id_, body, context),
        body=ApprovePaymentRequest,
        wrong=_raw("amount"),
        ready=World.authorised,
        wrong_state=World.approved,
    ),
    "payments.cancelapproval": Operation(
        call=lambda merchant, id_, _body, context: merchant.payments().cancelapproval(id_, context),
        ready=World.approved,
        wrong_state=World.authorised,
    ),
    "payments.cancel": Operation(
        call=lambda merchant, id_, _body, context: merchant.payments().cancel(id_, context),
        ready=World.authorised,
        wrong_state=World.cancelled,
    ),
    "payments.processchallenged": Operation(
        call=lambda merchant, id_, _body, context: (
            merchant.payments().processchallenged(id_, context)
        ),
        ready=World.challenged,
        wrong_state=World.authorised,
    ),
    "payments.refund": Operation(
        call=lambda merchant, id_, body, context: merchant.payments().refund(id_, body, context),
        body=RefundRequest,
        wrong=(
            lambda: Raw({"amountOfMoney": {"amount": "wrong", "currencyCode": "EUR"}}),
            "amountOfMoney.amount",
        ),
        ready=World.paid,
        wrong_state=World.approved,
        refusal=(400, "300450"),
    ),
    "payments.refunds": Operation(
        call=lambda merchant, id_, _body, context: merchant.payments().refunds(id_, context),
        ready=World.authorised,
    ),
    "payments.tokenize": Operation(
        call=lambda merchant, id_, body, context: merchant.payments().tokenize(id_, body, context),
        body=TokenizePaymentRequest,
        wrong=(lambda: Raw({"alias": ["wrong"]}), "alias"),
        ready=lambda world: world.authorised(card=fresh_card()),
        wrong_state=World.declined,
    ),
    "refunds.get": Operation(
        call=lambda merchant, id_, _body, context: merchant.refunds().get(id_, context),
        ready=World.refund,
    ),
    "refunds.find": Operation(
        call=lambda merchant, _id, body, context: merchant.refunds().find(body, context),
        body=FindRefundsParams,
    ),
    "refunds.approve": Operation(
        call=lambda merchant, id_, body, context: merchant.refunds().approve(id_, body, context),
        body=ApproveRefundRequest,
        wrong=_raw("amount"),
        ready=World.refund_to_approve,
        wrong_state=lambda world: _approved_refund(world),
        merchant=MERCHANT_WITH_REFUND_APPROVAL,
    ),
    "refunds.cancel": Operation(
        call=lambda merchant, id_, _body, context: merchant.refunds().cancel(id_, context),
        ready=World.refund,
        wrong_state=World.cancelled_refund,
    ),
    "refunds.cancelapproval": Operation(
        call=lambda merchant, id_, _body, context: merchant.refunds().cancelapproval(id_, context),
        ready=World.refund,
        wrong_state=World.cancelled_refund,
    ),
    "tokens.create": Operation(
        call=lambda merchant, _id, body, context: merchant.tokens().create(body, context),
        body=lambda: card_token(fresh_card()),
        wrong=(_wrong_token, "paymentProductId"),
    ),
    "tokens.get": Operation(
        call=lambda merchant, id_, _body, context: merchant.tokens().get(id_, context),
        ready=World.token,
    ),
    "tokens.update": Operation(
        call=lambda merchant, id_, body, context: merchant.tokens().update(id_, body, context),
        body=lambda: UpdateTokenRequest().from_dictionary(token_json(fresh_card())),
        wrong=(_wrong_token, "paymentProductId"),
        ready=World.token,
    ),
    "tokens.delete": Operation(
        call=lambda merchant, id_, body, context: merchant.tokens().delete(id_, body, context),
        body=DeleteTokenParams,
        ready=World.token,
    ),
    "sessions.create": Operation(
        call=lambda merchant, _id, body, context: merchant.sessions().create(body, context),
        body=SessionRequest,
        wrong=_raw("tokens"),
    ),
}


def _approved_refund(world: World) -> str:
    refund_id = world.refund_to_approve()
    merchant = world.merchant(MERCHANT_WITH_REFUND_APPROVAL)
    merchant.refunds().approve(refund_id, ApproveRefundRequest())
    return refund_id


UNKNOWN = {
    "payments": ("000000122609999999990000100001", "1002", "UNKNOWN_PAYMENT_ID", "paymentId"),
    "refunds": ("00000012260999999999000-100001", "1404", "UNKNOWN_REFUND_ID", "refundId"),
    "tokens": ("00000000-0000-4000-8000-000000000000", "1404", "UNKNOWN_TOKEN_ID", "tokenId"),
}
"""For each group: an id that nothing has, and the code, token and property of the refusal."""
