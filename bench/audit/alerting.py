"""Acts that an alert rule is about, each by somebody else, so that each raises an alert of its own."""

import time
from dataclasses import dataclass
from typing import Any

from audit import actions
from bench.audit import making
from kernel import tenancy
from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretShown(Event):
    """Somebody was shown a secret: what the built-in rule `secret-exported` watches for."""


SecretShown.name, SecretShown.category, SecretShown.subject_kind = "bench.signing_key.shown", "security", "key"


def provoke(tenant_ids: list[str], *, each: int, rest_s: float) -> dict[str, Any]:
    """`each` such acts in every tenant, one after another."""
    for number in range(each):
        for tenant_id in tenant_ids:
            ref = making.ref_of(tenant_id)
            with making.asked(ref), tenancy.atomic():
                actions.record(SecretShown(subject="key_bench"), actor=making.person(9000 + number, ref=ref))
            time.sleep(rest_s)
    tenancy.rest()
    return {"number": each * len(tenant_ids)}
