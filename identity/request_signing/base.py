"""The signature base (RFC 9421, section 2.5) and the values of the components that are covered. Pure."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, unquote_to_bytes

DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
PATH_SIGNS: Final = "/:@!$&'()*+,;=~-._"


def of(components: Iterable[tuple[str, str]], *, parameters: str) -> bytes:
    """The bytes that are signed: a line per component, given as pairs of identifier (with its quotes) and value, and the parameters last.

    Raises ValueError when a value could begin another line or is not ASCII.
    """
    lines = [f"{identifier}: {value}" for identifier, value in (*components, ('"@signature-params"', parameters))]
    if any("\n" in line or "\r" in line for line in lines):
        raise ValueError("a component holds the end of a line")
    return "\n".join(lines).encode("ascii")


def authority(host: str, *, scheme: str) -> str:
    """`@authority` (section 2.2.3): the Host header in small letters, without the port that the scheme implies."""
    return host.lower().removesuffix(DEFAULT_PORTS.get(scheme, ""))


def path(resolved: str, *, told: str) -> str:
    """`@path` (section 2.2.6), escapes and all as it was sent, for a path that reached the product with its escapes resolved.

    A WSGI server hands on resolved paths alone, in which `%2F` and `/` are the same; `told` is the request's address as the client or a proxy
    says it was sent. Nobody has to be trusted for that: it counts only if it is a spelling of this very path, which is what the product acts
    on. Otherwise it is taken to have been sent in the usual spelling: only what must be escaped is, in capital hexadecimal digits.
    """
    spelt = told.partition("?")[0]
    if spelt and unquote_to_bytes(spelt) == resolved.encode():
        return spelt
    return quote(resolved or "/", safe=PATH_SIGNS)


def query(raw: str) -> str:
    """`@query` (section 2.2.7): a question mark and the query as it was sent; the question mark alone where there is none."""
    return f"?{raw}"
