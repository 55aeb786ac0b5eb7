"""Keys, merchants, ids and types: the refusals that every operation has in common."""

import pytest
from operations import OPERATIONS, UNKNOWN
from server import FOREIGN_KEY, FOREIGN_MERCHANT, KEY, MERCHANT, MERCHANT_WITH_REFUND_APPROVAL
from support import refused
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.authorization_exception import AuthorizationException
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

WITH_ID = [name for name, operation in OPERATIONS.items() if operation.ready]
WITH_BODY = [name for name, operation in OPERATIONS.items() if operation.wrong]
WITH_STATE = [name for name, operation in OPERATIONS.items() if operation.wrong_state]


def _unknown_id(name):
    return UNKNOWN.get(name.split(".")[0], [None])[0]


def _call(client, name, merchant=MERCHANT):
    operation = OPERATIONS[name]
    scope = client.v1().merchant(merchant)
    return lambda: operation.call(scope, _unknown_id(name), operation.body(), None)


@pytest.mark.parametrize("name", OPERATIONS)
def test_wrong_secret(server, name):
    with server.client((KEY[0], "not-the-secret")) as client:
        refused(
            AuthorizationException, 403, "9002", _call(client, name),
            message="MISSING_OR_INVALID_AUTHORIZATION",
        )


def test_unknown_key(server):
    with server.client(("nobody", KEY[1])) as client:
        refused(AuthorizationException, 403, "9002", _call(client, "services.testconnection"))


@pytest.mark.parametrize("name", OPERATIONS)
def test_foreign_merchant(client, name):
    refused(
        AuthorizationException, 403, "9007", _call(client, name, FOREIGN_MERCHANT),
        message="ACCESS_TO_MERCHANT_NOT_ALLOWED",
    )


def test_unknown_merchant(client):
    refused(
        AuthorizationException, 403, "9007", _call(client, "services.testconnection", "9999"),
    )


def test_own_merchant_of_the_other_account(server):
    with server.client(FOREIGN_KEY) as client:
        found = _call(client, "services.testconnection", FOREIGN_MERCHANT)()
        assert found.result == "OK"


@pytest.mark.parametrize("name", WITH_ID)
def test_unknown_id(client, name):
    _, code, token, property_name = UNKNOWN[name.split(".")[0]]
    refused(
        ReferenceException, 404, code, _call(client, name),
        message=token, property_name=property_name,
    )


def test_malformed_payment_id(merchant):
    operation = OPERATIONS["payments.get"]
    refused(
        ReferenceException, 404, "1002",
        lambda: operation.call(merchant, "7", operation.body(), None),
        message="UNKNOWN_PAYMENT_ID", property_name="paymentId",
    )


@pytest.mark.parametrize("name", WITH_ID)
def test_id_of_another_merchant(world, name):
    operation = OPERATIONS[name]
    owner = operation.merchant
    other = MERCHANT if owner != MERCHANT else MERCHANT_WITH_REFUND_APPROVAL
    object_id = operation.ready(world)
    scope = world.merchant(other)
    _, code, token, property_name = UNKNOWN[name.split(".")[0]]
    refused(
        ReferenceException, 404, code,
        lambda: operation.call(scope, object_id, operation.body(), None),
        message=token, property_name=property_name,
    )


@pytest.mark.parametrize("name", WITH_BODY)
def test_wrong_type(world, name):
    operation = OPERATIONS[name]
    body, property_name = operation.wrong
    object_id = operation.ready(world) if operation.ready else None
    scope = world.merchant(operation.merchant)
    error = refused(
        ValidationException, 400, "1099",
        lambda: operation.call(scope, object_id, body(), None),
        property_name=property_name,
    )
    assert error.errors[0].message.startswith("INVALID_VALUE")


@pytest.mark.parametrize("name", WITH_STATE)
def test_wrong_state(world, name):
    operation = OPERATIONS[name]
    status, code = operation.refusal
    object_id = operation.wrong_state(world)
    scope = world.merchant(operation.merchant)
    kind = ValidationException if status == 400 else ApiException
    refused(
        kind, status, code, lambda: operation.call(scope, object_id, operation.body(), None),
    )
