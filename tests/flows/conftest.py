"""The product itself, started as a newcomer starts it, with services of its own; the flows reach it only from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import orjson
import psutil
import pytest

from tests import nameserver
from tests.conftest import ROOT, VAR
from tests.flows.product import Product

START_TIMEOUT_S = 120
DNS_PORT = nameserver.free_port()
"""Where the product asks about custom domains; a flow that needs names starts a name server there."""


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """`manage.py up` in a process of its own, until its addresses are printed; stopped by Ctrl-C at the end, with nothing left."""
    var = VAR.parent / f"{VAR.name}-flows"
    subprocess.run(["rm", "-rf", str(var)], check=True)
    environ = {**os.environ, "FREEHOLD_VAR": str(var), "ACCESS_LOG": "true", "LOG_LEVEL": "INFO"}
    environ["DNS_RESOLVERS"] = f"127.0.0.1:{DNS_PORT}"
    environ.pop("PORT", None)
    log = VAR / "flows.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=ROOT, env=environ, stdout=output, stderr=output, start_new_session=True
        )
    try:
        port = _started(process, var=var, log=log)
        yield Product(port=port, environ=environ | {"PORT": str(port)}, process=psutil.Process(process.pid))
    finally:
        _stop(process)


def _started(process: subprocess.Popen[bytes], *, var: "os.PathLike[str]", log: "os.PathLike[str]") -> int:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with open(log, "rb") as output:
            told = output.read().decode(errors="replace")
        if "Ctrl-C stops everything" in told:
            with open(os.path.join(var, "up.json"), "rb") as claim:
                return int(orjson.loads(claim.read())["port"])
        if process.poll() is not None:
            pytest.fail(f"manage.py up ended with {process.returncode}:\n{told[-4000:]}")
        time.sleep(0.2)
    pytest.fail(f"manage.py up did not start within {START_TIMEOUT_S} s:\n{told[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(signal.SIGINT)
    process.wait(60)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive, f"Ctrl-C left {alive} running"
