"""What the tests of the kernel share."""

import pytest

from tests import makers
from tests.caller import Caller


@pytest.fixture
def caller(client: Caller) -> Caller:
    """A program of acme with a key that may everything."""
    client.key = makers.make_key().secret
    return client
