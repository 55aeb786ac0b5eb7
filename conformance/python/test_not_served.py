"""Operations that the platform does not answer yet say so in the error envelope."""

import pytest
from requests_of import Raw
from support import refused
from worldline.connect.sdk.v1.api_exception import ApiException

NOT_SERVED = {
    "payments.capture": lambda m, payment_id: m.payments().capture(payment_id, Raw({})),
    "payments.complete": lambda m, payment_id: m.payments().complete(payment_id, Raw({})),
    "payments.captures": lambda m, payment_id: m.payments().captures(payment_id),
    "hostedcheckouts.create": lambda m, _: m.hostedcheckouts().create(Raw({})),
    "payouts.create": lambda m, _: m.payouts().create(Raw({})),
    "mandates.get": lambda m, _: m.mandates().get("A"),
    "services.getIINdetails": lambda m, _: m.services().get_iin_details(Raw({"bin": "401200"})),
}


@pytest.mark.parametrize("name", NOT_SERVED)
def test_not_served(world, merchant, name):
    payment_id = world.authorised() if name.startswith("payments.") else None
    error = refused(
        ApiException, 501, "1501", lambda: NOT_SERVED[name](merchant, payment_id),
    )
    assert error.errors[0].id == "NOT_IMPLEMENTED"
