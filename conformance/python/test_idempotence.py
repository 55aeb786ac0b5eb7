"""Requests that are sent twice with the same key."""

import threading
import time
import uuid

import pytest
from operations import OPERATIONS
from requests_of import card_json, card_payment, payment, reference
from worldline.connect.sdk.call_context import CallContext
from worldline.connect.sdk.v1.declined_payment_exception import DeclinedPaymentException
from worldline.connect.sdk.v1.idempotence_exception import IdempotenceException
from worldline.connect.sdk.v1.merchant.payments.find_payments_params import FindPaymentsParams

IDEMPOTENT = [
    "payments.create", "payments.approve", "payments.cancelapproval", "payments.cancel",
    "payments.processchallenged", "payments.refund", "payments.tokenize",
    "refunds.approve", "refunds.cancel", "refunds.cancelapproval",
    "tokens.create", "tokens.update", "tokens.delete", "sessions.create",
]
# The amount for which the issuer of simulator.toml takes 1.5 seconds.
SLOW = 7777


def _key():
    return str(uuid.uuid4())


def _shown(answer):
    return None if answer is None else answer.to_dictionary()


@pytest.mark.parametrize("name", IDEMPOTENT)
def test_replay(world, name):
    operation = OPERATIONS[name]
    scope = world.merchant(operation.merchant)
    object_id = operation.ready(world) if operation.ready else None
    key, body = _key(), operation.body()
    first, second = CallContext(key), CallContext(key)
    before_ms = time.time_ns() // 1_000_000
    answer = operation.call(scope, object_id, body, first)
    after_ms = time.time_ns() // 1_000_000
    repeated = operation.call(scope, object_id, body, second)
    assert _shown(repeated) == _shown(answer)
    assert first.idempotence_request_timestamp is None
    assert before_ms <= int(second.idempotence_request_timestamp) <= after_ms


def test_replay_of_a_decline(merchant):
    key, body, raised = _key(), card_payment(amount=360), []
    for _ in range(2):
        context = CallContext(key)
        with pytest.raises(DeclinedPaymentException) as caught:
            merchant.payments().create(body, context)
        raised.append((caught.value, context.idempotence_request_timestamp))
    (first, first_time), (second, second_time) = raised
    assert (first_time, second_time is None) == (None, False)
    assert second.status_code == first.status_code == 402
    assert second.create_payment_result.payment.id == first.create_payment_result.payment.id
    assert [e.code for e in second.errors] == [e.code for e in first.errors] == ["430360"]


def test_the_payload_of_a_replay_does_not_matter(merchant):
    key = _key()
    first = merchant.payments().create(card_payment(amount=100), CallContext(key))
    second = merchant.payments().create(card_payment(amount=200), CallContext(key))
    assert second.payment.id == first.payment.id
    assert second.payment.payment_output.amount_of_money.amount == 100


def test_a_refused_request_can_be_corrected(merchant):
    key = _key()
    body = card_json()
    body["cardPaymentMethodSpecificInput"]["card"]["expiryDate"] = "0120"
    with pytest.raises(Exception):
        merchant.payments().create(payment(body), CallContext(key))
    context = CallContext(key)
    created = merchant.payments().create(card_payment(), context)
    assert created.payment.status == "PENDING_APPROVAL"
    assert context.idempotence_request_timestamp is None


def test_another_key_makes_another_payment(merchant):
    body = card_payment()
    first = merchant.payments().create(body, CallContext(_key()))
    second = merchant.payments().create(body, CallContext(_key()))
    assert second.payment.id != first.payment.id


def test_concurrent_duplicate(merchant):
    key, body, made = _key(), card_payment(amount=SLOW), []
    first = threading.Thread(
        target=lambda: made.append(merchant.payments().create(body, CallContext(key)))
    )
    first.start()
    time.sleep(0.5)
    with pytest.raises(IdempotenceException) as caught:
        merchant.payments().create(body, CallContext(key))
    first.join()
    error = caught.value
    assert error.status_code == 409
    assert [entry.code for entry in error.errors] == ["1409"]
    assert error.idempotence_key == key
    assert int(error.idempotence_request_timestamp) > 0
    # Once the first has finished, its answer is repeated.
    context = CallContext(key)
    repeated = merchant.payments().create(body, context)
    assert repeated.payment.id == made[0].payment.id
    assert context.idempotence_request_timestamp == error.idempotence_request_timestamp


def test_many_duplicates_make_one_payment(server):
    merchant_reference = reference()
    body = card_json()
    body["order"]["references"]["merchantReference"] = merchant_reference
    body, key = payment(body), _key()
    ids, conflicts, others = [], [], []
    start = threading.Barrier(8)

    def create():
        with server.client() as client:
            start.wait()
            try:
                made = client.v1().merchant("1226").payments().create(body, CallContext(key))
                ids.append(made.payment.id)
            except IdempotenceException as conflict:
                conflicts.append(conflict)
            except Exception as other:  # pylint: disable=broad-except
                others.append(other)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not others
    assert len(ids) + len(conflicts) == 8
    assert len(set(ids)) == 1
    query = FindPaymentsParams()
    query.merchant_reference = merchant_reference
    with server.client() as client:
        assert client.v1().merchant("1226").payments().find(query).total_count == 1


def test_a_key_on_a_call_that_changes_nothing_is_ignored(world, merchant):
    operation = OPERATIONS["payments.get"]
    payment_id, key = world.authorised(), _key()
    for _ in range(2):
        context = CallContext(key)
        operation.call(merchant, payment_id, operation.body(), context)
        assert context.idempotence_request_timestamp is None
