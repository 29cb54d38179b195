"""Reading how long entries are kept, what was removed, and what would be."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from audit import holds
from audit.models import Pruning, RetentionPolicy
from audit.problems import CategoryUnknown, PresetUnknown
from audit.retention import months, periods, seals
from audit.retention.months import MonthPlan
from audit.retention.periods import PRESETS, Preset
from audit.retention.seals import NotWhole, SealPlan
from kernel import tenancy
from kernel.clock import rfc3339, rfc3339_or_none
from kernel.tenancy import Purpose

RETENTION_PRESETS = PRESETS
"""Periods that rules ask for, by name."""

STAGES = ("bodies", "seals")


@dataclass(frozen=True, slots=True)
class RemovalPlan:
    """What a removal would take now, month by month, and what keeps the rest."""

    months: list[MonthPlan]
    seals: SealPlan


def policies() -> list[RetentionPolicy]:
    """The policy of each category; one that was never set keeps for good and has version 0."""
    return list(periods.policies().values())


def policy(category: str) -> RetentionPolicy:
    """One of them. Raises CategoryUnknown."""
    found = periods.policies().get(category)
    if found is None:
        raise CategoryUnknown(f"Choose one of: {', '.join(periods.policies())}.")
    return found


def retention_preset(name: str) -> Preset:
    """One preset. Raises PresetUnknown."""
    found = PRESETS.get(name)
    if found is None:
        raise PresetUnknown(f"Choose one of: {', '.join(PRESETS)}.")
    return found


def preset_documents() -> list[dict[str, Any]]:
    """All presets, by name."""
    return [
        {"preset": name, "label": found.label, "body_days": found.body_days, "basis": found.basis}
        for name, found in sorted(PRESETS.items())
    ]


def prunings(*, stage: str = "", q: str = "") -> QuerySet[Pruning]:
    """What was removed; `q` is part of the name of a month."""
    found = Pruning.objects.filter(partition__icontains=q) if q else Pruning.objects.all()
    return found.filter(stage=stage) if stage else found


def removal_plan() -> RemovalPlan:
    """What a removal would take now. Nothing is changed; months are looked at as the owner of the tables, who alone may."""
    with tenancy.activate(tenancy.current(), purpose=Purpose.MIGRATE):
        found = months.plans(holds=holds.standing())
    try:
        return RemovalPlan(found, seals.plan())
    except NotWhole as fault:
        return RemovalPlan(found, SealPlan(first_seq=1, size=0, why_kept=f"Verify the log first: {fault}."))


def policy_document(found: RetentionPolicy) -> dict[str, Any]:
    """One policy as every door shows it."""
    return {
        "category": found.category,
        "body_days": found.body_days,
        "seal_days": found.seal_days,
        "basis": found.basis,
        "updated_at": rfc3339(found.updated_at) if found.version else None,
        "version": found.version,
    }


def pruning_document(found: Pruning) -> dict[str, Any]:
    """One removal."""
    return {
        "id": str(found.pk),
        "stage": found.stage,
        "month": found.partition,
        "first_seq": found.first_seq,
        "last_seq": found.last_seq,
        "number": found.number,
        "held": found.held,
        "policies": found.policies,
        "pruned_at": rfc3339(found.pruned_at),
    }


def month_document(found: MonthPlan) -> dict[str, Any]:
    """What would become of one month."""
    return {
        "month": found.name,
        "ends_at": rfc3339_or_none(found.ends_at),
        "size_bytes": found.size_bytes,
        "entries": found.entries,
        "first_seq": found.first_seq,
        "last_seq": found.last_seq,
        "held": found.held,
        "is_due": found.is_due,
        "why_kept": found.why_kept,
    }


def removal_plan_document(found: RemovalPlan) -> dict[str, Any]:
    """The whole plan."""
    chosen = found.seals
    return {
        "months": [month_document(one) for one in found.months],
        "seals": {
            "first_seq": chosen.first_seq,
            "last_seq": chosen.size,
            "is_due": chosen.is_due,
            "checkpoint": None if chosen.checkpoint is None else chosen.checkpoint.public_id,
            "why_kept": chosen.why_kept,
        },
    }
