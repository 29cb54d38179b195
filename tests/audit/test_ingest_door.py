"""What comes to `POST /v1/audit/events` and cannot be kept: refused with the right problem, and nothing of it is kept."""

import orjson
import pytest

from audit.models import IngestedKey
from kernel.tenancy import TenantRef
from tests import makers
from tests.audit.ingesting import product_entries, registered
from tests.caller import Caller

__all__ = ["registered"]


def message(*, tree: str = "1", changes: str = "{}") -> str:
    """An event as text, with parts that no encoder would write."""
    return (
        '{"id": "raw-1", "action": "invoice.paid", "actor": {"id": "u-93"}, "subject": {"id": "inv-4711"},'
        f' "details": {{"number": "1", "tree": {tree}}}, "changes": {changes}}}'
    )


LISTS = "[" * 9 + "]" * 9
REFUSED: dict[str, tuple[str, int, str]] = {
    "a NaN": (message(tree="NaN"), 400, "malformed"),
    "infinity": (message(tree="Infinity"), 400, "malformed"),
    "minus infinity": (message(tree="[-Infinity]"), 400, "malformed"),
    "1e400": (message(tree="1e400"), 422, "invalid"),
    "-1e400 in a change": (message(changes='{"a": [1, -1e400]}'), 422, "invalid"),
    "a fraction": (message(tree="0.1"), 422, "invalid"),
    "a number beyond 2^53": (message(tree="9007199254740992"), 422, "invalid"),
    "a number beyond 2^64": (message(tree="1" + "0" * 20), 422, "invalid"),
    "a number of 400 digits": (message(tree="9" * 400), 422, "invalid"),
    "a number of 5,000 digits": (message(tree="9" * 5000), 400, "malformed"),
    "an event above 64 KiB": (message(tree=orjson.dumps(["x" * 4000] * 17).decode()), 422, "invalid"),
    "a text above 4,000 signs": (message(tree=f'"{"x" * 4001}"'), 422, "invalid"),
    "a body above 256 KiB": (message(tree=orjson.dumps(["x" * 4000] * 66).decode()), 413, "too-large"),
    "nine levels": (message(tree=LISTS), 422, "invalid"),
    "twenty levels": (message(tree="[" * 20 + "]" * 20), 400, "malformed"),
    "a hundred thousand levels": (message(tree="[" * 100_000 + "]" * 100_000), 400, "malformed"),
    "a name twice": (message(changes='{"a": [1, 2], "a": [1, 3]}'), 400, "malformed"),
    "a NUL": (message(tree='"a\\u0000b"'), 400, "malformed"),
    "half a surrogate pair": (message(tree='"\\ud800"'), 400, "malformed"),
    "no JSON": ("{", 400, "malformed"),
    "a list": ("[]", 422, "invalid"),
    "nothing": ("", 422, "invalid"),
}


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("case", REFUSED)
def test_what_comes_over_http_and_cannot_be_kept_is_refused_and_nothing_is(case: str, acme: TenantRef) -> None:
    body, status, kind = REFUSED[case]
    api = Caller(host="acme.localhost", key=makers.make_key(email="teller@acme.example").secret)

    answer = api.post("/v1/audit/events", body.encode())

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert product_entries() == []
    assert not IngestedKey.objects.exists()


@pytest.mark.usefixtures("registered")
def test_the_largest_that_may_be_kept_is_kept(acme: TenantRef) -> None:
    api = Caller(host="acme.localhost", key=makers.make_key(email="teller@acme.example").secret)

    wide = api.post("/v1/audit/events", message(tree=orjson.dumps(["x" * 4000] * 16).decode()).encode())
    deep = api.post("/v1/audit/events", message(tree="[" * 6 + "]" * 6).replace("raw-1", "raw-2").encode())

    assert (wide.status_code, deep.status_code, len(product_entries())) == (201, 201, 2)
