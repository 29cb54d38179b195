"""The secret part of an operation's result: sealed in its row, opened for few."""

from uuid import UUID

import orjson

from kernel import sealing


def sealed(secrets: dict[str, str], *, operation_id: UUID) -> str:
    """What is stored; empty when there is nothing secret."""
    return sealing.seal(orjson.dumps(secrets), context=_place(operation_id)) if secrets else ""


def opened(text: str, *, operation_id: UUID) -> dict[str, str]:
    """What was sealed for this very operation. Raises Unsealable."""
    found: dict[str, str] = orjson.loads(sealing.unseal(text, context=_place(operation_id))) if text else {}
    return found


def _place(operation_id: UUID) -> str:
    return f"operations.operation:{operation_id}"
