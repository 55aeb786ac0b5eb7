"""Client sessions."""

import re

from operations import UNKNOWN
from server import MERCHANT
from worldline.connect.sdk.v1.domain.session_request import SessionRequest


def test_create(merchant):
    session = merchant.sessions().create(SessionRequest())
    assert re.fullmatch(r"[0-9a-f]{32}", session.client_session_id)
    assert re.fullmatch(MERCHANT + r"-[0-9a-f]{32}", session.customer_id)
    assert session.client_api_url.endswith("/client")
    assert session.asset_url.startswith("http")
    assert session.invalid_tokens is None
    other = merchant.sessions().create(SessionRequest())
    assert other.client_session_id != session.client_session_id


def test_create_with_tokens(world, merchant):
    token, unknown = world.token(), UNKNOWN["tokens"][0]
    body = SessionRequest()
    body.tokens = [token, unknown]
    assert merchant.sessions().create(body).invalid_tokens == [unknown]
