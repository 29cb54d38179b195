"""Somebody of the operator acts as a person of a tenant: for a while, for a reason, in both trails, and never on what is the person's alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from audit import queries as audit
from identity import actions, documents, queries
from identity.actions import SignedIn, Visit
from identity.models import Session, User
from identity.problems import FactorNeedsPerson, InputInvalid, NotForSupport, SupportNotAllowed, VisitNotFound
from identity.queries import SessionActor
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded_once

REASON = "Ticket 4711: the export stays empty."


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("owner",))


@pytest.fixture
def sam(platform: TenantRef) -> Actor:
    """Sam of support, signed in at the operator's address."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        makers.make_person("sam@vendor.example", name="Sam Support", roles=("owner",))
        outcome = actions.sign_in("sam@vendor.example", password=makers.PASSWORD)
        assert isinstance(outcome, SignedIn)
        found = queries.session_actor(outcome.session_token)
    assert found is not None
    return found.actor


def _allowed(sam: Actor, *, platform: TenantRef, minutes: int = 30, tenant: str = "acme", email: str = "ada@acme.example") -> Visit:
    with tenancy.activate(platform, purpose=Purpose.REQUEST):
        return actions.allow_visit(tenant, email=email, minutes=minutes, reason=REASON, actor=sam)


def _entered(visit: Visit) -> tuple[str, SessionActor]:
    _, token = actions.begin_visit(visit.token)
    found = queries.session_actor(token)
    assert found is not None
    return token, found


def _at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_a_visit_is_allowed_entered_and_told_of_under_the_visitors_name(ada: User, sam: Actor, platform: TenantRef) -> None:
    visit = _allowed(sam, platform=platform)

    _, found = _entered(visit)

    assert (found.actor.id, found.actor.label, found.actor.on_behalf_of) == (sam.id, "sam@vendor.example", ada.public_id)
    assert (found.actor.tenant_id, found.actor.auth_method, found.actor.grants) == (platform.id, "support", (frozenset({"*"}),))
    assert (found.user_id, found.impersonator_label) == (ada.id, "sam@vendor.example")
    assert (newest("identity.support.allowed")["details"], newest("identity.support.allowed")["severity"]) == (
        {"minutes": 30, "reason": REASON}, 4,
    )  # fmt: skip
    assert newest("identity.support.entered")["actor"]["on_behalf_of"] == ada.public_id
    assert visit.host == "acme.localhost"


def test_what_is_done_waits_to_be_copied_to_the_operators_trail(ada: User, sam: Actor, platform: TenantRef) -> None:
    _, found = _entered(_allowed(sam, platform=platform))

    actions.create_role("made-by-sam", label="Made by Sam", permissions=["read:audit.entries"], actor=found.actor)

    told = newest("identity.role.created")
    assert (told["actor"]["id"], told["actor"]["on_behalf_of"]) == (sam.id, ada.public_id)
    assert audit.has_mirrored()


def test_the_link_works_once(ada: User, sam: Actor, platform: TenantRef) -> None:
    visit = _allowed(sam, platform=platform)
    actions.begin_visit(visit.token)

    with nothing_recorded(), pytest.raises(VisitNotFound):
        actions.begin_visit(visit.token)


def test_the_link_works_for_two_minutes_and_the_visit_as_long_as_was_said(
    ada: User, sam: Actor, platform: TenantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    first, second = _allowed(sam, platform=platform, minutes=10), _allowed(sam, platform=platform, minutes=10)

    _at(begun + timedelta(seconds=119), monkeypatch)
    token, _ = _entered(first)
    _at(begun + timedelta(seconds=120), monkeypatch)
    with pytest.raises(VisitNotFound):
        actions.begin_visit(second.token)
    _at(begun + timedelta(minutes=10), monkeypatch)
    assert queries.session_actor(token) is None


@pytest.mark.parametrize("minutes", [0, -1, 61])
def test_a_visit_takes_an_hour_at_most(minutes: int, ada: User, sam: Actor, platform: TenantRef) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid):
        _allowed(sam, platform=platform, minutes=minutes)


def test_the_tenant_shuts_support_out_and_puts_it_out(ada: User, sam: Actor, platform: TenantRef, owner: Actor) -> None:
    token, _ = _entered(_allowed(sam, platform=platform))
    waiting = _allowed(sam, platform=platform)

    actions.change_security({"support_may_enter": False}, actor=owner)

    assert newest("identity.security.changed")["details"]["support_ended"] == 1
    assert queries.session_actor(token) is None
    with nothing_recorded(), pytest.raises(SupportNotAllowed):
        actions.begin_visit(waiting.token)
    with nothing_recorded(), pytest.raises(SupportNotAllowed):
        _allowed(sam, platform=platform)


def test_who_may_not_is_refused_and_so_is_a_key(ada: User, sam: Actor, platform: TenantRef) -> None:
    admin = replace(sam, grants=(frozenset({"read:*", "write:*"}),))
    with nothing_recorded(), pytest.raises(Forbidden):
        _allowed(admin, platform=platform)
    with nothing_recorded(), pytest.raises(SupportNotAllowed):
        _allowed(makers.OPERATOR, platform=platform)


