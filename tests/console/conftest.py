"""Who looks at the pages."""

import pytest

from kernel import tenancy
from kernel.tenancy import Purpose
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


@pytest.fixture
def operator_browser(platform: tenancy.TenantRef) -> Browser:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        make_person("robin@platform.example", name="Robin Operator", roles=("owner",))
    return Browser(host="platform.localhost").signed_in("robin@platform.example")


@pytest.fixture
def auditor_browser(platform: tenancy.TenantRef) -> Browser:
    """Somebody at the operator's who may only read."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        make_person("vera@platform.example", name="Vera Auditor", roles=("auditor",))
    return Browser(host="platform.localhost").signed_in("vera@platform.example")
