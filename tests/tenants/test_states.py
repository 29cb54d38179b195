"""The table of transitions, tried whole: every action in every state ends as the table says with one event, or is refused with nothing changed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from kernel import clock
from kernel.actors import Actor
from kernel.problems import Conflict
from kernel.tenancy import TenantRef
from tenants import actions
from tenants.models import Backup, Tenant, TenantState
from tenants.problems import BeingArchived, WrongState
from tenants.states import ENTERED, INSTEAD, TRANSITIONS, may_follow, refusal
from tests.conftest import ROOT
from tests.tenants.registry import registry_unchanged, told

pytestmark = pytest.mark.usefixtures("at_platform")

S = TenantState
REASON = "The contract ended."


@dataclass(frozen=True, slots=True)
class Way:
    """An action, and for each state that it works in the state that it leads to and the event that it tells; all others refuse."""

    call: Callable[[Tenant, Actor], object]
    leads: dict[TenantState, tuple[TenantState, str]]
    stays: frozenset[TenantState] = frozenset()
    """States in which it is done already: nothing is changed and nothing refused."""


DELETED = (S.DELETING, "tenants.tenant.deletion_started")
WAYS: dict[str, Way] = {
    "activate": Way(
        lambda tenant, actor: actions.activate_tenant(tenant.id, actor=actor),
        {S.PROVISIONING: (S.ACTIVE, "tenants.tenant.activated")},
        stays=frozenset({S.ACTIVE, S.SUSPENDED}),
    ),
    "fail": Way(
        lambda tenant, actor: actions.fail_provisioning(tenant.id, reason="No disk.", actor=actor),
        dict.fromkeys((S.REQUESTED, S.PROVISIONING), (S.FAILED, "tenants.tenant.provisioning_failed")),
        stays=frozenset(TenantState) - {S.REQUESTED, S.PROVISIONING},
    ),
    "make again": Way(
        lambda tenant, actor: actions.resume_provisioning(tenant.id, actor=actor),
        {S.FAILED: (S.PROVISIONING, "tenants.tenant.provisioning_resumed")},
        stays=frozenset(TenantState) - {S.FAILED},
    ),
    "suspend": Way(
        lambda tenant, actor: actions.suspend_tenant(tenant.id, reason=REASON, actor=actor),
        dict.fromkeys((S.ACTIVE, S.SUSPENDED), (S.SUSPENDED, "tenants.tenant.suspended")),
    ),
    "resume": Way(
        lambda tenant, actor: actions.resume_tenant(tenant.id, actor=actor),
        {S.SUSPENDED: (S.ACTIVE, "tenants.tenant.resumed")},
        stays=frozenset({S.ACTIVE}),
    ),
    "archive": Way(
        lambda tenant, actor: actions.archive_tenant(tenant.id, reason=REASON, actor=actor),
        dict.fromkeys((S.ACTIVE, S.SUSPENDED), (S.SUSPENDED, "tenants.tenant.archiving_started")),
    ),
    "unarchive": Way(
        lambda tenant, actor: actions.unarchive_tenant(tenant.id, actor=actor),
        {S.ARCHIVED: (S.ARCHIVED, "tenants.tenant.unarchiving_started")},
    ),
    "delete": Way(
        lambda tenant, actor: actions.delete_tenant(tenant.id, slug=tenant.slug, reason=REASON, actor=actor),
        dict.fromkeys((S.REQUESTED, S.FAILED, S.ACTIVE, S.SUSPENDED, S.ARCHIVED), DELETED),
        stays=frozenset({S.DELETING}),
    ),
    "undelete": Way(
        lambda tenant, actor: actions.undelete_tenant(tenant.id, actor=actor),
        {S.DELETING: (S.ACTIVE, "tenants.tenant.deletion_undone")},
    ),
    "purge": Way(
        lambda tenant, actor: actions.purge_tenant(tenant.id, slug=tenant.slug, actor=actor),
        {S.DELETING: (S.DELETING, "tenants.tenant.erasure_started")},
    ),
    "purge now": Way(
        lambda tenant, actor: actions.purge_tenant_now(tenant.id, slug=tenant.slug, reason=REASON, actor=actor),
        {S.DELETING: (S.DELETING, "tenants.tenant.erasure_started")},
    ),
}


@pytest.fixture
def in_state(globex: TenantRef) -> Callable[[TenantState], Tenant]:
    """Globex, put into a state, with what belongs to it: a copy where it was archived or deleted, a grace time that is over."""

    def put(state: TenantState) -> Tenant:
        now = clock.now()
        values: dict[str, object] = {"state": state.value, "state_reason": "Because.", "state_since": now}
        if state is S.DELETING:
            values |= {"previous_state": "active", "delete_after": now}
        if state is S.MOVING:
            values |= {"previous_state": "active"}
        Tenant.objects.filter(id=globex.id).update(**values)
        if state in {S.DELETING, S.ARCHIVED}:
            kind = "final" if state is S.DELETING else "archive"
            Backup.objects.create(
                tenant_id=globex.id, kind=kind, state="ready", cell="cell-1", region="local", path="a/b.copy",
                verified_at=now, taken_at=now + timedelta(seconds=1),
            )  # fmt: skip
        return Tenant.objects.get(id=globex.id)

    return put


@pytest.mark.parametrize("state", list(TenantState))
@pytest.mark.parametrize("name", list(WAYS))
def test_every_action_in_every_state_follows_the_table_or_changes_nothing(
    name: str, state: TenantState, in_state: Callable[[TenantState], Tenant], operator: Actor
) -> None:
    way, tenant = WAYS[name], in_state(state)
    ends_in, event = way.leads.get(state, (None, ""))

    if ends_in is not None:
        way.call(tenant, operator)
        after = Tenant.objects.get(id=tenant.id)
        assert (after.state, told()) == (ends_in, [event])
        assert ends_in == state or may_follow(state, ends_in)
        assert after.version == tenant.version + 1
        return
    with registry_unchanged():
        if state in way.stays:
            way.call(tenant, operator)
        else:
            with pytest.raises(WrongState) as refused:
                way.call(tenant, operator)
            assert refused.value.fields["state"] == state.value
            assert refused.value.detail.endswith(INSTEAD[state])


@pytest.mark.parametrize("wanted", list(TenantState))
@pytest.mark.parametrize("present", list(TenantState))
def test_a_tenant_enters_what_the_table_allows_and_nothing_else(present: TenantState, wanted: TenantState) -> None:
    tenant = Tenant(state=present.value, state_reason="Because.", version=4)
    at = clock.now()

    if wanted in TRANSITIONS[present]:
        tenant.enter(wanted, reason="New.", at=at)
        assert (tenant.state, tenant.state_reason, tenant.state_since, tenant.version) == (wanted, "New.", at, 5)
        remembers = wanted in {S.MOVING, S.DELETING}
        assert (tenant.previous_state, tenant.previous_reason) == ((present, "Because.") if remembers else ("", ""))
    else:
        with pytest.raises(Conflict):
            tenant.enter(wanted, reason="New.", at=at)
        assert (tenant.state, tenant.state_reason, tenant.version) == (present, "Because.", 4)


def test_every_state_but_the_last_leads_somewhere_and_is_reached_from_somewhere() -> None:
    reached = set().union(*TRANSITIONS.values())

    assert set(TRANSITIONS) == set(INSTEAD) == set(ENTERED) == set(TenantState)
    assert {state for state, ways in TRANSITIONS.items() if not ways} == {S.PURGED}
    # A tenant is asked for: that is how the first state is reached, and undoing its deletion leads back there.
    assert reached == set(TenantState)


def test_the_page_for_operators_shows_the_table_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|", (ROOT / "docs" / "lifecycle.md").read_text(), flags=re.MULTILINE)

    told_there = {state: frozenset(re.findall(r"`(\w+)`", ways)) for state, ways in rows}
    assert told_there == {state.value: frozenset(way.value for way in ways) for state, ways in TRANSITIONS.items()}


def test_a_refusal_says_what_can_be_done_instead() -> None:
    assert refusal("moving", wanted="archived") == (
        "This tenant is moving; it cannot be archived from there. Wait until it has arrived, which takes moments, or cancel its move."
    )


def test_a_tenant_that_is_being_archived_does_not_move(globex: TenantRef, operator: Actor) -> None:
    actions.archive_tenant(globex.id, reason=REASON, actor=operator)
    tenant = Tenant.objects.get(id=globex.id)

    with pytest.raises(WrongState):
        tenant.enter(S.MOVING, reason="", at=clock.now())
    with registry_unchanged(), pytest.raises(BeingArchived):
        actions.delete_tenant(globex.id, slug="globex", reason=REASON, actor=operator)
