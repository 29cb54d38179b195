"""The supervisor with real processes: what it starts it restarts, and nothing that it started outlives it."""

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded import addresses as addressing
from config.embedded import claim, folders, ports, processes
from config.embedded.faults import EmbeddedFault
from config.embedded.supervisor import Interrupted, Service, Supervisor

ANYWHERE = "0.0.0.0"  # noqa: S104 - what other programs listen on
ROOT = Path(__file__).resolve().parent.parent.parent

# A parent that starts a child, writes both numbers, and waits. As web and worker do, it takes its child along on SIGTERM, unless it is
# told to be stubborn.
FAMILY = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
def end(*_):
    with open(sys.argv[1] + ".ends", "a") as file:
        file.write(sys.argv[2] + "\\n")
    child.terminate()
    child.wait()
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if sys.argv[2] == "stubborn" else end)
print("a line from", sys.argv[2], flush=True)
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()} {child.pid}\\n")
time.sleep(600)
"""
# A supervisor in a process of its own, over two families.
OUTER = """
import signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from config.embedded.supervisor import Interrupted, Service, Supervisor
supervisor = Supervisor(output=sys.stdout, folder=Path(sys.argv[1]))
try:
    for name in ("first", "second"):
        command = ["setpriv", "--pdeathsig=TERM", "--", sys.executable, "-c", sys.argv[3], sys.argv[2], name]
        supervisor.start(Service(name=name, command=command, stop_signal=signal.SIGTERM, patience_s=5))
    supervisor.watch()
except Interrupted:
    pass
finally:
    supervisor.stop()
"""


@pytest.fixture
def output() -> io.StringIO:
    """What the supervisor writes."""
    return io.StringIO()


@pytest.fixture
def supervisor(output: io.StringIO, tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor whose services are stopped at the end."""
    made = Supervisor(output=output, folder=tmp_path)
    yield made
    made.stop()


def _family(tmp_path: Path, name: str, *, patience_s: float = 5.0) -> Service:
    command = [sys.executable, "-c", FAMILY, str(tmp_path / name), name]
    return Service(name=name, command=command, stop_signal=signal.SIGTERM, patience_s=patience_s)


def _numbers(path: Path, *, line: int = 0) -> list[int]:
    def lines() -> list[str]:
        return path.read_text(encoding="ascii").splitlines() if path.exists() else []

    assert processes.wait_until(lambda: len(lines()) > line, timeout_s=15)
    return [int(number) for number in lines()[line].split()]


def _are_gone(numbers: list[int]) -> bool:
    return processes.wait_until(lambda: not any(_lives(number) for number in numbers), timeout_s=10)


