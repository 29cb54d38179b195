"""What was found about a cell, as documents."""

from dataclasses import asdict
from typing import Any

from kernel.clock import rfc3339
from tenants.placement.capacity import Capacity
from tenants.placement.checking import CellCheck
from tenants.placement.findings import gravest


def of_check(check: CellCheck) -> dict[str, Any]:
    """A cell's findings as a map, with the gravest level first."""
    return {
        "cell": check.cell,
        "level": gravest(check.findings).value,
        "findings": [asdict(finding) for finding in check.findings],
        "asked_at": rfc3339(check.asked_at),
    }


def of_capacity(capacity: Capacity) -> dict[str, Any]:
    """A cell's measures as a map."""
    return {
        **asdict(capacity),
        "full_percent": capacity.full_percent,
        "bytes_per_tenant": capacity.bytes_per_tenant,
        "asked_at": rfc3339(capacity.asked_at),
    }
