"""What a person gives to prove a factor."""

import re
from dataclasses import dataclass, field
from typing import Final

CREDENTIAL_MAX: Final = 20_000
CODE_MAX: Final = 64
_BETWEEN: Final = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class Given:
    """A code as it was typed, or the answer of a passkey as the browser's JSON, with the origin of the page that asked (`https://host[:port]`)."""

    code: str = field(default="", repr=False)
    credential: str = field(default="", repr=False)
    origin: str = ""

    @property
    def plain_code(self) -> str:
        """The code in lower case without the blanks and hyphens that make it readable; empty when it cannot be one."""
        return "" if len(self.code) > CODE_MAX else _BETWEEN.sub("", self.code).lower()
