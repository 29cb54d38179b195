"""The benchmark `audit`: all figures of the trail, in one run, on one PostgreSQL that syncs every commit."""

import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import services, workers
from bench.audit import crashing, product
from bench.audit.reporting import Found, result
from bench.effort import Effort
from bench.results import Result
from bench.workers import Worker, WorkerDied
from config.embedded.addresses import Addresses

WRITERS = 32
PROCESSES = 4
TAIL_S = 0.005
SMALL = 1000
POSTED = 1000

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done: without `--full` a run ends within a minute on two cores."""

    pairs: int
    events: int
    rounds: int
    active: int
    hot_rounds: int
    hot_s: float
    lag_s: float
    proofs: int
    calls: int
    provoked: int


SHORT = Sizes(pairs=200, events=20_000, rounds=2, active=5, hot_rounds=2, hot_s=1.4, lag_s=2.4, proofs=60, calls=8, provoked=3)
FULL = Sizes(
    pairs=3000, events=1_000_000, rounds=10, active=20, hot_rounds=6, hot_s=5.0, lag_s=30.0, proofs=1000, calls=60, provoked=20
)


def run(effort: Effort, progress: Progress) -> Result:
    """Measure each figure in turn; the database dies last."""
    sizes = FULL if effort.is_full else SHORT
    found = Found(is_full=effort.is_full, rounds=effort.rounds or sizes.hot_rounds)
    with services.running() as addresses, ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="freehold-bench-log-")))
        peers = [stack.enter_context(_peer(addresses, logs, number)) for number in range(PROCESSES)]
        ours = peers[0]
        found.fsync_ms = ours.told(do="disk", folder=str(addresses.var))["ms"]
        progress(f"making {sizes.active + 2} tenants")
        place = ours.told(do="prepare", active=sizes.active)
        progress("one transaction with and without an entry")
        found.added = ours.told(do="add", tenant_id=place["small"]["id"], pairs=sizes.pairs)
        _fill(peers, place, sizes=sizes, found=found, progress=progress)
        _read(ours, place, sizes=sizes, found=found, progress=progress)
        with product.running(addresses.var):
            _write(peers, place["active"], sizes=sizes, found=found, progress=progress)
            progress("killing the database under load")
            found.crash = crashing.killed_and_compared(ours, peers[1:3], addresses=addresses, tenant_id=place["active"][1])
    return result(found)


def _fill(peers: list[Worker], place: dict[str, Any], *, sizes: Sizes, found: Found, progress: Progress) -> None:
    """Take events in with two processes and seal them, in rounds, until the log is as long as is wanted."""
    big, small, each = place["big"], place["small"], sizes.events // sizes.rounds // 2
    for peer in peers[:2]:  # not counted: a process opens its connections, reads the action and makes its people's keys
        peer.told(do="take", tenant_id=big["id"], first=10_000_000 + 1000 * peers.index(peer), count=1000)
    peers[0].told(do="seal", tenant_id=big["id"])
    before = peers[0].told(do="size", tenant_id=big["id"])
    for number in range(sizes.rounds):
        progress(f"taking in and sealing {sizes.events:,} events, round {number + 1} of {sizes.rounds}")
        for half, peer in enumerate(peers[:2]):
            peer.order(do="take", tenant_id=big["id"], first=(2 * number + half) * each, count=each)
        took = [peer.answer()["seconds"] for peer in peers[:2]]
        found.taken_per_s.append(2 * each / max(took))
        sealed = peers[0].told(do="seal", tenant_id=big["id"])
        found.sealed_per_s.append(sealed["number"] / sealed["seconds"])
    found.size, found.size_before = peers[0].told(do="size", tenant_id=big["id"]), before
    for _ in range(3):
        first = 20_000_000 + POSTED * len(found.posted_per_s)
        posted = peers[0].told(do="post", tenant=small, first=first, count=POSTED)
        found.posted_per_s.append(POSTED / posted["seconds"])


def _read(ours: Worker, place: dict[str, Any], *, sizes: Sizes, found: Found, progress: Progress) -> None:
    """Check the log, prove entries of it, and look at its pages beside those of a short one."""
    big, short = place["big"], place["short"]
    ours.told(do="seal", tenant_id=big["id"])
    progress("checking the log")
    for _ in range(3):
        checked = ours.told(do="verify", tenant_id=big["id"])
        _require_sound(checked)
        found.verified_per_s.append(checked["checked"] / checked["seconds"])
    progress("proving entries")
    found.proofs = ours.told(do="prove", tenant_id=big["id"], count=sizes.proofs)
    progress("reading pages")
    ours.told(do="take", tenant_id=short["id"], first=0, count=SMALL)
    ours.told(do="seal", tenant_id=short["id"])
    tenants = {"big": {**big, "entries": sizes.events}, "small": {**short, "entries": SMALL}}
    found.pages = ours.told(do="explore", tenants=tenants, calls=sizes.calls)


def _write(peers: list[Worker], active: list[str], *, sizes: Sizes, found: Found, progress: Progress) -> None:
    """Write with the sealer at work: many writers on one tenant with and without entries, and a few in each of many tenants."""
    ours, hot = peers[0], active[0]
    for number in range(found.rounds + 1):
        for kind in ("plain", "audited") if number % 2 else ("audited", "plain"):
            progress(f"{WRITERS} writers on one tenant, {kind}, round {number} of {found.rounds}")
            per_s = _hot(
                peers, hot, name=f"hot-{kind}-{number}", is_audited=kind == "audited", seconds=sizes.hot_s if number else 0.5
            )
            waited = product.wait_until_sealed(ours, [hot])
            if number:  # the first round warms up
                found.hot[kind].append(per_s)
                found.drained_s.append(waited)
    progress(f"{len(active)} active tenants")
    # Three transactions a second in each tenant, as a thread that rests 333 ms on average.
    peers[1].told(do="start", tenant_ids=active, name="active", manner={"rest_s": 0.333})
    peers[2].told(do="provoke", tenant_ids=active, each=sizes.provoked, rest_s=sizes.lag_s / sizes.provoked / len(active))
    done = dict(peers[1].told(do="finish")["done"])
    product.wait_until_sealed(ours, active)
    found.lag = ours.told(do="lags", tenant_ids=active, done=done)
    found.active, found.provoked = len(active), sizes.provoked * len(active)
    found.alert_s = _alerts(ours, active, number=found.provoked)


def _alerts(ours: Worker, active: list[str], *, number: int) -> list[float]:
    """Seconds from each act to its alert, once all are there. Raises WorkerDied when some never come."""
    end = time.monotonic() + product.PATIENCE_S
    while len(found := ours.told(do="alerts", tenant_ids=active)["latencies"]) < number:
        if time.monotonic() > end:
            raise WorkerDied(f"{len(found)} of {number} acts have raised their alert.")
        time.sleep(0.1)
    return list(found)


def _hot(peers: list[Worker], tenant_id: str, *, name: str, is_audited: bool, seconds: float) -> float:
    """Transactions per second of all writers together."""
    manner = {"is_audited": is_audited, "tail_s": TAIL_S}
    for number, peer in enumerate(peers):
        peer.told(do="start", tenant_ids=[tenant_id] * (WRITERS // PROCESSES), name=f"{name}-{number}", manner=manner)
    began = time.time()
    time.sleep(seconds)
    over = time.time()
    done = [moment for peer in peers for _, moment in peer.told(do="finish")["done"]]
    return float(sum(began <= moment < over for moment in done)) / (over - began)


def _require_sound(checked: dict[str, Any]) -> None:
    if checked["answer"] != "sound":
        raise WorkerDied(f"The log is {checked['answer']}: {checked['reason']}")


def _peer(addresses: Addresses, logs: Path, number: int) -> AbstractContextManager[Worker]:
    name = f"peer-{number}"
    return workers.listening(
        name, module="bench.audit.worker", log=logs / name, FREEHOLD_VAR=str(addresses.var), ACCESS_LOG="false", SPARE_TENANTS="0"
    )
