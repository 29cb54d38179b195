"""`manage.py witness serve|list|make-key`: a witness for logs of other installations. It needs no database, only a file of its own."""

import os
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.markup import escape
from rich.table import Table

from audit import cosignatures, notes
from audit.notes import BadNote
from audit.witnessing.judging import Witness
from audit.witnessing.remembering import Memory
from audit.witnessing.serving import Server
from kernel import clock
from kernel.commands import OperatorCommand, Options, Outcome
from kernel.problems import Conflict, Invalid

KEY_BYTES = 32


class Command(OperatorCommand):
    """Cosign checkpoints of logs elsewhere, as long as each continues what was cosigned before. Run it on another machine than the log."""

    help = "Cosign checkpoints of logs elsewhere, as long as each continues what was cosigned before."

    def declare(self) -> None:
        """The verbs."""
        making = self.verb("make-key", self.make_key, help_text="Write a new private key to a file, and print the verifier key.")
        serving = self.verb("serve", self.serve, help_text="Answer `add-checkpoint` until it is stopped.")
        serving.add_argument(
            "--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: behind a proxy that ends TLS)"
        )
        serving.add_argument("--port", type=int, default=8790)
        serving.add_argument(
            "--logs", type=Path, required=True, help="file with the verifier key of each log on a line; read at each request"
        )
        serving.add_argument("--tls-certificate", type=Path, help="PEM; speak TLS without a proxy")
        serving.add_argument("--tls-key", type=Path, help="PEM")
        listing = self.verb("list", self.list_seen, help_text="What was cosigned of each log.")
        for parser in (making, serving):
            parser.add_argument("--key", type=Path, required=True, help="file of the private key")
            parser.add_argument("--name", required=True, help="name of the witness, e.g. witness.example.com/one")
        for parser in (serving, listing):
            parser.add_argument("--memory", type=Path, required=True, help="file that remembers what was cosigned; keep it")

    def make_key(self, options: Options) -> Outcome:
        """A new key; an old file is never overwritten. Raises Conflict, Invalid."""
        private = Ed25519PrivateKey.generate().private_bytes_raw()
        verifier = _verifier(options["name"], private=private)
        try:
            handle = os.open(options["key"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as fault:
            raise Conflict("This file is there already; name another one.") from fault
        except OSError as fault:
            raise Invalid(f"The file cannot be written: {fault.strerror}.") from fault
        with os.fdopen(handle, "w") as file:
            file.write(private.hex() + "\n")
        return Outcome({"verifier": verifier}, escape(verifier))

    def serve(self, options: Options) -> Outcome:
        """Answer until interrupted. Raises Invalid."""
        private = _private(options["key"])
        verifier = _verifier(options["name"], private=private)
        _logs(options["logs"])
        witness = Witness(
            options["name"],
            private,
            Memory(options["memory"]),
            lambda: _logs(options["logs"]),
            lambda: int(clock.now().timestamp()),
        )
        server = Server((options["host"], options["port"]), witness=witness)
        if options["tls_certificate"] and options["tls_key"]:
            server.secure(certificate=options["tls_certificate"], key=options["tls_key"])
        self.console.print(f"Listening on {options['host']}:{options['port']} as {escape(verifier)}", soft_wrap=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()
        return Outcome({"verifier": verifier}, "Stopped.")

    def list_seen(self, options: Options) -> Outcome:
        """One row for each log."""
        if not options["memory"].exists():
            raise Invalid("There is no such file.")
        shown = [
            {
                "origin": seen.origin,
                "size": seen.size,
                "root": seen.root.hex(),
                "at": clock.rfc3339(datetime.fromtimestamp(seen.at, tz=UTC)),
            }
            for seen in Memory(options["memory"]).all()
        ]
        table = Table("Log", "Entries", "Root", "Cosigned")
        for row in shown:
            table.add_row(escape(str(row["origin"])), str(row["size"]), f"{str(row['root'])[:16]}…", str(row["at"]))
        return Outcome({"logs": shown}, table)


def _private(path: Path) -> bytes:
    try:
        private = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as fault:
        raise Invalid(f"The key in {path} cannot be read: {fault}. `witness make-key` makes one.") from fault
    if len(private) != KEY_BYTES:
        raise Invalid(f"The key in {path} has not {KEY_BYTES} bytes. `witness make-key` makes one.")
    return private


def _verifier(name: str, *, private: bytes) -> str:
    try:
        return cosignatures.verifier_key(name, notes.public_of(private))
    except BadNote as fault:
        raise Invalid(f"Give another name: {fault}.") from fault


def _logs(path: Path) -> list[str]:
    """The verifier keys in a file, one on a line; lines that begin with `#` are passed over. Raises Invalid."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        for key in keys:
            notes.parse_verifier(key)
    except (OSError, BadNote) as fault:
        raise Invalid(f"The verifier keys in {path} cannot be read: {fault}. `manage.py checkpoint keys` prints them.") from fault
    return keys