def _lives(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_stopping_ends_children_and_grandchildren_last_started_first(
    supervisor: Supervisor, output: io.StringIO, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        supervisor.start(_family(tmp_path, name))
    numbers = _numbers(tmp_path / "first") + _numbers(tmp_path / "second")

    supervisor.stop()

    assert _are_gone(numbers)
    assert output.getvalue().index("stopping second") < output.getvalue().index("stopping first")


def test_a_service_that_ignores_the_signal_is_killed_with_its_children(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(_family(tmp_path, "stubborn", patience_s=0.3))
    numbers = _numbers(tmp_path / "stubborn")

    supervisor.stop()

    assert _are_gone(numbers)


def test_a_service_that_dies_is_started_again_without_its_old_children(
    supervisor: Supervisor, output: io.StringIO, tmp_path: Path
) -> None:
    supervisor.start(_family(tmp_path, "worker"))
    old = _numbers(tmp_path / "worker")
    os.kill(old[0], signal.SIGKILL)

    assert supervisor.wait(lambda: len((tmp_path / "worker").read_text(encoding="ascii").splitlines()) == 2, timeout_s=15)

    new = _numbers(tmp_path / "worker", line=1)
    assert _are_gone(old)
    assert all(_lives(number) for number in new)
    assert "worker ended with code -9; it starts again in 1 s" in output.getvalue()


def test_lines_stand_behind_the_name_of_who_wrote_them(supervisor: Supervisor, output: io.StringIO, tmp_path: Path) -> None:
    supervisor.start(_family(tmp_path, "web"))

    assert supervisor.wait(lambda: "a line from web" in output.getvalue(), timeout_s=15)
    assert "web      | a line from web\n" in output.getvalue()


def test_a_command_is_run_to_its_end_and_its_code_given(supervisor: Supervisor) -> None:
    assert supervisor.call([sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_an_interrupt_ends_a_command_that_still_runs(supervisor: Supervisor) -> None:
    begun = time.monotonic()
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()

    with pytest.raises(Interrupted):
        supervisor.call([sys.executable, "-c", "import time; time.sleep(600)"])

    assert time.monotonic() - begun < 10


def test_the_end_of_a_line_that_comes_later_and_a_last_line_without_end_are_told(
    supervisor: Supervisor, output: io.StringIO, tmp_path: Path
) -> None:
    says = "import sys, time; print('first, ', end='', flush=True); time.sleep(0.3); print('second\\nlast', end='', flush=True)"

    supervisor.start(Service(name="web", command=[sys.executable, "-c", says], stop_signal=signal.SIGTERM, patience_s=5))

    assert supervisor.wait(lambda: "| last" in output.getvalue(), timeout_s=15)
    assert output.getvalue().startswith("web      | first, second\nweb      | last\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_outlives_a_supervisor_however_it_ends(number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-c", OUTER, str(ROOT), str(tmp_path / "families"), FAMILY]
    outer = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    numbers = _numbers(tmp_path / "families", line=0) + _numbers(tmp_path / "families", line=1)
    threads = psutil.Process(outer.pid).num_threads()

    outer.send_signal(number)
    outer.wait(15)

    assert _are_gone(numbers)
    assert threads == 1
    assert sorted((tmp_path / "families.ends").read_text(encoding="ascii").split()) == ["first", "second"]


def test_a_second_claim_is_refused_with_who_holds_the_first(tmp_path: Path) -> None:
    addresses = addressing.at(tmp_path)

    with claim.held(addresses, port=8123, address="http://platform.localhost:8123"):
        assert claim.holder(addresses) == claim.Holder(pid=os.getpid(), port=8123, address="http://platform.localhost:8123")
        with (
            pytest.raises(EmbeddedFault, match=f"already runs as process {os.getpid()} at http://platform.localhost:8123"),
            claim.held(addresses, port=8124, address="http://platform.localhost:8124"),
        ):
            pytest.fail("the claim was given twice")

    assert claim.holder(addresses) is None


def test_a_claim_left_by_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    addresses = addressing.at(tmp_path)
    folders.ensure(addresses)
    addresses.supervisor_file.write_text(f'{{"pid": {os.getpid()}, "port": 8123, "address": "http://x"}}', encoding="utf-8")

    assert claim.holder(addresses) is None
    assert claim.end(addresses) is None
    with claim.held(addresses, port=8124, address="http://y"):
        assert claim.holder(addresses) == claim.Holder(pid=os.getpid(), port=8124, address="http://y")


def test_ending_a_claim_waits_for_its_holder(tmp_path: Path) -> None:
    script = (
        "import signal, sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from config.embedded import addresses, claim\n"
        "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.5), sys.exit(0)))\n"
        "with claim.held(addresses.at(Path(sys.argv[2])), port=1, address='http://z'):\n"
        "    time.sleep(600)\n"
    )
    holding = subprocess.Popen([sys.executable, "-c", script, str(ROOT), str(tmp_path)])
    addresses = addressing.at(tmp_path)
    assert processes.wait_until(lambda: claim.holder(addresses) is not None, timeout_s=15)

    ended = claim.end(addresses)

    assert ended == claim.Holder(pid=holding.pid, port=1, address="http://z")
    assert claim.holder(addresses) is None
    assert holding.wait(5) == 0


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, ANYWHERE), (socket.AF_INET6, "::1")]
)
def test_a_taken_port_is_passed_over_or_refused(family: socket.AddressFamily, address: str) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        taken.bind((address, 0))
        taken.listen()
        port = taken.getsockname()[1]

        with ports.next_free(port) as chosen:
            assert chosen > port
        with pytest.raises(EmbeddedFault, match=f"Port {port} is taken by another program"), ports.exact(port):
            pass

    with ports.exact(port) as chosen:
        assert chosen == port


def test_two_starts_at_once_take_different_ports(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from config.embedded import ports\n"
        "with ports.next_free(int(sys.argv[2])) as port:\n"
        "    print(port, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with ports.next_free(8300) as first:
        command = [sys.executable, "-c", script, str(ROOT), str(first)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as other:
            assert other.stdout is not None
            second = int(other.stdout.readline())
            with pytest.raises(EmbeddedFault, match=f"Port {second} is taken"), ports.exact(second):
                pass

    assert second > first
    with ports.exact(second) as free_again:
        assert free_again == second
