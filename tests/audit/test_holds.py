"""Legal holds: placed by one, lifted by two."""

from datetime import UTC, datetime
from typing import Any

import pytest

from audit import actions, queries
from audit.models import Entry, HeldEntry, LegalHold
from audit.permissions import Permission
from audit.problems import HoldIsLifted, HoldNotFound, LiftAlreadyAsked, LiftNotAsked, PersonHeld, SecondPersonNeeded
from identity import actions as identity_actions
from identity import queries as identity
from identity.models import ApiKey
from kernel import ids, tenancy
from kernel.actors import Actor, ActorKind
from kernel.problems import Forbidden, Invalid, PreconditionFailed
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen


@pytest.fixture
def other() -> Actor:
    """A second person who may everything."""
    return makers.person_actor()


def place(by: Actor, **terms: Any) -> LegalHold:
    return actions.place_hold("Case 7", matter="7/26", reason="A claim was made.", terms=terms, actor=by)


def names() -> list[str]:
    return [entry.action for entry in queries.entries().order_by("id") if entry.action.startswith("audit.hold.")]


def test_a_hold_is_placed_and_recorded(owner: Actor) -> None:
    happen(actor=owner, subject="thing_1")

    hold = place(owner, subject="thing_1", since="2020-01-01T00:00:00Z")

    assert queries.hold_state(hold) == "standing"
    assert (hold.owner_id, hold.subject, hold.since, hold.until) == (owner.id, "thing_1", datetime(2020, 1, 1, tzinfo=UTC), None)
    details = queries.entries(action="audit.hold.placed").get().document["details"]
    assert (details["about"], details["since"], details["entries"]) == ("thing_1", "2020-01-01T00:00:00.000000Z", 1)


@pytest.mark.parametrize(
    ("terms", "number"),
    [({"subject": "thing_1"}, 2), ({"action": "tests.*"}, 3), ({"action": "tests.thing.happened", "subject": "thing_2"}, 1),
     ({"subject": "nobody"}, 0), ({"action": "tests.*", "until": "2020-01-01T00:00:00Z"}, 0)],
)  # fmt: skip
def test_the_preview_counts_what_a_hold_would_name(terms: dict[str, Any], number: int, owner: Actor) -> None:
    for subject in ("thing_1", "thing_1", "thing_2"):
        happen(actor=owner, subject=subject)

    assert queries.hold_preview(terms) == {"entries": number, "in_trail": number, "copies": 0}


