"""Who looks at the pages."""

import pytest

from tests.console.browser import Browser
from tests.makers import make_person


@pytest.fixture
def owner_browser() -> Browser:
    make_person("dana@acme.example", name="Dana Okafor", roles=("owner",))
    return Browser().signed_in("dana@acme.example")


@pytest.fixture
def member_browser() -> Browser:
    make_person("milo@acme.example", name="Milo Member", roles=("member",))
    return Browser().signed_in("milo@acme.example")
