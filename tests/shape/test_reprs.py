"""What is secret in a value of the product does not stand in its `repr`, which is what ends in logs, tracebacks and error reports."""

import ast
import re
from collections.abc import Iterator

from identity.factors.given import Given
from identity.factors.totp import Started
from identity.key_format import KeyText
from identity.models import TotpDevice
from tests.shape import source
from tests.shape.source import PRODUCT

SECRET = re.compile(r"([a-z_]+_)?(secret|token|password|credential)|secrets|secret_access_key")
HIDDEN = "repr=False"


def _fields() -> Iterator[tuple[str, ast.AnnAssign]]:
    """Every field of every dataclass of the product, by `file:Class.field`."""
    for path in source.python(*PRODUCT):
        for node in ast.walk(source.tree(path)):
            if not isinstance(node, ast.ClassDef) or not any("dataclass" in ast.unparse(one) for one in node.decorator_list):
                continue
            for line in node.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    yield f"{path}:{node.name}.{line.target.id}", line


def test_fields_that_are_called_a_secret_are_not_shown() -> None:
    named = {name: line for name, line in _fields() if SECRET.fullmatch(name.rpartition(".")[2])}

    shown = {name for name, line in named.items() if line.value is None or HIDDEN not in ast.unparse(line.value)}
    assert len(named) >= 15
    assert shown == {"identity/request_signing/checking.py:Row.sealed_secret"}  # sealed, as it lies in its row


def test_secrets_that_are_called_otherwise_are_not_shown() -> None:
    values = (
        Given(code="canary-1", credential="canary-2"),
        KeyText(text="canary-3", key_id="k"),
        Started(TotpDevice(), secret="canary-4", address="canary-5", image="canary-6"),
    )

    assert [value for value in values if "canary" in repr(value)] == []
