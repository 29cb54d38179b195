"""What the tests of tenants share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel import tenancy
from tests.tenants.mill import key, mill, session

__all__ = ["at_platform", "key", "mill", "session"]


@pytest.fixture
def at_platform(ground: None, platform: tenancy.TenantRef) -> Iterator[tenancy.TenantRef]:
    """Platform active, as the operator's host and commands have it."""
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        yield platform


@pytest.fixture
def folder(settings: object, tmp_path: Path) -> Path:
    """Where the copies of a test lie."""
    settings.BACKUP_FOLDER = str(tmp_path / "copies")  # type: ignore[attr-defined]
    return tmp_path / "copies"
