"""Lists in pages, and cursors that can be neither made nor moved."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.models import Role
from kernel import ids, tenancy
from kernel.api import pages
from kernel.problems import Malformed
from kernel.tenancy import Purpose, TenantRef
from tests.caller import Caller

SCOPE = "/v1/roles?q="


@pytest.fixture
def roles() -> list[Role]:
    """Seven roles, the newest first."""
    made = [Role.objects.create(name=f"paged-{number}", label="Paged", permissions=[]) for number in range(7)]
    return sorted(made, key=lambda role: role.id, reverse=True)


def _slice(cursor: str = "", *, limit: int = 3, scope: str = SCOPE) -> pages.Page[Role]:
    return pages.cut(Role.objects.filter(label="Paged"), scope=scope, cursor=cursor, limit=limit)


def test_pages_follow_each_other_without_gap_or_repeat(roles: list[Role]) -> None:
    first = _slice()
    second = _slice(first.next_cursor)
    third = _slice(second.next_cursor)

    assert [*first.items, *second.items, *third.items] == roles
    assert [page.has_more for page in (first, second, third)] == [True, True, False]
    assert third.next_cursor == ""


def test_a_page_that_ends_with_the_list_says_so(roles: list[Role]) -> None:
    assert _slice(limit=7).has_more is False
    assert _slice(limit=6).has_more is True


def test_rows_added_meanwhile_do_not_move_the_next_page(roles: list[Role]) -> None:
    first = _slice()
    Role.objects.create(name="paged-new", label="Paged", permissions=[])

    assert _slice(first.next_cursor).items == roles[3:6]


@pytest.mark.parametrize(("asked", "given_back"), [(0, 1), (-5, 1), (1, 1), (2, 2), (1_000_000, 7)])
def test_the_limit_stays_within_bounds(roles: list[Role], asked: int, given_back: int) -> None:
    assert len(_slice(limit=asked).items) == given_back


@pytest.mark.parametrize("scope", ["/v1/people?q=", "/v1/roles?q=x", ""])
def test_a_cursor_is_refused_by_another_list_or_filter(roles: list[Role], scope: str) -> None:
    cursor = _slice().next_cursor

    with pytest.raises(Malformed):
        _slice(cursor, scope=scope)


def test_a_cursor_is_refused_in_another_tenant(roles: list[Role], globex: TenantRef) -> None:
    cursor = _slice().next_cursor

    with tenancy.activate(globex, purpose=Purpose.REQUEST), pytest.raises(Malformed):
        _slice(cursor)


def test_no_altered_cursor_is_accepted(roles: list[Role]) -> None:
    cursor = _slice().next_cursor
    alphabet = string.ascii_letters + string.digits + "-_"
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))

    for place in range(len(cursor)):
        changed = cursor[:place] + alphabet[(alphabet.index(cursor[place]) + 1) % 64] + cursor[place + 1 :]
        if base64.urlsafe_b64decode(changed + "=" * (-len(changed) % 4)) != raw:
            with pytest.raises(Malformed):
                _slice(changed)
    with pytest.raises(Malformed):
        _slice(cursor[:-4])


@given(st.text(max_size=80).filter(bool))
def test_no_text_is_taken_for_a_cursor(text: str) -> None:
    with pytest.raises(Malformed):
        _slice(text)


def test_an_id_without_its_mac_is_no_cursor() -> None:
    bare = base64.urlsafe_b64encode(ids.new_id().bytes).decode().rstrip("=")

    with pytest.raises(Malformed):
        _slice(bare)


def test_a_list_over_http_links_to_its_next_page(caller: Caller, roles: list[Role]) -> None:
    first = caller.get("/v1/roles?limit=4")
    second = caller.get(first["Link"].partition(">")[0].removeprefix("<"))

    assert set(first.json()) == {"data", "has_more", "next_cursor"}
    assert [row["id"] for row in first.json()["data"]] == [role.public_id for role in roles[:4]]
    assert [row["id"] for row in second.json()["data"][:3]] == [role.public_id for role in roles[4:]]
    assert first.json()["has_more"] is True


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("limit=201", 422),
        ("limit=x", 422),
        ("limit=200", 200),
        ("cursor=abc", 400),
        ("limit=1&limit=2", 400),
        ("unknown=1", 422),
        ("cursor=" + "a" * 101, 422),
        ("q=%00", 400),
    ],
)
def test_parameters_of_a_list_are_checked(caller: Caller, query: str, status: int) -> None:
    response = caller.get(f"/v1/people?{query}")

    assert response.status_code == status
    assert response["Content-Type"] == ("application/json" if status == 200 else "application/problem+json")


def test_a_cursor_does_not_pass_from_one_filter_to_another_over_http(caller: Caller, roles: list[Role]) -> None:
    cursor = caller.get("/v1/roles?limit=2").json()["next_cursor"]

    assert caller.get(f"/v1/roles?limit=2&cursor={cursor}").status_code == 200
    assert caller.get(f"/v1/operations?limit=2&cursor={cursor}").status_code == 400
