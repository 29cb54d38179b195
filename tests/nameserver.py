"""A real authoritative name server on loopback: NSD, which answers for the root and so for every name that a test asks about."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

from tests.conftest import VAR

PATIENCE_S = 10.0
ATTEMPT_S = 0.05
CONFIGURATION = """server:
    ip-address: 127.0.0.1@{port}
    do-ip6: no
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{folder}"
    zonelistfile: "{folder}/zones.list"
    xfrdfile: "{folder}/xfrd.state"
    pidfile: "{folder}/nsd.pid"
    logfile: "{folder}/nsd.log"
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: "."
    zonefile: "root.zone"
zone:
    name: "broken.test"
    zonefile: "nothing.zone"
"""
"""NSD answers SERVFAIL for a zone whose file is not there."""


class NameServer:
    """One server; `port` is where it answers, on UDP and TCP."""

    def __init__(self, folder: Path, *, port: int) -> None:
        self.folder = folder
        self.port = port
        self._serial = 0
        self._records: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def resolvers(self) -> tuple[tuple[str, int], ...]:
        """What DNS_RESOLVERS holds to ask this server."""
        return (("127.0.0.1", self.port),)

    def start(self) -> None:
        """Answer, with no records but the root's own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "nsd.conf").write_text(CONFIGURATION.format(port=self.port, folder=self.folder))
        self._run([])

    def stop(self) -> None:
        """Answer nobody any more."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
            self._process = None

    def serve(self, *records: str) -> None:
        """Answer with exactly these records from now on, each a line of a zone file: `id.example.com. TXT "proof"`.

        By starting anew: after a reload the process that knows the old zone still takes a question now and then.
        """
        if list(records) != self._records:
            self.stop()
            self._run(list(records))

    def _run(self, records: list[str]) -> None:
        self._write(records)
        program = shutil.which("nsd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        assert program is not None, "nsd is missing: scripts/bootstrap test"
        with (self.folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [program, "-d", "-c", str(self.folder / "nsd.conf")], stdout=output, stderr=output, cwd=self.folder
            )
        self._wait_for_serial()

    def _write(self, records: list[str]) -> None:
        self._serial += 1
        self._records = records
        head = [
            f". 0 IN SOA ns.test. admin.test. {self._serial} 3600 600 86400 0",
            ". 0 IN NS ns.test.",
            "ns.test. 0 IN A 127.0.0.1",
        ]
        text = "$TTL 0\n" + "\n".join([*head, *records]) + "\n"
        (self.folder / "root.zone.new").write_text(text)
        (self.folder / "root.zone.new").rename(self.folder / "root.zone")

    def _wait_for_serial(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        question = dns.message.make_query(".", dns.rdatatype.SOA)
        while time.monotonic() < deadline:
            try:
                answer = dns.query.udp(question, "127.0.0.1", port=self.port, timeout=ATTEMPT_S)
            except (dns.exception.DNSException, OSError):
                time.sleep(0.02)
                continue
            if answer.answer and answer.answer[0][0].serial == self._serial:
                return
            time.sleep(0.02)
        log = self.folder / "nsd.log"
        raise AssertionError(f"the name server does not serve the zone: {log.read_text()[-2000:] if log.exists() else 'no log'}")


@contextmanager
def running(name: str, *, port: int = 0) -> Iterator[NameServer]:
    """A server with files below the tests' folder, stopped afterwards."""
    server = NameServer(VAR / name, port=port or free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port of loopback that nobody listens at now, on UDP and TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        stream.bind(("127.0.0.1", 0))
        datagram.bind(("127.0.0.1", stream.getsockname()[1]))
        return int(stream.getsockname()[1])
