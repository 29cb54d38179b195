"""From samples to figures, ratios and targets: pure arithmetic."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.results import AT_MOST, Measure, Result, Target, machine

TARGETS: Mapping[str, Target] = {
    "key_check_cpu_ms": Target(bound=AT_MOST, value=0.4),
    "key_check_over_select": Target(bound=AT_MOST, value=3),
    "signed_check_ms": Target(bound=AT_MOST, value=1),
    "rbac_us": Target(bound=AT_MOST, value=5),
    "cedar20_p95_ms": Target(bound=AT_MOST, value=0.3),
    "cedar200_p95_ms": Target(bound=AT_MOST, value=1),
    "request_over_empty_view": Target(bound=AT_MOST, value=2.5),
    "revoked_still_accepted": Target(bound=AT_MOST, value=0),
}
BASIS = (
    "key_check_over_select compares wall times: both ask PostgreSQL once, on one connection and inside one tenant, the check by its prepared "
    "statement, the bare select by Django's cursor. request_over_empty_view compares CPU time per request, the key's rate (1,000 a second) "
    "and the tenant's policy included. Of grants and policies it is the CPU time that counts: they wait for nothing."
)


@dataclass(slots=True)
class Found:
    """Samples of a run, each in microseconds, and what became of revoked keys."""

    checks_us: list[float] = field(default_factory=list)
    selects_us: list[float] = field(default_factory=list)
    check_cpus_us: list[float] = field(default_factory=list)
    signed_us: list[float] = field(default_factory=list)
    grants_us: list[float] = field(default_factory=list)
    few_us: list[float] = field(default_factory=list)
    many_us: list[float] = field(default_factory=list)
    request_cpus_us: list[float] = field(default_factory=list)
    empty_cpus_us: list[float] = field(default_factory=list)
    revoked: int = 0
    clients: int = 0
    accepted: int = 0
    requests: int = 0


def result(found: Found, *, rounds: int) -> Result:
    """The finished benchmark."""
    return Result(
        name="identity",
        rounds=rounds,
        figures=_figures(found),
        ratios=ratios(found),
        targets=dict(TARGETS),
        machine=machine(),
        notes=[BASIS, _said_of_revocation(found)],
    )


def ratios(found: Found) -> dict[str, float]:
    """The promised numbers: medians, but for policies their 95th percentiles."""
    return {
        "key_check_cpu_ms": statistics.median(found.check_cpus_us) / 1e3,
        "key_check_over_select": statistics.median(found.checks_us) / statistics.median(found.selects_us),
        "signed_check_ms": statistics.median(found.signed_us) / 1e3,
        "rbac_us": statistics.median(found.grants_us),
        "cedar20_p95_ms": _p95(found.few_us) / 1e3,
        "cedar200_p95_ms": _p95(found.many_us) / 1e3,
        "request_over_empty_view": statistics.median(found.request_cpus_us) / statistics.median(found.empty_cpus_us),
        "revoked_still_accepted": float(found.accepted),
    }


def _said_of_revocation(found: Found) -> str:
    return (
        f"{found.revoked} keys were revoked while {found.clients} clients used each; {found.accepted} of them were accepted by a request "
        f"that began after that. {found.requests:,} requests in all."
    )


def _p95(samples: Sequence[float]) -> float:
    return Measure.of("", samples, unit="").p95


def _figures(found: Found) -> list[Measure]:
    named = {
        "key check": found.checks_us,
        "bare indexed select": found.selects_us,
        "key check, CPU": found.check_cpus_us,
        "signed request, 4 KiB": found.signed_us,
        "202 grants": found.grants_us,
        "20 policies": found.few_us,
        "200 policies": found.many_us,
        "request, CPU": found.request_cpus_us,
        "empty view, CPU": found.empty_cpus_us,
    }
    return [Measure.of(name, samples, unit="µs") for name, samples in named.items()]
