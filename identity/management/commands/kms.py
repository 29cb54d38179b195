"""`manage.py kms`: a key management service for trying things out."""

import signal
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from rich.text import Text

from identity.local_kms.keyring import Keyring
from identity.local_kms.serving import Service
from kernel.commands import OperatorCommand, Options, Outcome
from kernel.problems import Invalid

PORT = 8200
SHORTEST_TOKEN = 16


class Command(OperatorCommand):
    """Serves the transit API of Vault from a file of keys; software without hardware behind it, for development and tests."""

    help = "Run a key service for development, which wraps the tenants' keys when KEY_PROVIDER is `transit`."

    def declare(self) -> None:
        """The verbs of this command."""
        serving = self.verb(
            "serve", self.serve, help_text="Serve on loopback until it is stopped; KMS_TOKEN is what callers must send."
        )
        serving.add_argument("--port", type=int, default=PORT, help=f"the port on 127.0.0.1 (default {PORT})")
        serving.add_argument(
            "--file", type=Path, default=None, help="where the keys are kept (default: kms/keys.json below FREEHOLD_VAR)"
        )

    def serve(self, options: Options) -> Outcome:
        """Serve. Raises Invalid when there is no token."""
        if len(settings.KMS_TOKEN) < SHORTEST_TOKEN:
            raise Invalid(f"Set KMS_TOKEN to at least {SHORTEST_TOKEN} signs, here and for the product.", errors=[])
        path: Path = options["file"] or settings.VAR / "kms" / "keys.json"
        keyring = Keyring(path)
        keyring.ensure(settings.KMS_KEY)
        with Service(keyring, token=settings.KMS_TOKEN, port=options["port"]) as service:
            self.console.print(f"The key {settings.KMS_KEY} is served at {service.url}; its versions are in {path}.", markup=False)
            # Both end it: who supervises sends SIGTERM, and SIGINT is ignored in what a shell put into the background.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.default_int_handler)
            with suppress(KeyboardInterrupt):
                service.serve_forever()
        return Outcome({"served": True}, Text("Stopped."))
