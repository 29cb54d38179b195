"""ETag, If-Match and If-None-Match."""

import pytest

from audit import queries as audit
from identity.models import Role
from kernel.problems import PreconditionFailed, require_version
from tests.caller import Caller

ROLE = {"name": "versioned", "label": "One", "description": "", "permissions": ["read:audit.entries"]}


@pytest.fixture
def path(caller: Caller) -> str:
    """The address of a role in its first version."""
    made = caller.post("/v1/roles", ROLE)
    assert made["ETag"] == '"v1"'
    return str(made["Location"])


def test_an_object_carries_its_version(caller: Caller, path: str) -> None:
    assert caller.get(path)["ETag"] == '"v1"'
    assert caller.patch(path, {"label": "Two"})["ETag"] == '"v2"'
    assert caller.get(path)["ETag"] == '"v2"'


@pytest.mark.parametrize("header", ['"v1"', 'W/"v1"', "v1", "*", ""])
def test_the_version_that_was_read_may_be_changed(caller: Caller, path: str, header: str) -> None:
    assert caller.patch(path, {"label": "Two"}, HTTP_IF_MATCH=header).status_code == 200


def test_a_version_that_has_passed_may_not_be_changed(caller: Caller, path: str) -> None:
    caller.patch(path, {"label": "Two"})
    entries = audit.entries(outcome="success").count()

    changed = caller.patch(path, {"label": "Three"}, HTTP_IF_MATCH='"v1"')
    deleted = caller.delete(path, HTTP_IF_MATCH='"v1"')

    for response in (changed, deleted):
        assert (response.status_code, response.json()["type"]) == (412, "/problems/precondition-failed")
        assert response.json()["current_version"] == 2
    assert Role.objects.get(name="versioned").label == "Two"
    assert audit.entries(outcome="success").count() == entries


@pytest.mark.parametrize("header", ["x", '"x1"', '"v"', '"v-1"', '"v1", "v2"', '"v' + "9" * 10 + '"', '"v\u0661"'])
def test_a_garbled_version_is_refused(caller: Caller, path: str, header: str) -> None:
    response = caller.patch(path, {"label": "Two"}, HTTP_IF_MATCH=header)

    assert (response.status_code, response.json()["type"]) == (400, "/problems/malformed")
    assert Role.objects.get(name="versioned").label == "One"


def test_what_is_known_already_is_not_sent_again(caller: Caller, path: str) -> None:
    known = caller.get(path, HTTP_IF_NONE_MATCH='"v1"')
    other = caller.get(path, HTTP_IF_NONE_MATCH='"v2"')

    assert (known.status_code, known.content, known["ETag"]) == (304, b"", '"v1"')
    assert (other.status_code, other["ETag"]) == (200, '"v1"')


def test_a_version_is_required_only_where_one_is_asked_for() -> None:
    row = Role(name="x", version=3)

    require_version(row, expected=None)
    require_version(row, expected=3)
    with pytest.raises(PreconditionFailed) as refused:
        require_version(row, expected=2)
    assert refused.value.fields == {"current_version": 3}
