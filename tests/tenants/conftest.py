"""What the tests of tenants share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel import tenancy
from tests.tenants import copied, spare_pool
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


@pytest.fixture
def shop() -> Iterator[tenancy.TenantRef]:
    """A tenant of its own."""
    with copied.tenant("shop-of-copies") as ref:
        yield ref


@pytest.fixture
def pool(platform: tenancy.TenantRef) -> Iterator[None]:
    """Platform active, committed for real, and an empty pool before and after."""
    spare_pool.clear_pool()
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        yield
    spare_pool.clear_pool()
