"""What the tests of identity share."""

import pytest

from identity import redis_client
from tests import makers
from tests.caller import Caller


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """No failed sign-in and no noted use of an earlier test is remembered."""
    client = redis_client.client()
    names = list(client.scan_iter(match="freehold:identity:*"))
    if names:
        client.delete(*names)


@pytest.fixture
def root(client: Caller) -> Caller:
    """A caller of acme's host with the key of an owner."""
    client.key = makers.make_key().secret
    return client
