"""Services."""

import pytest
from operations import OPERATIONS
from support import refused
from worldline.connect.sdk.v1.merchant.services.convert_amount_params import ConvertAmountParams
from worldline.connect.sdk.v1.validation_exception import ValidationException


def test_connection(merchant):
    assert merchant.services().testconnection().result == "OK"


def test_convert_amount(merchant):
    query = OPERATIONS["services.convertAmount"].body()
    converted = merchant.services().convert_amount(query).converted_amount
    assert isinstance(converted, int) and converted > 0
    query.target = query.source
    assert merchant.services().convert_amount(query).converted_amount == query.amount


@pytest.mark.parametrize("parameter", ["source", "target", "amount"])
def test_convert_amount_without(merchant, parameter):
    query = OPERATIONS["services.convertAmount"].body()
    setattr(query, parameter, None)
    refused(
        ValidationException, 400, "20000001",
        lambda: merchant.services().convert_amount(query), property_name=parameter,
    )


def test_convert_amount_of_an_unknown_currency(merchant):
    query = ConvertAmountParams()
    query.source, query.target, query.amount = "EUR", "QQQ", 100
    refused(
        ValidationException, 400, "1099",
        lambda: merchant.services().convert_amount(query), property_name="target",
    )
