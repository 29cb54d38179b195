"""The input rules of API keys and network rules: read one field, or refuse it by its JSON pointer."""

from collections.abc import Iterable
from typing import Final

from identity import inputs, networks, security
from identity.models import KeyKind

DEFAULT_DAYS: Final = 90
DAYS_MAX: Final = security.FIGURES["key_days_maximum"].most
TRIAL_DAYS_MAX: Final = 30
NETWORKS_MAX: Final = 200
RATE_MAX: Final = 10_000
DEFAULT_OVERLAP_HOURS: Final = 24
OVERLAP_HOURS_MAX: Final = 30 * 24


def days(wanted: int | None, *, kind: KeyKind = KeyKind.LIVE) -> int:
    """For how many days a key is valid: 1 to what the tenant allows, to 30 for one that is for trials; None takes 90 or, if fewer, those. Raises InputInvalid."""
    longest = longest_days(kind=kind)
    chosen = min(DEFAULT_DAYS, longest) if wanted is None else wanted
    if not 1 <= chosen <= longest:
        raise inputs.refuse("/expires_in_days", code="out_of_range", detail=f"Such a key is valid for 1 to {longest} days.")
    return chosen


def longest_days(*, kind: KeyKind) -> int:
    """The longest life that the tenant allows a key of this kind."""
    longest = security.settings().key_days_maximum
    return min(longest, TRIAL_DAYS_MAX) if kind is KeyKind.TRIAL else longest


def network(text: str, *, pointer: str = "/cidr") -> str:
    """The one spelling of a block of addresses. Raises InputInvalid."""
    try:
        return networks.canonical(text)
    except networks.BadBlock as fault:
        raise inputs.refuse(pointer, code="network", detail=str(fault)) from fault


def network_list(wanted: Iterable[str]) -> list[str]:
    """Blocks of addresses in their one spelling, each once, sorted; at most 200, and none for every address. Raises InputInvalid."""
    listed = list(wanted)
    if len(listed) > NETWORKS_MAX:
        raise inputs.refuse("/networks", code="too_many", detail=f"Name at most {NETWORKS_MAX} networks.")
    return sorted({network(text, pointer=f"/networks/{place}") for place, text in enumerate(listed)})


def rate(per_s: int) -> int | None:
    """How often a key may be used, in requests per second, 1 to 10,000; 0 for no limit of its own. Raises InputInvalid."""
    if not 0 <= per_s <= RATE_MAX:
        raise inputs.refuse(
            "/rate_per_s", code="out_of_range", detail=f"Give 1 to {RATE_MAX} requests per second, or 0 for no limit."
        )
    return per_s or None


def overlap_hours(hours: int) -> int:
    """How long a replaced key goes on working, in hours: 0 to 720 (30 days). Raises InputInvalid."""
    if not 0 <= hours <= OVERLAP_HOURS_MAX:
        raise inputs.refuse("/overlap_hours", code="out_of_range", detail=f"Give 0 to {OVERLAP_HOURS_MAX} hours.")
    return hours
