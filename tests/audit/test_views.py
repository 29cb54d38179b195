"""Saved views: own and shared ones, by action and over HTTP."""

from typing import Any

import pytest

from audit import actions, queries
from audit.models import SavedView
from audit.permissions import Permission
from audit.problems import TooManyViews, ViewNameTaken, ViewNotFound
from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid, PreconditionFailed
from tests import makers
from tests.caller import Caller

READER = frozenset({str(Permission.READ_ENTRIES)})


@pytest.fixture
def reader() -> Actor:
    return makers.person_actor(grants=READER)


def names(actor: Actor, **filters: str) -> set[str]:
    return {view.name for view in queries.views(actor=actor, **filters)}


def recorded(action: str) -> int:
    return queries.entries(action=action).count()


def test_an_own_view_is_seen_by_its_maker_and_a_shared_one_by_all(owner: Actor, reader: Actor) -> None:
    actions.save_view("Mine", filters={"outcome": "denied"}, actor=owner)
    shared = actions.save_view("Ours", filters={"severity": "4"}, audience=actions.SHARED, actor=owner)

    assert names(owner) == {"Mine", "Ours"}
    assert names(reader) == {"Ours"}
    assert names(owner, q="min") == {"Mine"}
    assert shared.filters == {"severity": 4}
    entry = queries.entries(action="audit.view.saved").order_by("-id")[0]
    assert queries.opened(entry)["details"] == {"audience": "shared", "filters": {"severity": 4}}


def test_sharing_takes_its_permission_and_keeping_does_not(reader: Actor, owner: Actor) -> None:
    shared = actions.save_view("Ours", filters={}, audience=actions.SHARED, actor=owner)
    mine = actions.save_view("Mine", filters={}, actor=reader)

    for refused in (
        lambda: actions.save_view("Theirs", filters={}, audience=actions.SHARED, actor=reader),
        lambda: actions.change_view(mine.id, audience=actions.SHARED, actor=reader),
        lambda: actions.change_view(shared.id, name="Taken over", actor=reader),
        lambda: actions.remove_view(shared.id, actor=reader),
    ):
        with pytest.raises(Forbidden):
            refused()

    assert names(reader) == {"Mine", "Ours"}
    assert recorded("audit.view.saved") == 2
    assert recorded("audit.view.changed") == recorded("audit.view.removed") == 0


def test_somebody_elses_own_view_is_not_there(owner: Actor, reader: Actor) -> None:
    mine = actions.save_view("Mine", filters={}, actor=owner)

    with pytest.raises(ViewNotFound):
        queries.view(mine.id, actor=reader)
    with pytest.raises(ViewNotFound):
        actions.change_view(mine.id, name="Theirs", actor=reader)
    with pytest.raises(ViewNotFound):
        actions.remove_view(mine.id, actor=reader)
    assert names(owner) == {"Mine"}


def test_a_name_is_taken_once_by_its_maker(owner: Actor, reader: Actor) -> None:
    actions.save_view("Refusals", filters={}, actor=owner)
    other = actions.save_view("Other", filters={}, actor=owner)
    actions.save_view("Refusals", filters={}, actor=reader)

    with pytest.raises(ViewNameTaken):
        actions.save_view("Refusals", filters={}, actor=owner)
    with pytest.raises(ViewNameTaken):
        actions.change_view(other.id, name="Refusals", actor=owner)
    assert SavedView.objects.count() == 3


@pytest.mark.parametrize(
    "given",
    [{"name": " "}, {"name": "x" * 81}, {"filters": {"colour": "red"}}, {"filters": {"severity": 9}}, {"audience": "everybody"}],
)
def test_what_makes_no_sense_is_not_saved(given: dict[str, Any], owner: Actor) -> None:
    with pytest.raises(Invalid):
        actions.save_view(**{"name": "A view", "filters": {}, **given, "actor": owner})

    assert not SavedView.objects.exists()
    assert recorded("audit.view.saved") == 0


def test_one_person_keeps_fifty_and_no_more(owner: Actor) -> None:
    SavedView.objects.bulk_create([SavedView(name=f"View {number}", owner_id=owner.id) for number in range(50)])

    with pytest.raises(TooManyViews) as refused:
        actions.save_view("One more", filters={}, actor=owner)

    assert refused.value.fields == {"limit": 50}
    assert SavedView.objects.count() == 50


def test_a_change_is_recorded_once_with_old_and_new(owner: Actor) -> None:
    view = actions.save_view("Refusals", filters={"outcome": "denied"}, actor=owner)

    changed = actions.change_view(view.id, name="Refused", filters={"outcome": "denied", "severity": 3}, actor=owner)
    again = actions.change_view(view.id, name="Refused", actor=owner)

    assert (changed.version, again.version) == (2, 2)
    entry = queries.entries(action="audit.view.changed").get()
    assert queries.opened(entry)["changes"] == {
        "label": ["Refusals", "Refused"],
        "filters": [{"outcome": "denied"}, {"outcome": "denied", "severity": 3}],
    }


def test_a_late_change_is_refused(owner: Actor) -> None:
    view = actions.save_view("Refusals", filters={}, actor=owner)
    actions.change_view(view.id, name="Refused", actor=owner)

    with pytest.raises(PreconditionFailed):
        actions.change_view(view.id, name="Late", expected_version=1, actor=owner)
    with pytest.raises(PreconditionFailed):
        actions.remove_view(view.id, expected_version=1, actor=owner)
    assert names(owner) == {"Refused"}


def test_a_view_is_kept_read_changed_and_removed_over_http(client: Caller) -> None:
    client.key = makers.make_key(scopes=("read:audit.entries", "write:audit.views")).secret
    body = {"name": "Refusals", "filters": {"outcome": "denied", "since": "2026-01-01T00:00:00Z"}, "audience": "shared"}

    made = client.post("/v1/audit/views", body)
    path = made["Location"]
    shown = client.get(path)
    changed = client.patch(path, {"name": "Refused"}, HTTP_IF_MATCH=shown["ETag"])
    late = client.patch(path, {"name": "Late"}, HTTP_IF_MATCH=shown["ETag"])
    listed = client.get("/v1/audit/views?q=refus").json()["data"]
    removed = client.delete(path)

    assert made.status_code == 201
    assert shown.json()["filters"] == {"outcome": "denied", "since": "2026-01-01T00:00:00.000000Z"}
    assert (changed.json()["name"], changed.json()["version"], changed.json()["filters"]) == ("Refused", 2, shown.json()["filters"])
    assert late.status_code == 412
    assert [view["name"] for view in listed] == ["Refused"]
    assert removed.status_code == 204
    assert client.get(path).status_code == 404
    assert client.post("/v1/audit/views", {"name": "x", "filters": {"colour": "red"}}).status_code == 422