def test_a_hold_of_unknown_terms_is_refused(owner: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        place(owner, colour="red")

    assert [fault["pointer"] for fault in refused.value.fields["errors"]] == ["/colour"]
    assert (LegalHold.objects.count(), names()) == (0, [])


@pytest.mark.parametrize(
    ("name", "reason", "pointer"),
    [("", "why", "/name"), ("n", " ", "/reason"), ("n" * 121, "why", "/name"), ("a\0b", "why", "/name")],
)
def test_a_hold_needs_name_and_reason(name: str, reason: str, pointer: str, owner: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        actions.place_hold(name, matter="", reason=reason, terms={}, actor=owner)

    assert [fault["pointer"] for fault in refused.value.fields["errors"]] == [pointer]
    assert LegalHold.objects.count() == 0


def test_lifting_takes_two_people(owner: Actor, other: Actor) -> None:
    hold = place(owner, subject="thing_1")

    actions.ask_lift(hold.pk, reason="The case is closed.", actor=owner)
    with pytest.raises(SecondPersonNeeded):
        actions.lift_hold(hold.pk, actor=owner)
    assert queries.hold_state(queries.hold(hold.pk)) == "lift_asked"
    lifted = actions.lift_hold(hold.pk, actor=other)

    assert (queries.hold_state(lifted), lifted.lift_asked_by, lifted.lifted_by) == ("lifted", owner.id, other.id)
    assert names() == ["audit.hold.placed", "audit.hold.lift_asked", "audit.hold.lifted"]


def test_a_key_of_ones_own_is_no_second_person() -> None:
    created = makers.make_key(email="two@acme.example")
    person = identity.person_by_email("two@acme.example")
    asker = makers.actor_of(person)
    key = Actor(
        kind=ActorKind.KEY,
        id=created.key.public_id,
        label="key",
        tenant_id=tenancy.current().id,
        grants=asker.grants,
        auth_method="api_key",
    )
    hold = place(asker)
    actions.ask_lift(hold.pk, reason="Closed.", actor=asker)

    with pytest.raises(SecondPersonNeeded):
        actions.lift_hold(hold.pk, actor=key)

    assert queries.hold(hold.pk).lifted_at is None


def test_two_keys_of_one_operator_are_one_person_in_every_tenant(platform: TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        one = makers.make_key(email="operator@platform.example").key
        person = identity.person_by_email("operator@platform.example")
        operator = makers.actor_of(person)
        another = identity_actions.create_api_key("another", scopes=["*"], expires_in_days=9, actor=operator).key
        colleague = makers.make_key(email="colleague@platform.example").key
        their_id = identity.person_by_email("colleague@platform.example").public_id
    first, second, third = (_key_of(key, home=platform, like=operator) for key in (one, another, colleague))
    hold = place(first)
    actions.ask_lift(hold.pk, reason="Closed.", actor=first)

    for same in (first, second, operator):
        with pytest.raises(SecondPersonNeeded):
            actions.lift_hold(hold.pk, actor=same)
    assert queries.hold(hold.pk).lifted_at is None
    lifted = actions.lift_hold(hold.pk, actor=third)

    assert (lifted.lift_asked_by, lifted.lifted_by) == (person.public_id, their_id)


def _key_of(key: ApiKey, *, home: TenantRef, like: Actor) -> Actor:
    """The actor that a key of another tenant is."""
    return Actor(
        kind=ActorKind.KEY, id=key.public_id, label="key", tenant_id=home.id, grants=like.grants, auth_method="api_key"
    )  # fmt: skip


def test_a_command_confirms_no_wish_of_a_command(owner: Actor) -> None:
    hold = place(owner)
    actions.ask_lift(hold.pk, reason="Closed.", actor=makers.OPERATOR)

    with pytest.raises(SecondPersonNeeded):
        actions.lift_hold(hold.pk, actor=makers.OPERATOR)

    assert actions.lift_hold(hold.pk, actor=owner).lifted_by == owner.id


def test_nothing_is_lifted_that_nobody_asked_for(owner: Actor) -> None:
    hold = place(owner)

    with pytest.raises(LiftNotAsked):
        actions.lift_hold(hold.pk, actor=owner)
    with pytest.raises(LiftNotAsked):
        actions.refuse_lift(hold.pk, actor=owner)

    assert names() == ["audit.hold.placed"]


def test_it_is_asked_for_once(owner: Actor, other: Actor) -> None:
    hold = place(owner)
    actions.ask_lift(hold.pk, reason="Closed.", actor=owner)

    with pytest.raises(LiftAlreadyAsked):
        actions.ask_lift(hold.pk, reason="Closed.", actor=other)

    assert queries.hold(hold.pk).lift_asked_by == owner.id


def test_a_refused_wish_leaves_the_hold_standing(owner: Actor, other: Actor) -> None:
    hold = place(owner)
    actions.ask_lift(hold.pk, reason="Closed.", actor=owner)

    actions.refuse_lift(hold.pk, actor=other)

    found = queries.hold(hold.pk)
    assert (queries.hold_state(found), found.lift_asked_by, found.lift_reason) == ("standing", "", "")
    assert names()[-1] == "audit.hold.lift_refused"


def test_a_lifted_hold_stays_lifted(owner: Actor, other: Actor) -> None:
    hold = place(owner)
    actions.ask_lift(hold.pk, reason="Closed.", actor=owner)
    actions.lift_hold(hold.pk, actor=other)

    with pytest.raises(HoldIsLifted):
        actions.lift_hold(hold.pk, actor=other)
    with pytest.raises(HoldIsLifted):
        actions.ask_lift(hold.pk, reason="Again.", actor=owner)

    assert names()[-1] == "audit.hold.lifted"


def test_who_may_place_holds_cannot_lift_them(owner: Actor) -> None:
    clerk = makers.person_actor(grants=frozenset({str(Permission.WRITE_HOLDS)}))
    hold = place(clerk)
    actions.ask_lift(hold.pk, reason="Closed.", actor=owner)

    with pytest.raises(Forbidden) as refused:
        actions.lift_hold(hold.pk, actor=clerk)
    with pytest.raises(Forbidden):
        actions.refuse_lift(hold.pk, actor=clerk)

    assert refused.value.fields == {"permission": "lift:audit.holds"}
    assert queries.hold_state(queries.hold(hold.pk)) == "lift_asked"


def test_a_stale_version_changes_nothing(owner: Actor) -> None:
    hold = place(owner)

    with pytest.raises(PreconditionFailed):
        actions.ask_lift(hold.pk, reason="Closed.", expected_version=7, actor=owner)

    assert queries.hold(hold.pk).version == 1


def test_a_person_under_a_hold_is_not_forgotten(owner: Actor) -> None:
    happen(actor=owner)
    place(owner, actor=owner.id)

    with pytest.raises(PersonHeld):
        actions.forget_person(owner.id, reason="They asked.", actor=makers.OPERATOR)

    assert Entry.objects.filter(actor_id=owner.id).exclude(actor_label="").exists()


def test_copies_go_with_the_last_hold_that_names_them(owner: Actor, other: Actor) -> None:
    entry = Entry.objects.get(pk=happen(actor=owner, subject="thing_1"))
    with tenancy.activate(tenancy.current(), purpose=Purpose.MIGRATE):
        for number, subject in enumerate(("thing_1", "thing_2"), start=1):
            HeldEntry.objects.create(
                entry_id=ids.new_id(), seq=10**9 + number, received_at=entry.received_at, canonical=entry.canonical, mac=bytes(entry.mac),
                projection={"subject": subject, "actor_id": owner.id, "action": entry.action},
            )  # fmt: skip
    first = place(owner, actor=owner.id)
    place(owner, subject="thing_2")
    actions.ask_lift(first.pk, reason="Closed.", actor=owner)
    assert queries.hold_preview({"actor": owner.id})["copies"] == 2

    actions.lift_hold(first.pk, actor=other)

    assert list(HeldEntry.objects.values_list("projection__subject", flat=True)) == ["thing_2"]
    assert queries.entries(action="audit.hold.lifted").get().document["details"]["copies"] == 1


def test_a_hold_that_is_not_there_is_not_found(owner: Actor) -> None:
    with pytest.raises(HoldNotFound):
        actions.lift_hold(ids.new_id(), actor=owner)
