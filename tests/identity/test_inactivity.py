"""People who were not seen for long: suspended, told a week before, and who never is."""

from datetime import timedelta

import pytest

from identity import actions, queries, tasks
from identity.models import ApiKey, SecuritySettings, Session, User
from identity.problems import InputInvalid
from kernel import clock
from kernel.actors import Actor
from kernel.problems import Forbidden
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded


def absent(address: str, *, days: float, roles: tuple[str, ...] = ("member",)) -> User:
    """A person who was last seen some days ago."""
    person = makers.make_person(address, roles=roles)
    return seen(person, days=days)


def seen(person: User, *, days: float) -> User:
    moment = clock.now() - timedelta(days=days)
    User.objects.filter(id=person.id).update(status_at=moment, last_login_at=moment)
    Session.objects.filter(user=person).update(last_seen_at=moment)
    return queries.person(person.id)


def statuses(*people: User) -> list[str]:
    return [str(queries.person(person.id).status) for person in people]


def test_who_was_not_seen_is_suspended_with_source_and_reason(operator: Actor) -> None:
    gone, here = absent("gone@acme.example", days=91), absent("here@acme.example", days=89)

    found = actions.end_inactive(days=90, actor=operator)

    assert ([user.id for user in found.suspended], found.kept) == ([gone.id], [])
    assert statuses(gone, here) == ["suspended", "active"]
    person = queries.person(gone.id)
    assert (person.status_source, person.status_reason) == ("inactivity", "Not seen for 90 days.")
    assert newest("identity.person.suspended")["details"]["source"] == "inactivity"


def test_a_page_of_a_session_or_a_use_of_a_key_counts_as_being_seen(operator: Actor) -> None:
    reader = absent("reader@acme.example", days=200)
    token = actions.sign_in("reader@acme.example", password=makers.PASSWORD)
    seen(reader, days=200)
    Session.objects.filter(user=reader).update(last_seen_at=clock.now() - timedelta(days=1))
    key = makers.make_key(email="robot@acme.example", roles=("admin",), scopes=("read:*",)).key
    assert key.owner is not None
    seen(key.owner, days=200)
    ApiKey.objects.filter(id=key.id).update(last_used_at=clock.now() - timedelta(days=1))

    found = actions.end_inactive(days=90, actor=operator)

    assert (found.suspended, found.kept, bool(token)) == ([], [], True)


def test_the_last_owner_stays_and_is_named(operator: Actor) -> None:
    User.objects.filter(bindings__role__name="owner").update(status="suspended")
    last = absent("last@acme.example", days=400, roles=("owner",))
    gone = absent("gone@acme.example", days=400)

    found = actions.end_inactive(days=90, actor=operator)

    assert ([user.id for user in found.kept], [user.id for user in found.suspended]) == ([last.id], [gone.id])
    assert statuses(last, gone) == ["active", "suspended"]


def test_a_break_glass_account_may_lie_unused(operator: Actor) -> None:
    emergency = absent("emergency@acme.example", days=4_000)
    User.objects.filter(id=emergency.id).update(is_break_glass=True, armed_until=clock.now() + timedelta(hours=1))

    found = actions.end_inactive(days=90, actor=operator)

    assert (found.suspended, statuses(emergency)) == ([], ["active"])


def test_who_was_resumed_begins_anew(operator: Actor) -> None:
    person = absent("gone@acme.example", days=100)
    actions.end_inactive(days=90, actor=operator)
    actions.resume_person(person.id, actor=operator)

    found = actions.end_inactive(days=90, actor=operator)

    assert (found.suspended, statuses(person)) == ([], ["active"])


def test_each_absence_is_reminded_of_once_a_week_before(operator: Actor) -> None:
    soon, later = absent("soon@acme.example", days=84), absent("later@acme.example", days=80)

    first = actions.remind_inactive(days=90, actor=operator)
    second = actions.remind_inactive(days=90, actor=operator)

    assert ([user.id for user in first], second) == ([soon.id], [])
    entry = newest("identity.person.reminded")
    assert (entry["subject"]["id"], entry["details"]) == (soon.public_id, {"days_left": 6})
    assert queries.person(later.id).reminded_at is None


def test_who_came_back_and_left_again_is_reminded_again(operator: Actor) -> None:
    person = absent("soon@acme.example", days=84)
    User.objects.filter(id=person.id).update(reminded_at=clock.now() - timedelta(days=200))

    again = actions.remind_inactive(days=90, actor=operator)

    assert [user.id for user in again] == [person.id]


@pytest.mark.parametrize("days", [0, -1, 3_661])
def test_senseless_lengths_are_refused(days: int, operator: Actor) -> None:
    person = absent("gone@acme.example", days=5_000)

    with nothing_recorded(), pytest.raises(InputInvalid):
        actions.end_inactive(days=days, actor=operator)

    assert statuses(person) == ["active"]


def test_readers_put_nobody_out() -> None:
    person = absent("gone@acme.example", days=5_000)
    reader = makers.person_actor(grants=frozenset({"read:*"}))

    for act in (actions.end_inactive, actions.remind_inactive):
        with nothing_recorded(), pytest.raises(Forbidden):
            act(days=90, actor=reader)

    assert statuses(person) == ["active"]


def swept() -> None:
    """What happens every night in one tenant."""
    tasks._sweep_inactive()


def test_at_night_the_tenants_own_limit_counts_and_without_one_nobody_goes() -> None:
    person = absent("gone@acme.example", days=61)
    swept()
    without = statuses(person)
    SecuritySettings.objects.update_or_create(id=1, defaults={"inactive_days": 60})

    swept()

    assert (without, statuses(person)) == (["active"], ["suspended"])
    assert [entry["actor"]["id"] for entry in recorded("identity.person.suspended")][-1:] == ["task:identity.sweep_inactive"]
