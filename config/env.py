"""Read settings from the environment, gather every fault, then fail once.

A variable is read and declared in one call, so the list of declared variables (`Env.variables`) is always the list of variables
that the program reads; `.env.example` and `docs/settings.md` are proven against it. Knows nothing of Django.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


class SettingsFault(Exception):
    """The environment is unusable; the message names every fault found, one per line."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("The settings are wrong:\n" + "\n".join(f"  - {fault}" for fault in self.faults))


class Kind(StrEnum):
    """How a variable's text is read."""

    TEXT = "text"
    FLAG = "flag"
    NUMBER = "number"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    LISTING = "listing"


@dataclass(frozen=True, slots=True)
class Variable:
    """One declared variable. `default` is what people are shown; a required variable has none, a secret never shows its value."""

    name: str
    kind: Kind
    default: str
    help: str
    is_required: bool


class Env:
    """The environment and, behind it, one `.env` file: a variable that is set for real wins over the file.

    An empty value counts as not set. A reader that meets a fault notes it and returns its default, so that one start shows all
    faults; call `finish()` after the last reader.
    """

    def __init__(self, environ: Mapping[str, str], *, file: Path | None = None) -> None:
        self.variables: dict[str, Variable] = {}
        self.faults: list[str] = []
        self._from_file: dict[str, str] = {}
        if file is not None and file.is_file():
            self._from_file, faults = parse(file.read_text(encoding="utf-8"), source=file.name)
            self.faults.extend(faults)
        self._values = {**self._from_file, **{name: value for name, value in environ.items() if value}}

    @classmethod
    def at(cls, root: Path) -> Env:
        """The process environment, with `.env` in the folder `root` behind it."""
        return cls(os.environ, file=root / ".env")

    def text(
        self,
        name: str,
        *,
        default: str | None = None,
        help: str,  # noqa: A002 - the word that people look for in a declaration
        choices: Sequence[str] = (),
    ) -> str:
        """Read plain text; without a default the variable is required. `choices` limits the answers when given."""
        self._declare(name, kind=Kind.TEXT, default=default, help=help)
        value = self._values.get(name)
        if value is None:
            return self._absent(name, default)
        if choices and value not in choices:
            self.faults.append(f"{name} is {value!r}; it must be one of: {', '.join(choices)}.")
            return default or ""
        return value

    def flag(self, name: str, *, default: bool, help: str) -> bool:  # noqa: A002 - as in text()
        """Read yes or no: 1/0, true/false, yes/no, on/off in any case."""
        self._declare(name, kind=Kind.FLAG, default="true" if default else "false", help=help)
        word = self._values.get(name, "").strip().lower()
        if not word:
            return default
        if word not in TRUE_WORDS | FALSE_WORDS:
            self.faults.append(f"{name} is {word!r}; it must be true or false.")
            return default
        return word in TRUE_WORDS

    def number(
        self,
        name: str,
        *,
        default: int,
        help: str,  # noqa: A002 - as in text()
        minimum: int = 0,
        maximum: int | None = None,
    ) -> int:
        """Read a whole number between `minimum` and `maximum`, both allowed."""
        self._declare(name, kind=Kind.NUMBER, default=str(default), help=help)
        text = self._values.get(name, "").strip()
        if not text:
            return default
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            self.faults.append(f"{name} is {text!r}; it must be a whole number.")
            return default
        value = int(text)
        if value < minimum or (maximum is not None and value > maximum):
            upper = "" if maximum is None else f" and at most {maximum}"
            self.faults.append(f"{name} is {value}; it must be at least {minimum}{upper}.")
            return default
        return value

    def secret(self, name: str, *, default: str | None = None, help: str) -> str:  # noqa: A002 - as in text()
        """Read a secret from NAME, or from the file that NAME_FILE names (a final line break is dropped).

        Without a default it is required. Its value appears neither in faults nor in the list of variables.
        """
        shown = None if default is None else "generated" if default else ""
        self._declare(name, kind=Kind.SECRET, default=shown, help=help)
        value, path = self._values.get(name), self._values.get(f"{name}_FILE")
        if value and path:
            self.faults.append(f"{name} and {name}_FILE are both set; keep one of them.")
        if value or not path:
            return value or self._absent(name, default)
        try:
            content = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            self.faults.append(f"{name}_FILE names {path!r}, which cannot be read ({type(error).__name__}).")
            return default or ""
        if not content:
            self.faults.append(f"{name}_FILE names {path!r}, which is empty.")
        return content or default or ""

    def listing(self, name: str, *, default: Sequence[str] = (), help: str) -> tuple[str, ...]:  # noqa: A002 - as in text()
        """Read a list separated by commas; blanks around entries and empty entries are dropped."""
        self._declare(name, kind=Kind.LISTING, default=",".join(default), help=help)
        if name not in self._values:
            return tuple(default)
        return tuple(entry.strip() for entry in self._values[name].split(",") if entry.strip())

    def value(self, name: str) -> str | None:
        """The raw text of a variable if it is set, without declaring it: for those who run before the settings are read."""
        return self._values.get(name)

    def fault(self, sentence: str) -> None:
        """Note a fault that only several variables together can have."""
        self.faults.append(sentence)

    def unknown_names(self) -> tuple[str, ...]:
        """Names that the `.env` file sets and nothing declares: likely misspelt. Call after the last reader."""
        known = set(self.variables) | {f"{name}_FILE" for name, v in self.variables.items() if v.kind is Kind.SECRET}
        return tuple(sorted(set(self._from_file) - known))

    def finish(self) -> None:
        """Raise one SettingsFault that lists all faults, when there are any."""
        if self.faults:
            raise SettingsFault(self.faults)

    def _absent(self, name: str, default: str | None) -> str:
        if default is None:
            self.faults.append(f"{name} is required: {self.variables[name].help}")
        return default or ""

    def _declare(self, name: str, *, kind: Kind, default: str | None, help: str) -> None:  # noqa: A002 - as in text()
        if name in self.variables:
            _refuse(f"{name} is declared twice")
        if not help.strip().endswith("."):
            _refuse(f"{name}: the help must be a sentence")
        self.variables[name] = Variable(name=name, kind=kind, default=default or "", help=help.strip(), is_required=default is None)


def parse(text: str, *, source: str) -> tuple[dict[str, str], list[str]]:
    r"""Parse the text of a `.env` file into (values, faults); empty values are left out.

    Lines are `NAME=value` or `export NAME=value`; `#` starts a comment at the start of a line or after a blank. 'Single' quotes
    keep everything, "double" quotes know \n, \t, \", \\ and \$. Nothing is expanded and no value spans lines.
    """
    values: dict[str, str] = {}
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _ASSIGNMENT.fullmatch(stripped)
        value = _value(match.group(2)) if match else None
        if match is None or value is None:
            faults.append(f"{source}, line {number}: not of the form NAME=value, or a quote is not closed.")
        elif value:
            values[match.group(1)] = value
    return values, faults


def _value(raw: str) -> str | None:
    if raw.startswith("'"):
        match = re.fullmatch(r"'([^']*)'\s*(?:#.*)?", raw)
        return match.group(1) if match else None
    if raw.startswith('"'):
        match = re.fullmatch(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?', raw)
        return re.sub(r"\\(.)", _unescaped, match.group(1)) if match else None
    return "" if raw.startswith("#") else re.split(r"\s+#", raw, maxsplit=1)[0].strip()


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match.group(1), match.group(0))


def _refuse(sentence: str) -> NoReturn:
    raise ValueError(sentence)
