"""To a witness: somebody else who signs only what continues what they signed before (C2SP tlog-witness, `add-checkpoint`)."""

import base64
from collections.abc import Mapping

from audit import cosignatures, tree
from audit.models import Checkpoint
from audit.problems import AnchorRefused
from kernel import outbound
from kernel.outbound import Answer

SIZE_TYPE = "text/x.tlog.size"
SHOWN = 200
TIMEOUT_S = 10.0


def give(checkpoint: Checkpoint, *, settings: Mapping[str, str], known_size: int) -> bytes:
    """Have the witness cosign; the receipt is its signature lines, checked. `known_size` is what it has seen of this epoch, as far as we know.

    Raises UnsafeAddress, Unreachable, AnchorRefused.
    """
    answer = _ask(checkpoint, settings=settings, old=known_size)
    if answer.status == 409:
        answer = _ask(checkpoint, settings=settings, old=_size_in(answer, checkpoint=checkpoint))
    if answer.status != 200:
        raise AnchorRefused(f"The witness answered {_shown(answer)}. {_hint(answer.status)}", answer=_shown(answer))
    lines = answer.body.decode("utf-8", "replace")
    try:
        cosignatures.verify(checkpoint.note + lines, verifier=settings["verifier"])
    except cosignatures.BadNote as fault:
        raise AnchorRefused(
            f"What the witness answered is no cosignature of it: {fault}. Compare its verifier key.", answer=_shown(answer)
        ) from fault
    return lines.encode()


def _ask(checkpoint: Checkpoint, *, settings: Mapping[str, str], old: int) -> Answer:
    body = request_body(checkpoint.note, old=old, proof=_proof(old, size=checkpoint.size))
    url = settings["url"].rstrip("/") + "/add-checkpoint"
    return outbound.post(
        url, body=body, headers={"content-type": "text/plain; charset=utf-8"}, timeout_s=TIMEOUT_S, ca_pem=settings.get("ca", "")
    )


def request_body(note: str, *, old: int, proof: list[bytes]) -> bytes:
    """What `add-checkpoint` is sent."""
    lines = [f"old {old}", *(base64.b64encode(hashed).decode() for hashed in proof)]
    return ("\n".join(lines) + "\n\n" + note).encode()


def _proof(old: int, *, size: int) -> list[bytes]:
    if not old:
        return []
    try:
        return tree.consistency(old, size)
    except tree.OutOfReach as fault:
        raise AnchorRefused(
            f"The witness has seen {old} entries, and there is no proof from there any more: {fault}.", answer=""
        ) from fault


def _size_in(answer: Answer, *, checkpoint: Checkpoint) -> int:
    """How much of the log the witness has seen, as its refusal tells."""
    text = answer.body.decode("latin-1").removesuffix("\n")
    is_size = answer.headers.get("content-type", "").partition(";")[0].strip() == SIZE_TYPE and text.isascii() and text.isdigit()
    if not is_size or len(text) > len(str(2**63)):
        raise AnchorRefused(f"The witness answered {_shown(answer)}, which tells no size.", answer=_shown(answer))
    size = int(text)
    if size > checkpoint.size:
        raise AnchorRefused(
            f"The witness has seen {size} entries of this log, and it has {checkpoint.size}: verify the log, for some of it may be missing.",
            answer=_shown(answer),
        )
    return size


def _hint(status: int) -> str:
    hints = {
        403: "It does not know the key that signed: give it the present verifier key.",
        404: "It does not know this log: give it the log's verifier key, which names the log.",
        422: "It has seen another history of this log: verify the log.",
    }
    return hints.get(status, "Look at its log.")


def _shown(answer: Answer) -> str:
    text = "".join(sign if sign.isprintable() else " " for sign in answer.body[: 2 * SHOWN].decode("utf-8", "replace")).strip()
    return f"{answer.status} {text}".strip()[:SHOWN]
