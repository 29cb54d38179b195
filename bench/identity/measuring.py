"""The benchmark `identity`: what it costs to know who asks and what they may, all sides in turns, and how fast that ends."""

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import services, workers
from bench.effort import Effort
from bench.identity.preparing import FEW, MANY, PLAIN, REQUESTS
from bench.identity.reporting import Found, result
from bench.results import Result
from bench.routing.measuring import REQUEST
from bench.workers import Worker
from config.embedded.addresses import Addresses

ROUNDS, FULL_ROUNDS = 12, 60
WARM_ROUNDS = 2
CALLS = 40
REQUESTS_AT_ONCE = 160
"""Four times the calls of a check: a process that rested between two blocks answers its first dozen from cold caches, and one that serves does not rest."""

KEYS, KEYS_AT_ONCE, CLIENTS = 100, 20, 16
SEED = 20261121
EMPTY = {"host": "shop.localhost", "headers": {}, "expected": ""}

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Peers:
    """The measured processes, and what is known of the tenants by slug: `ours` checks, `request` and `empty` answer requests."""

    ours: Worker
    request: Worker
    empty: Worker
    tenants: dict[str, dict[str, str]]


def run(effort: Effort, progress: Progress) -> Result:
    """Measure each figure in turns, then revoke keys under the hands of their clients."""
    rounds = effort.rounds or (FULL_ROUNDS if effort.is_full else ROUNDS)
    with services.running() as addresses, _peers(addresses, progress=progress) as peers:
        progress("warming up")
        _measure(peers, rounds=WARM_ROUNDS)
        progress(f"measuring {rounds} rounds")
        found = _measure(peers, rounds=rounds)
        progress(f"revoking {KEYS} keys that {CLIENTS} clients use")
        for _ in range(KEYS // KEYS_AT_ONCE):
            _revoke(peers, found)
    return result(found, rounds=rounds)


@contextmanager
def _peers(addresses: Addresses, *, progress: Progress) -> Iterator[Peers]:
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="freehold-bench-log-")))
        environment = {"FREEHOLD_VAR": str(addresses.var), "ACCESS_LOG": "false", "SPARE_TENANTS": "0"}
        ours = stack.enter_context(workers.listening("ours", module="bench.identity.worker", log=logs / "ours", **environment))
        progress("making 4 tenants")
        tenants = ours.told(do="prepare")["tenants"]
        request = Worker(name="request", settings="bench.identity.settings", environment=environment, log=logs / "request")
        empty = Worker(name="empty", settings="bench.routing.settings.empty", environment={}, log=logs / "empty")
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {tenants[REQUESTS]['secret']}"}
        request.targets = [{"host": tenants[REQUESTS]["host"], "headers": bearer, "expected": ""}]
        empty.targets = [EMPTY]
        for worker in (request, empty):
            stack.callback(worker.stop)
            worker.start_serving(seed=SEED)
        yield Peers(ours=ours, request=request, empty=empty, tenants=tenants)


def _measure(peers: Peers, *, rounds: int) -> Found:
    """Every side once in each round, in an order that is never the same, so that a hiccup of the machine hits all alike."""
    found = Found()
    turns = (_keys, _signatures, _grants, _policies, _requests)
    order = random.Random(SEED)  # noqa: S311 - an order of turns, no secret
    for _ in range(rounds):
        for turn in order.sample(turns, len(turns)):
            turn(peers, found)
    return found


def _keys(peers: Peers, found: Found) -> None:
    told = peers.ours.told(do="keys", slug=PLAIN, secret=peers.tenants[PLAIN]["secret"], count=CALLS)
    found.checks_us += told["checks_us"]
    found.selects_us += told["selects_us"]
    found.check_cpus_us.append(told["cpu_us"])


def _signatures(peers: Peers, found: Found) -> None:
    tenant = peers.tenants[PLAIN]
    told = peers.ours.told(
        do="signatures", slug=PLAIN, signing_id=tenant["signing_id"], signing_secret=tenant["signing_secret"], count=CALLS
    )
    found.signed_us += told["checks_us"]


def _grants(peers: Peers, found: Found) -> None:
    found.grants_us.append(peers.ours.told(do="grants")["check_us"])


def _policies(peers: Peers, found: Found) -> None:
    for slug, samples in ((FEW, found.few_us), (MANY, found.many_us)):
        told = peers.ours.told(do="policies", slug=slug, secret=peers.tenants[slug]["secret"], count=CALLS)
        samples.extend(told["checks_us"])


def _requests(peers: Peers, found: Found) -> None:
    order: dict[str, Any] = REQUEST["request"].order(calls=REQUESTS_AT_ONCE)
    found.request_cpus_us.append(peers.request.ask(order)["cpu_us"])
    found.empty_cpus_us.append(peers.empty.ask(order)["cpu_us"])


def _revoke(peers: Peers, found: Found) -> None:
    told = peers.ours.told(do="revoke", slug=PLAIN, host=peers.tenants[PLAIN]["host"], keys=KEYS_AT_ONCE, clients=CLIENTS)
    found.revoked += KEYS_AT_ONCE
    found.clients = CLIENTS
    found.accepted += told["accepted"]
    found.requests += told["requests"]
