"""What a refusal has to look like."""

import re

import pytest

ERROR_ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(-[0-9a-f]{8})?"
)


def refused(kind, status: int, code: str, call, *, message=None, property_name=None):
    """Calls, and checks that it raises just that class with one such error. Returns the exception."""
    with pytest.raises(Exception) as caught:
        call()
    error = caught.value
    # A subclass would be another category of the SDK.
    assert type(error) is kind, repr(error)
    assert error.status_code == status, error
    assert ERROR_ID.fullmatch(error.error_id), error
    assert [entry.code for entry in error.errors] == [code], error
    check_entry(error.errors[0], status)
    if message is not None:
        assert error.errors[0].message == message, error
    if property_name is not None:
        assert error.errors[0].property_name == property_name, error
    return error


def check_entry(entry, status: int):
    """Checks what every entry of an error answer has."""
    assert isinstance(entry.code, str)
    assert entry.id and entry.message
    assert entry.http_status_code == status
    categories = {"CONNECT_PLATFORM_ERROR", "PAYMENT_PLATFORM_ERROR", "IO_ERROR"}
    assert entry.category in categories


def check_status(thing, status: str, category: str, code: int):
    """Checks the status of a payment or a refund."""
    assert thing.status == status
    assert thing.status_output.status_category == category
    assert thing.status_output.status_code == code
    assert re.fullmatch(r"\d{14}", thing.status_output.status_code_change_date_time)


def check_flags(payment, *, authorized: bool, cancellable: bool, refundable: bool):
    """Checks what a client may conclude from the status of a payment."""
    output = payment.status_output
    found = (output.is_authorized, output.is_cancellable, output.is_refundable)
    assert found == (authorized, cancellable, refundable)
