"""A mill, its key and its session: what the tests of restoring share. Imported by `conftest`."""

from collections.abc import Iterator

import pytest

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.tenants import copied


@pytest.fixture
def mill() -> Iterator[TenantRef]:
    """A tenant with an owner who has a password, a session and a key; its copies are gone afterwards."""
    with copied.tenant("mill") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            makers.make_person("ada@mill.example", roles=("owner",))
        try:
            yield ref
        finally:
            copied.remove("mill-copy")


@pytest.fixture
def key(mill: TenantRef) -> str:
    """A key of the mill's."""
    with tenancy.activate(mill, purpose=Purpose.OPERATOR):
        return makers.make_key(email="keys@mill.example").secret


@pytest.fixture
def session(mill: TenantRef) -> str:
    """A session at the mill."""
    with tenancy.activate(mill, purpose=Purpose.OPERATOR):
        return makers.signed_in("ada@mill.example").session_token
