"""From what was measured to ratios, rows and notes."""

import statistics
from dataclasses import dataclass, field
from typing import Any

from bench.results import AT_LEAST, AT_MOST, Measure, Result, Target, machine

TARGETS = {
    "added_p50_ms": Target(AT_MOST, 0.5),
    "hot_tenant_over_unaudited": Target(AT_LEAST, 0.75),
    "batch_ingest_per_s": Target(AT_LEAST, 10_000),
    "seal_per_s": Target(AT_LEAST, 20_000),
    "seal_lag_p99_s": Target(AT_MOST, 1.0),
    "verify_per_s": Target(AT_LEAST, 100_000),
    "proof_ms": Target(AT_MOST, 50.0),
    "explorer_1m_over_1k": Target(AT_MOST, 3.0),
    "lost": Target(AT_MOST, 0.0),
    "phantom": Target(AT_MOST, 0.0),
    "proof_bytes": Target(AT_MOST, 2048),
    "alert_p99_s": Target(AT_MOST, 2.0),
}


@dataclass(slots=True)
class Found:
    """Everything that a run measured, as the workers told it."""

    is_full: bool
    rounds: int
    fsync_ms: list[float] = field(default_factory=list)
    added: dict[str, list[float]] = field(default_factory=dict)
    taken_per_s: list[float] = field(default_factory=list)
    posted_per_s: list[float] = field(default_factory=list)
    sealed_per_s: list[float] = field(default_factory=list)
    verified_per_s: list[float] = field(default_factory=list)
    size: dict[str, int] = field(default_factory=dict)
    size_before: dict[str, int] = field(default_factory=dict)
    proofs: dict[str, Any] = field(default_factory=dict)
    pages: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    hot: dict[str, list[float]] = field(default_factory=lambda: {"plain": [], "audited": []})
    drained_s: list[float] = field(default_factory=list)
    lag: dict[str, Any] = field(default_factory=dict)
    alert_s: list[float] = field(default_factory=list)
    provoked: int = 0
    active: int = 0
    crash: dict[str, Any] = field(default_factory=dict)


def result(found: Found) -> Result:
    """The run as a result."""
    return Result(
        name="audit",
        rounds=found.rounds,
        figures=_figures(found),
        ratios=_ratios(found),
        targets=TARGETS,
        machine=machine(),
        notes=_notes(found),
    )


def share(samples: list[float], part: float) -> float:
    """The sample below which a part of all lies, e.g. 0.99; at least one sample."""
    ranked = sorted(samples)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]


def worst_page(pages: dict[str, dict[str, list[float]]]) -> float:
    """How many times as long a page of the long log takes as the same of the short one, by p95; that of the view where it is most."""
    return max(share(times, 0.95) / share(pages["small"][view], 0.95) for view, times in pages["big"].items())


def hot_ratio(hot: dict[str, list[float]]) -> float:
    """Throughput with entries over that without: the median over the rounds, each against its own neighbour."""
    return statistics.median(audited / plain for audited, plain in zip(hot["audited"], hot["plain"], strict=True))


def _ratios(found: Found) -> dict[str, float]:
    return {
        "added_p50_ms": statistics.median(found.added["audited"]) - statistics.median(found.added["plain"]),
        "hot_tenant_over_unaudited": hot_ratio(found.hot),
        "batch_ingest_per_s": statistics.median(found.taken_per_s),
        "seal_per_s": statistics.median(found.sealed_per_s),
        "seal_lag_p99_s": share(found.lag["lags"], 0.99),
        "verify_per_s": statistics.median(found.verified_per_s),
        "proof_ms": share(found.proofs["ms"], 0.95),
        "explorer_1m_over_1k": worst_page(found.pages),
        "lost": float(found.crash["lost"] + found.crash["forgotten"]),
        "phantom": float(found.crash["phantom"]),
        "proof_bytes": float(max(found.proofs["bytes"])),
        "alert_p99_s": share(found.alert_s, 0.99),
    }


def _figures(found: Found) -> list[Measure]:
    pages = [
        Measure.of(f"explorer, {view}, {name} log", times, unit="ms")
        for name, views in found.pages.items()
        for view, times in views.items()
    ]
    return [
        Measure.of("transaction without an entry", found.added["plain"], unit="ms"),
        Measure.of("transaction with an entry", found.added["audited"], unit="ms"),
        Measure.of("32 writers on one tenant without entries", found.hot["plain"], unit="transactions/s"),
        Measure.of("32 writers on one tenant with entries", found.hot["audited"], unit="transactions/s"),
        Measure.of("sealed after the writers ended", found.drained_s, unit="s"),
        Measure.of("batch ingest, two processes", found.taken_per_s, unit="events/s"),
        Measure.of("batch ingest by the API, one process", found.posted_per_s, unit="events/s"),
        Measure.of("sealing", found.sealed_per_s, unit="entries/s"),
        Measure.of("from commit to seal", found.lag["lags"], unit="s"),
        Measure.of("from act to alert", found.alert_s, unit="s"),
        Measure.of("verification", found.verified_per_s, unit="entries/s"),
        Measure.of("inclusion proof", found.proofs["ms"], unit="ms"),
        Measure.of("inclusion proof, its file", [float(size) for size in found.proofs["bytes"]], unit="bytes"),
        *pages,
        Measure.of("restart of a killed database", found.crash["restarts_s"], unit="s"),
        Measure.of("fdatasync of 8 KiB", found.fsync_ms, unit="ms"),
    ]


def _notes(found: Found) -> list[str]:
    number = found.size["entries"] - found.size_before["entries"]
    entry_bytes = (found.size["entry_bytes"] - found.size_before["entry_bytes"]) / number
    seal_bytes = (found.size["seal_bytes"] - found.size_before["seal_bytes"]) / number
    crash, verified = found.crash, found.crash["verified"]
    return [
        f"The long log has {found.size['entries']:,} entries, the short one 1,000; proofs are for a log of {found.proofs['size']:,}.",
        f"An entry takes {entry_bytes:,.0f} bytes with its indexes, its seal {seal_bytes:,.0f}.",
        f"{len(found.lag['lags']):,} transactions in {found.active} tenants got their seal, {found.lag['waiting']} did not.",
        f"{found.provoked} acts raised {len(found.alert_s)} alerts.",
        (
            f"{len(crash['restarts_s'])} times kill -9 of the database under load: {crash['rows']:,} rows, {crash['acknowledged']:,} of them acknowledged, "
            f"{crash['forgotten']} of these gone, {crash['lost']} without an entry, {crash['phantom']} entries without a row, {crash['unsealed']} unsealed; "
            f"{crash['refused']:,} attempts were refused. The log of {verified['checked']:,} entries is {verified['answer']} {verified['reason']}".rstrip()
            + "."
        ),
        *(
            []
            if found.is_full
            else ["Sizes of a short run: explorer_1m_over_1k and proof_ms are of a log of 20 thousand. `--full` has a million."]
        ),
    ]
