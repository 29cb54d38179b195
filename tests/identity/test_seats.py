"""Seats: taken, refused, queued, flagged and given on; counted without races."""

import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from django.db import connections

from identity import actions, queries, seats
from identity.models import Seat, Status, User
from identity.problems import InputInvalid, SeatsExhausted
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from tests import makers
from tests.identity.trail import newest, recorded

PASSWORD = makers.PASSWORD


def limited(free: int, *, rule: str, actor: Actor) -> None:
    """As many seats as are taken and `free` more."""
    actions.change_seats(maximum=queries.seat_count().taken + free, rule=rule, actor=actor)


def invited(number: int, *, actor: Actor) -> list[str]:
    """The tokens of some invitations, in the order in which they were sent."""
    return [
        actions.add_person(f"seat{place}@acme.example", f"Seat {place}", (), actor=actor).invitation_token
        for place in range(number)
    ]


def accepted(token: str) -> User:
    return actions.accept_invitation(token, password=PASSWORD, name="")


def test_without_a_maximum_everybody_gets_a_seat(owner: Actor) -> None:
    before = queries.seat_count()
    person = makers.make_person("one@acme.example")

    count = queries.seat_count()

    assert (count.maximum, count.free, count.taken, count.over, count.waiting) == (None, None, before.taken + 1, 0, 0)
    assert [seat.is_over for seat in Seat.objects.filter(user=person, released_at=None)] == [False]


def test_one_too_many_is_refused_and_stays_invited(owner: Actor) -> None:
    first, second = invited(2, actor=owner)
    limited(1, rule="refuse", actor=owner)
    accepted(first)

    with pytest.raises(SeatsExhausted) as refusal, tenancy.atomic():
        accepted(second)

    assert refusal.value.fields == {"maximum": queries.seat_policy().maximum, "taken": queries.seat_policy().maximum}
    person = queries.person_by_email("seat1@acme.example")
    assert (person.status, person.password) == (Status.INVITED, "")
    assert queries.invitation(second).user_id == person.id
    assert not Seat.objects.filter(user=person).exists()


def test_one_too_many_is_flagged_enters_and_is_recorded(owner: Actor) -> None:
    first, second = invited(2, actor=owner)
    limited(1, rule="flag", actor=owner)

    people = [accepted(first), accepted(second)]

    assert [person.status for person in people] == [Status.ACTIVE, Status.ACTIVE]
    assert list(queries.seat_holders(state="over")) == [people[1]]
    assert queries.seat_count().over == 1
    exceeded = newest("identity.seats.exceeded")
    assert (exceeded["subject"]["id"], exceeded["details"]["taken"]) == (people[1].public_id, queries.seat_count().taken)


def test_when_a_seat_is_released_the_last_flagged_one_is_ordinary_again(owner: Actor) -> None:
    first, second = invited(2, actor=owner)
    limited(1, rule="flag", actor=owner)
    earlier = accepted(first)
    accepted(second)

    actions.suspend_person(earlier.id, reason="On leave.", actor=owner)

    assert queries.seat_count().over == 0
    assert list(queries.seat_holders(state="over")) == []


def test_who_waits_enters_oldest_first_when_seats_are_released(owner: Actor) -> None:
    tokens = invited(4, actor=owner)
    limited(1, rule="queue", actor=owner)
    people = [accepted(token) for token in tokens]
    states_before = [person.status for person in people]

    actions.deactivate_person(people[0].id, reason="Left.", actor=owner)

    assert states_before == [Status.ACTIVE, Status.WAITING, Status.WAITING, Status.WAITING]
    states = [queries.person(person.id).status for person in people]
    assert states == [Status.DEACTIVATED, Status.ACTIVE, Status.WAITING, Status.WAITING]
    assert newest("identity.seat.given")["subject"]["id"] == people[1].public_id


def test_a_waiting_person_can_not_sign_in(owner: Actor) -> None:
    first, second = invited(2, actor=owner)
    limited(1, rule="queue", actor=owner)
    accepted(first)
    person = accepted(second)

    waiting = queries.person(person.id)

    assert (waiting.status, waiting.is_active, waiting.password != "") == (Status.WAITING, False, True)


def test_a_waiting_person_who_is_deactivated_is_passed_over(owner: Actor) -> None:
    tokens = invited(3, actor=owner)
    limited(1, rule="queue", actor=owner)
    people = [accepted(token) for token in tokens]
    actions.deactivate_person(people[1].id, reason="Changed their mind.", actor=owner)

    actions.deactivate_person(people[0].id, reason="Left.", actor=owner)

    assert queries.person(people[1].id).status == Status.DEACTIVATED
    assert queries.person(people[2].id).status == Status.ACTIVE


def test_more_seats_let_in_as_many_as_wait_and_fit(owner: Actor) -> None:
    tokens = invited(4, actor=owner)
    limited(1, rule="queue", actor=owner)
    people = [accepted(token) for token in tokens]

    limited(2, rule="queue", actor=owner)

    assert [queries.person(person.id).status for person in people] == [Status.ACTIVE, Status.ACTIVE, Status.ACTIVE, Status.WAITING]


def test_the_rule_flag_lets_everybody_in_who_waits_and_marks_those_too_many(owner: Actor) -> None:
    tokens = invited(3, actor=owner)
    limited(1, rule="queue", actor=owner)
    people = [accepted(token) for token in tokens]

    limited(0, rule="flag", actor=owner)

    assert {queries.person(person.id).status for person in people} == {Status.ACTIVE}
    assert set(queries.seat_holders(state="over")) == set(people[1:])


