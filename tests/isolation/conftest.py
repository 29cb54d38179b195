"""Who asks, and whose things are asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kernel.tenancy import TenantRef
from tests.isolation import belongings
from tests.isolation.belongings import Belongings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    """A folder of its own for the files that things lie in."""
    settings.EXPORT_FOLDER = str(tmp_path)


@pytest.fixture
def ours(acme: TenantRef) -> Belongings:
    """What acme has."""
    return belongings.of(acme)


@pytest.fixture
def theirs(globex: TenantRef) -> Belongings:
    """What globex has."""
    return belongings.of(globex)


@pytest.fixture
def operators(platform: TenantRef) -> Belongings:
    """What the operator has."""
    return belongings.of(platform)


@pytest.fixture
def untouched(theirs: Belongings) -> Callable[[], bool]:
    """Whether globex is as it was when the test began."""
    before = belongings.state_of(theirs.ref)
    assert before["audit_entry"][0] > 5
    return lambda: belongings.state_of(theirs.ref) == before