def test_a_tenants_own_owner_visits_nobody(ada: User) -> None:
    with nothing_recorded(), pytest.raises(SupportNotAllowed):
        actions.allow_visit("globex", email="owner@globex.example", minutes=5, reason=REASON, actor=makers.actor_of(ada))


def test_nobody_visits_the_operator(ada: User, sam: Actor, platform: TenantRef) -> None:
    with pytest.raises(SupportNotAllowed):
        _allowed(sam, platform=platform, tenant="platform", email="sam@vendor.example")


@pytest.mark.parametrize("state", ["suspended", "break glass"])
def test_nobody_acts_as_who_may_not_enter(state: str, ada: User, sam: Actor, platform: TenantRef) -> None:
    change: dict[str, Any] = {"status": "suspended"} if state == "suspended" else {"is_break_glass": True}
    User.objects.filter(id=ada.id).update(**change)

    with nothing_recorded(), pytest.raises(SupportNotAllowed):
        _allowed(sam, platform=platform)


def test_a_visitor_changes_nothing_that_is_the_persons_alone(ada: User, sam: Actor, platform: TenantRef) -> None:
    _, found = _entered(_allowed(sam, platform=platform))

    for attempt in (
        lambda: actions.change_password(makers.PASSWORD, replacement="a very different phrase", actor=found.actor),
        lambda: actions.change_security({"session_idle_s": 600}, actor=found.actor),
        lambda: actions.issue_password_reset(ada.id, actor=found.actor),
        lambda: actions.open_enrolment(actor=found.actor),
        lambda: actions.mark_break_glass(ada.id, actor=found.actor),
        lambda: actions.begin_step_up(actor=found.actor),
    ):
        with nothing_recorded(), pytest.raises((NotForSupport, FactorNeedsPerson)):
            attempt()


def test_a_visitor_makes_no_key(ada: User, sam: Actor, platform: TenantRef) -> None:
    _, found = _entered(_allowed(sam, platform=platform))

    with nothing_recorded(), pytest.raises(Forbidden):
        actions.create_api_key("a key", scopes=["read:*"], owner_id=ada.id, actor=found.actor)


def test_a_visit_is_ended_from_within(ada: User, sam: Actor, platform: TenantRef) -> None:
    token, found = _entered(_allowed(sam, platform=platform))
    other, _ = _entered(_allowed(sam, platform=platform))

    with recorded_once("identity.support.left"):
        assert actions.end_visits(actor=found.actor) == 1

    assert queries.session_actor(token) is None
    assert queries.session_actor(other) is not None


def test_the_tenant_ends_all_visits(ada: User, sam: Actor, platform: TenantRef, owner: Actor) -> None:
    tokens = [_entered(_allowed(sam, platform=platform))[0] for _ in range(2)]
    own = actions.sign_in(ada.email, password=makers.PASSWORD)
    assert isinstance(own, SignedIn)

    assert actions.end_visits(actor=owner) == 2

    assert [queries.session_actor(token) for token in tokens] == [None, None]
    assert queries.session_actor(own.session_token) is not None


@pytest.mark.parametrize("ending", ["suspended", "signed out everywhere", "without the role"])
def test_a_visit_ends_with_the_visitors_own_access(
    ending: str, ada: User, sam: Actor, platform: TenantRef, operator: Actor
) -> None:
    token, _ = _entered(_allowed(sam, platform=platform))

    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        person = queries.person_by_email("sam@vendor.example")
        if ending == "suspended":
            actions.suspend_person(person.id, reason="left", actor=operator)
        elif ending == "without the role":
            makers.make_person("boss@vendor.example", roles=("owner",))
            actions.change_person(person.id, role_names=["admin"], actor=operator)
        else:
            actions.end_sessions(person.id, actor=operator)

    assert queries.session_actor(token) is None


def test_a_visit_ends_with_the_persons_access(ada: User, sam: Actor, platform: TenantRef, owner: Actor) -> None:
    makers.make_person("second@acme.example", roles=("owner",))
    token, _ = _entered(_allowed(sam, platform=platform))

    actions.deactivate_person(ada.id, reason="left", actor=owner)

    assert queries.session_actor(token) is None


def test_visits_stand_in_the_list_of_sessions(ada: User, sam: Actor, platform: TenantRef) -> None:
    _entered(_allowed(sam, platform=platform))

    (shown,) = [documents.of_session(session) for session in queries.support_sessions()]

    assert shown["support"] == {"id": sam.id, "label": "sam@vendor.example", "reason": REASON}
    assert (shown["person"]["id"], shown["method"], shown["mfa_at"]) == (ada.public_id, "support", None)


def test_visits_do_not_count_as_the_persons_sessions(ada: User, sam: Actor, platform: TenantRef, owner: Actor) -> None:
    actions.change_security({"sessions_maximum": 1}, actor=owner)
    token, _ = _entered(_allowed(sam, platform=platform))

    own = actions.sign_in(ada.email, password=makers.PASSWORD)

    assert isinstance(own, SignedIn)
    assert queries.session_actor(token) is not None
    assert Session.objects.filter(user=ada, revoked_at=None).count() == 2
