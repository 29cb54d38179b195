"""The benchmark `move`: one tenant goes back and forth between two servers, while another process writes to it 200 times a second."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import services, workers
from bench.effort import Effort
from bench.results import AT_MOST, Measure, Result, Target, machine
from bench.workers import Worker, WorkerDied
from config.embedded import addresses as addressing
from config.embedded import folders, keys, postgres

ROWS, ROWS_FULL = 5_000, 50_000
ROUNDS, ROUNDS_FULL = 3, 10
PER_SECOND = 200
THREADS = 4
STEADY_S = 1.5
TARGETS = {"freeze_ms": Target(AT_MOST, 500.0), "lost": Target(AT_MOST, 0.0)}

Progress = Callable[[str], None]


def run(effort: Effort, progress: Progress) -> Result:
    """Move back and forth under writes. Every round counts: the worst wait of all is the freeze."""
    rounds = effort.rounds or (ROUNDS_FULL if effort.is_full else ROUNDS)
    rows = ROWS_FULL if effort.is_full else ROWS
    moves, writes = [], []
    with ExitStack() as stack:
        addresses = stack.enter_context(services.running())
        url = stack.enter_context(_second_server())
        mover, writer = (stack.enter_context(_side(addresses.var, name)) for name in ("mover", "writer"))
        progress(f"making a tenant with {rows:,} rows and a cell on each of two servers")
        tenant_id = mover.told(do="prepare", url=url, rows=rows)["tenant_id"]
        for number in range(rounds):
            progress(f"move {number + 1} of {rounds}")
            to = ("cell-2", "cell-1")[number % 2]
            writer.told(do="write", tenant_id=tenant_id, per_second=PER_SECOND, threads=THREADS, name=f"round-{number}")
            time.sleep(STEADY_S)
            moves.append(_moved(mover, tenant_id=tenant_id, to=to))
            time.sleep(STEADY_S)
            writes.append(writer.told(do="rest"))
    return _result(moves, writes, rounds=rounds, rows=rows)


def _moved(mover: Worker, *, tenant_id: str, to: str) -> dict[str, Any]:
    done = mover.told(do="move", tenant_id=tenant_id, to=to)
    if done["state"] != "succeeded" or not done["result"]["is_compared_at_the_change"]:
        raise WorkerDied(f"The move to {to} ended as {done['state']}: {done['problem']}")
    return done


def _result(moves: list[dict[str, Any]], writes: list[dict[str, Any]], *, rounds: int, rows: int) -> Result:
    waits = [wait for write in writes for wait in write["waits_ms"]]
    longest = [max(write["waits_ms"]) for write in writes]
    return Result(
        name="move",
        rounds=rounds,
        figures=[
            Measure.of("longest wait of a writer in a move", longest, unit="ms"),
            Measure.of("time without writes, as the move tells", [float(move["result"]["freeze_ms"]) for move in moves], unit="ms"),
            Measure.of("one write", waits, unit="ms"),
            Measure.of("whole move", [move["seconds"] for move in moves], unit="s"),
        ],
        ratios={"freeze_ms": max(longest), "lost": float(sum(write["lost"] for write in writes))},
        targets=TARGETS,
        machine=machine(),
        notes=[
            (
                f"{sum(write['acknowledged'] for write in writes):,} writes were acknowledged at {PER_SECOND} a second while a tenant of {rows:,} rows moved "
                f"{rounds} times between two servers; {sum(write['refused'] for write in writes):,} attempts were refused meanwhile and repeated."
            ),
            "A write is a row through the ORM in a process of its own, from finding the tenant to the commit; its wait includes every repetition.",
            f"The time without writes by its parts in ms: {'; '.join(_parts(move) for move in moves)}.",
            "freeze_ms is the longest wait of all; each move compared every table of both sides by checksum at the moment of the change.",
        ],
    )


def _parts(move: dict[str, Any]) -> str:
    return ", ".join(f"{name} {taken}" for name, taken in move["result"]["freeze_parts_ms"].items())


@contextmanager
def _second_server() -> Iterator[str]:
    """Another PostgreSQL with an empty cell; gives the address of its database."""
    with tempfile.TemporaryDirectory(prefix="freehold-bench-", ignore_cleanup_errors=True) as folder:
        where = addressing.at(Path(folder))
        folders.ensure(where)
        postgres.start(where)
        try:
            password, host = (
                quote(text, safe="") for text in (keys.secret(where, keys.DATABASE_PASSWORD), str(where.postgres_sockets))
            )
            yield f"postgres://{addressing.LOGIN_ROLE}:{password}@{host}:{addressing.POSTGRES_PORT}/{addressing.DATABASES[1]}"
        finally:
            postgres.stop(where)


def _side(var: Path, name: str) -> AbstractContextManager[Worker]:
    return workers.listening(name, module="bench.move.worker", log=var / f"bench-{name}.log", FREEHOLD_VAR=str(var))
