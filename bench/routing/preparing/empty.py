"""The empty view has neither database nor tenants."""

from typing import Any

HOST = "shop.localhost"


def nothing(_tenants: int) -> list[dict[str, Any]]:
    """One host and nothing else."""
    return [{"host": HOST, "headers": {}, "expected": ""}]
