"""Data keys, what they seal and their rotation as documents."""

from collections.abc import Mapping
from typing import Any

from identity.data_keys import counting
from identity.models import DataKey, DataKeyState
from kernel.clock import rfc3339, rfc3339_or_none
from operations.models import Operation


def of_data_key(key: DataKey, *, sealed: Mapping[str, int]) -> dict[str, Any]:
    """One key for machines."""
    return {
        "id": key.short_id,
        "state": key.state,
        "provider": key.provider,
        "wrapped_by": key.wrapped_by,
        "values": sealed.get(key.short_id, 0),
        "created_at": rfc3339(key.created_at),
        "retired_at": rfc3339_or_none(key.retired_at),
    }


def of_secrets() -> dict[str, Any]:
    """What is sealed, by table, and how much of it a rotation would seal again for not being under the present key."""
    usages = counting.of_tenant()
    present = DataKey.objects.filter(state=DataKeyState.ACTIVE).first()
    key_id = "" if present is None else present.short_id
    places = [{"table": usage.table, "values": usage.values, "under_other_keys": usage.others_than(key_id)} for usage in usages]
    return {
        "key": key_id,
        "values": sum(usage.values for usage in usages),
        "under_other_keys": sum(usage.others_than(key_id) for usage in usages),
        "under_the_ring": sum(sum(usage.by_ring_key.values()) for usage in usages),
        "places": places,
    }


def of_rotation(operation: Operation) -> dict[str, Any]:
    """A rotation for machines; `resealed` counts what has been sealed again so far, `closed` what does not open any more."""
    return {
        "operation": operation.public_id,
        "state": operation.state,
        "step": operation.step_name,
        "progress_percent": operation.progress_percent,
        "key": str(operation.result.get("key", "")),
        "resealed": int(operation.result.get("resealed", 0)),
        "closed": int(operation.result.get("closed", 0)),
        "problem": (operation.problem or {}).get("detail", ""),
        "created_at": rfc3339(operation.created_at),
        "finished_at": rfc3339_or_none(operation.finished_at),
    }
