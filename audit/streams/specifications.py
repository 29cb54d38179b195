"""What each kind of target needs to be told, and whether what somebody typed is that. Pure but for looking the host up."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from audit.formats import FORMATS, VERSIONS
from audit.models import StreamKind
from kernel import outbound
from kernel.problems import Invalid

FORMATS_OF: Mapping[str, tuple[str, ...]] = {
    StreamKind.HTTPS: ("jsonl", "ocsf", "ecs", "cef"),
    StreamKind.SPLUNK: ("jsonl", "ocsf", "ecs"),
    StreamKind.SYSLOG: ("syslog", "cef", "jsonl", "ocsf", "ecs"),
    StreamKind.S3: ("jsonl", "csv", "cef", "ocsf", "ecs"),
}
"""The formats that each kind of target takes, the usual one first."""

SIGNING_KEY_MINIMUM = 24
PEM_MAXIMUM = 20_000
_PRINTABLE = re.compile(r"[!-~]+")
_HEADER = re.compile(r"[ -~]+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_REGION = re.compile(r"[a-z0-9-]{1,32}")


def _text(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise ValueError("Use visible ASCII signs.")
    return value


def _token(value: str) -> str:
    if not _PRINTABLE.fullmatch(value):
        raise ValueError("Use visible ASCII signs without blanks.")
    return value


def _signing_key(value: str) -> str:
    if len(value) < SIGNING_KEY_MINIMUM:
        raise ValueError(f"Take at least {SIGNING_KEY_MINIMUM} signs, made at random.")
    return _token(value)


def _matching(pattern: re.Pattern[str], *, words: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(words)
        return value

    return check


def _prefix(value: str) -> str:
    stripped = value.strip("/")
    if not _PREFIX.fullmatch(stripped) or {".", ".."} & set(stripped.split("/")):
        raise ValueError("Use letters, digits, `_`, `.`, `-` and `/`.")
    return stripped


def _port(value: str) -> str:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        raise ValueError("Give a port between 1 and 65535.")
    return value


def _certificates(value: str) -> str:
    try:
        outbound.require_authority(value)
    except outbound.UnsafeAddress as refused:
        raise ValueError(refused.detail) from refused
    return value


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to be told."""

    name: str
    check: Callable[[str], str] = _text
    is_required: bool = True
    maximum: int = 500


CA = Field("ca", _certificates, is_required=False, maximum=PEM_MAXIMUM)
URL = Field("url", _token, maximum=2048)
SETTINGS: Mapping[str, tuple[Field, ...]] = {
    StreamKind.HTTPS: (URL, CA),
    StreamKind.SPLUNK: (URL, CA),
    StreamKind.SYSLOG: (Field("host", _token, maximum=253), Field("port", _port, maximum=5), CA),
    StreamKind.S3: (
        Field("endpoint", _token, maximum=2048),
        Field("bucket", _matching(_BUCKET, words="Give the name of the bucket: 3 to 63 small letters, digits, dots and hyphens.")),
        Field("prefix", _prefix, is_required=False, maximum=200),
        Field("region", _matching(_REGION, words="Give the region, e.g. eu-central-1."), maximum=32),
        CA,
    ),
}
SECRETS: Mapping[str, tuple[Field, ...]] = {
    StreamKind.HTTPS: (Field("signing_key", _signing_key), Field("authorization", is_required=False, maximum=2000)),
    StreamKind.SPLUNK: (Field("token", _token),),
    StreamKind.SYSLOG: (),
    StreamKind.S3: (Field("access_key_id", _token), Field("secret_access_key", _token)),
}


def settings_of(kind: str, given: Mapping[str, Any]) -> dict[str, str]:
    """The settings of a target, read; what may be left out is "". Raises Invalid that names each fault."""
    return read(SETTINGS[kind], given, at="settings")


def secret_of(kind: str, given: Mapping[str, Any]) -> dict[str, str]:
    """The same for what is kept sealed."""
    return read(SECRETS[kind], given, at="secret")


def require_kind(kind: str) -> None:
    """Raises Invalid for a kind that does not exist."""
    if kind not in SETTINGS:
        raise _invalid([("/kind", f"Choose one of: {', '.join(SETTINGS)}.")])


def require_format(kind: str, *, name: str, version: str) -> None:
    """Raises Invalid for a format that the kind does not take, or a version that the format does not have."""
    if name not in FORMATS_OF[kind] or name not in FORMATS:
        raise _invalid([("/format", f"Choose one of: {', '.join(FORMATS_OF[kind])}.")])
    if version and version not in VERSIONS.get(name, ()):
        known = ", ".join(VERSIONS.get(name, ())) or "none"
        raise _invalid([("/format_version", f"Leave it empty, or choose one of: {known}.")])


def require_allowed(kind: str, *, settings: Mapping[str, str]) -> None:
    """Refuse a target that may not be called. Raises UnsafeAddress, Unreachable for a name that nobody knows."""
    if kind == StreamKind.SYSLOG:
        outbound.require_host(settings["host"], port=int(settings["port"]))
    else:
        outbound.require_allowed(settings["endpoint" if kind == StreamKind.S3 else "url"])


def host_of(kind: str, *, settings: Mapping[str, Any]) -> str:
    """The host of a target, for people and the trail: a URL may hold more than everybody should read."""
    if kind == StreamKind.SYSLOG:
        return str(settings["host"])
    return urlsplit(str(settings["endpoint" if kind == StreamKind.S3 else "url"])).hostname or ""


def read(fields: tuple[Field, ...], given: Mapping[str, Any], *, at: str) -> dict[str, str]:
    """Texts by the names of fields, each checked; what may be left out is "". Raises Invalid whose pointers begin with `at`."""
    known = {field.name for field in fields}
    faults = [(f"/{at}/{str(name)[:100]}", "This does not exist here.") for name in given if name not in known]
    values: dict[str, str] = {}
    for field in fields:
        value = str(given.get(field.name) or "").strip()
        values[field.name] = ""
        try:
            values[field.name] = _checked(field, value)
        except ValueError as fault:
            faults.append((f"/{at}/{field.name}", str(fault)))
    if faults:
        raise _invalid(faults)
    return values


def _checked(field: Field, value: str) -> str:
    if not value:
        if field.is_required:
            raise ValueError("This is needed.")
        return ""
    if len(value) > field.maximum:
        raise ValueError(f"Take at most {field.maximum:,} signs.")
    return field.check(value)


def _invalid(faults: list[tuple[str, str]]) -> Invalid:
    errors = [{"pointer": pointer, "code": "invalid", "detail": detail} for pointer, detail in faults]
    return Invalid("Correct the fields that `errors` names.", errors=errors)
