"""Running an operator command in process."""

import io
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.management import call_command

from kernel import tenancy


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str

    @property
    def data(self) -> dict[str, Any]:
        """The JSON document."""
        document: dict[str, Any] = orjson.loads(self.out)
        return document


def run(*arguments: str) -> Ran:
    """Run `manage.py …`, with no tenant active, as a terminal has it."""
    out = io.StringIO()
    code = 0
    with tenancy.outside():
        try:
            call_command(*arguments, stdout=out)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ran(code, out.getvalue())
