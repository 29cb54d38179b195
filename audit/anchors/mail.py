"""By mail: the checkpoint's note as text, with the keys that check it."""

from collections.abc import Mapping

import orjson

from audit.models import Checkpoint
from kernel import clock, mail, tenancy

TEXT = """This is a signed checkpoint of the audit log of {name}. Keep this mail: it says what the log was, and nobody can take it back.

The log had {size} entries. The signed note begins behind the next empty line and ends with the signature line:

{note}
Public key, which you should compare with one that you got another way:

{verifier}

To check the log against this note: manage.py audit verify --tenant {slug} --against FILE
"""


def give(checkpoint: Checkpoint, *, settings: Mapping[str, str], verifier: str) -> bytes:
    """Send it to every address; the receipt tells to whom, and when the server took it. Raises MailRefused, Unavailable."""
    ref = tenancy.current()
    text = TEXT.format(name=ref.name, slug=ref.slug, size=checkpoint.size, note=checkpoint.note, verifier=verifier)
    taken = {}
    for address in settings["to"].split(", "):
        mail.send(address, subject=f"Checkpoint of {checkpoint.size} entries, epoch {checkpoint.epoch}", text=text)
        taken[address] = clock.rfc3339(clock.now())
    return orjson.dumps({"taken_at": taken})