def test_fewer_seats_than_are_taken_take_nobody_out(owner: Actor) -> None:
    people = [accepted(token) for token in invited(3, actor=owner)]
    taken = queries.seat_count().taken

    actions.change_seats(maximum=taken - 2, rule="refuse", actor=owner)

    count = queries.seat_count()
    assert (count.taken, count.over, count.free) == (taken, 2, 0)
    assert set(queries.seat_holders(state="over")) == set(people[1:])


def test_a_resumed_person_needs_a_free_seat_too(owner: Actor) -> None:
    first, second = invited(2, actor=owner)
    limited(1, rule="refuse", actor=owner)
    person = accepted(first)
    actions.suspend_person(person.id, reason="On leave.", actor=owner)
    accepted(second)

    with pytest.raises(SeatsExhausted), tenancy.atomic():
        actions.resume_person(person.id, actor=owner)

    assert queries.person(person.id).status == Status.SUSPENDED


def test_people_who_were_active_before_seats_were_counted_have_one(owner: Actor) -> None:
    person = makers.make_person("early@acme.example")
    Seat.objects.all().delete()

    actions.change_seats(maximum=100, rule="refuse", actor=owner)

    assert Seat.objects.get(user=person).taken_at == person.status_at
    assert Seat.objects.filter(released_at=None).count() == queries.seat_count().taken


def test_what_is_so_already_is_not_recorded_twice(owner: Actor) -> None:
    first = actions.change_seats(maximum=40, rule="queue", actor=owner)
    entries = len(recorded("identity.seats.changed"))

    again = actions.change_seats(maximum=40, rule="queue", actor=owner)

    assert (again.version, len(recorded("identity.seats.changed"))) == (first.version, entries)


@pytest.mark.parametrize(("maximum", "rule"), [(-1, "refuse"), (10_000_001, "refuse"), (5, "auction"), (5, "")])
def test_senseless_seats_are_refused(maximum: int, rule: str, owner: Actor) -> None:
    before = queries.seat_policy()

    with pytest.raises(InputInvalid):
        actions.change_seats(maximum=maximum, rule=rule, actor=owner)

    after = queries.seat_policy()
    assert (after.maximum, after.rule, after.version) == (before.maximum, before.rule, before.version)


def test_seats_need_their_permission_and_the_version_that_was_read() -> None:
    reader = makers.person_actor(grants=frozenset({"read:*"}))
    writer = makers.person_actor(grants=frozenset({"write:identity.seats"}))

    with pytest.raises(Forbidden):
        actions.change_seats(maximum=1, rule="refuse", actor=reader)
    with pytest.raises(PreconditionFailed):
        actions.change_seats(maximum=1, rule="refuse", expected_version=queries.seat_policy().version + 7, actor=writer)

    assert queries.seat_policy().maximum is None


def together(work: Sequence[Callable[[], object]], *, ref: tenancy.TenantRef) -> list[object]:
    """Do all of it at the same moment, each in a thread and a transaction of its own; results or exceptions, in order."""
    answers: list[object] = [None] * len(work)
    gate = threading.Barrier(len(work), timeout=60)

    def run(place: int) -> None:
        try:
            with tenancy.activate(ref, purpose=tenancy.Purpose.REQUEST):
                gate.wait()
                answers[place] = work[place]()
        except Exception as fault:  # noqa: BLE001  (whatever it is, the test looks at it)
            answers[place] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.committed
@pytest.mark.parametrize(
    ("rule", "entered", "refused", "waiting", "over"), [("refuse", 5, 11, 0, 0), ("flag", 16, 0, 0, 11), ("queue", 5, 0, 11, 0)]
)
def test_sixteen_at_once_take_five_seats(rule: str, entered: int, refused: int, waiting: int, over: int, operator: Actor) -> None:
    with makers.passing_tenant(f"seats-{rule}") as ref:
        with tenancy.activate(ref, purpose=tenancy.Purpose.REQUEST):
            tokens = invited(16, actor=operator)
            actions.change_seats(maximum=5, rule=rule, actor=operator)

        answers = together([partial(accepted, token) for token in tokens], ref=ref)

        with tenancy.activate(ref, purpose=tenancy.Purpose.REQUEST):
            people = [answer for answer in answers if isinstance(answer, User)]
            assert sum(person.status == Status.ACTIVE for person in people) == entered
            assert sum(isinstance(answer, SeatsExhausted) for answer in answers) == refused
            assert seats.count() == seats.SeatCount(maximum=5, taken=entered, over=over, waiting=waiting)
            assert Seat.objects.filter(released_at=None).count() == entered
            assert Seat.objects.filter(released_at=None, is_over=True).count() == over


@pytest.mark.committed
def test_released_and_wanted_at_once_no_seat_is_lost_or_doubled(operator: Actor) -> None:
    with makers.passing_tenant("seats-mixed") as ref:
        with tenancy.activate(ref, purpose=tenancy.Purpose.REQUEST):
            tokens = invited(16, actor=operator)
            actions.change_seats(maximum=4, rule="queue", actor=operator)
            people = [accepted(token) for token in tokens[:8]]
        leave = [partial(actions.deactivate_person, person.id, reason="Left.", actor=operator) for person in people]
        come = [partial(accepted, token) for token in tokens[8:]]

        answers = together([*leave, *come], ref=ref)

        with tenancy.activate(ref, purpose=tenancy.Purpose.REQUEST):
            actions.fill_seats(actor=operator)
            assert [answer for answer in answers if isinstance(answer, Exception)] == []
            assert seats.count() == seats.SeatCount(maximum=4, taken=4, over=0, waiting=4)
            assert Seat.objects.filter(released_at=None).count() == 4
