"""Actions of the vendor's product as documents."""

from typing import Any

from kernel.clock import rfc3339, rfc3339_or_none
from tenants.models import ProductAction


def of_product_action(action: ProductAction) -> dict[str, Any]:
    """One version of an action as a map."""
    return {
        "id": action.public_id,
        "name": action.name,
        "version": action.version,
        "title": action.title,
        "category": action.category,
        "severity": action.severity,
        "schema": action.schema,
        "personal": action.personal,
        "created_at": rfc3339(action.created_at),
        "retired_at": rfc3339_or_none(action.retired_at),
    }
