"""One question to Cedar. Allowed is only what it says Allow to without a single error: a policy that fails to evaluate counts as a refusal."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cedarpy
import orjson

from identity.access import schema
from identity.access.compiled import Compiled
from identity.access.facts import Facts, Principal
from kernel import tenancy

KEPT_MOST: Final = 4096
"""Answers kept in a process, some 1 kB each: one of a key serves for the minute, one of a session with a second factor for the second."""

NO_CLOCK: Final = "it asks for the hour or the day, and the time zone of the policies is not known here"

_FAILED: Final = re.compile(r"policy `policy(\d+)`: (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policies say: `forbidden_by` names those that stand against it, `errors` those that failed and how, as pairs."""

    allowed: bool
    forbidden_by: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()


def ask(of: Facts, *, permission: str) -> Verdict:
    """Whether the policies let a caller do something in the active tenant, whatever their roles say."""
    if of.policies.broken:
        return Verdict(allowed=False, errors=((of.policies.broken, "it cannot be read"),))
    if not of.policies.concern(permission):
        return Verdict(allowed=True)
    circumstances = of.circumstances()
    if circumstances["hour"] is None:
        timed = of.policies.timed_about(permission)
        if timed:
            return Verdict(allowed=False, errors=tuple((name, NO_CLOCK) for name in timed))
        circumstances |= dict.fromkeys(schema.BY_THE_CLOCK, 0)  # which no policy looks at
    # As text: the library would write it with a slower writer itself.
    return _answer(of.policies, of.principal, permission, tenancy.current().slug, orjson.dumps(circumstances).decode())


@lru_cache(maxsize=KEPT_MOST)
def _answer(policies: Compiled, principal: Principal, permission: str, tenant: str, circumstances: str) -> Verdict:
    """What Cedar says to one question. An evaluation sees nothing but what stands here, the time by the minute among it, so the same gets the same.

    A change of a policy, a role, a team or an attribute makes another `policies` or `principal`; both are read anew with every request.
    """
    request = {
        "principal": {"type": principal.kind, "id": principal.id},
        "action": {"type": "Action", "id": permission},
        "resource": {"type": "Tenant", "id": tenant},
        "context": circumstances,
    }
    result = cedarpy.is_authorized(request, policies.policies, principal.entities, schema.handle())
    errors = tuple(_error(text, names=policies.names) for text in result.diagnostics.errors)
    if result.decision is cedarpy.Decision.Allow:
        return Verdict(allowed=not errors, errors=errors)
    deciding = (_name(reason, names=policies.names) for reason in result.diagnostics.reasons)
    return Verdict(allowed=False, forbidden_by=tuple(sorted(name for name in deciding if name)), errors=errors)


def forget_all() -> None:
    """Keep no answer: for tests."""
    _answer.cache_clear()


def _error(text: str, *, names: tuple[str, ...]) -> tuple[str, str]:
    """Cedar's sentence about a failure, as the name of the policy and what went wrong in it; no name when the request itself did not fit."""
    found = _FAILED.search(text)
    return ("", text) if found is None else (_name(f"policy{found[1]}", names=names), found[2])


def _name(place: str, *, names: tuple[str, ...]) -> str:
    """The name of the policy at a place in the set; the base, which stands at the first place, has none."""
    number = int(place.removeprefix("policy")) - 1
    return names[number] if 0 <= number < len(names) else ""
