"""What the tests of tenants share."""

from collections.abc import Iterator

import pytest

from kernel import tenancy


@pytest.fixture
def at_platform(ground: None, platform: tenancy.TenantRef) -> Iterator[tenancy.TenantRef]:
    """Platform active, as the operator's host and commands have it."""
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        yield platform
