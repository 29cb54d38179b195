"""Off-boarding under load: sixteen clients ask without pause, and from the commit on every answer is a refusal."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

import pytest
from django.db import connections

from identity import actions, queries
from identity.models import ApiKey, Invitation, Session, User
from identity.problems import KeyRefused
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers

CLIENTS = 16
ASKED_AFTER = 100
WAIT_S = 60


@dataclass(slots=True)
class Load:
    """What the clients were answered: before the commit, and to requests that began after it."""

    ended: Event = field(default_factory=Event)
    enough: Event = field(default_factory=Event)
    lock: Any = field(default_factory=Lock)
    accepted_before: int = 0
    accepted_after: int = 0
    refused_after: int = 0

    def note(self, *, began_after: bool, accepted: bool) -> None:
        """Count one answer; whether it began after the commit was known before it was asked."""
        with self.lock:
            if not began_after:
                self.accepted_before += accepted
            elif accepted:
                self.accepted_after += 1
            else:
                self.refused_after += 1
            if self.refused_after + self.accepted_after >= ASKED_AFTER:
                self.enough.set()


@pytest.fixture
def leaver(acme: TenantRef) -> Iterator[User]:
    """An administrator, whose rows are removed afterwards."""
    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        person = makers.make_person("hurried@acme.example", roles=("admin",))
    yield person
    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        ApiKey.objects.filter(owner=person).delete()
        Session.objects.filter(user=person).delete()
        Invitation.objects.filter(user=person).delete()
        User.objects.filter(id=person.id).delete()


def _key(secret: str) -> bool:
    try:
        queries.key_actor(secret)
    except KeyRefused:
        return False
    return True


def _session(token: str) -> bool:
    return queries.session_actor(token) is not None


@pytest.mark.committed
@pytest.mark.parametrize("credential", ["key", "session"])
def test_from_the_commit_on_a_hundred_of_a_hundred_are_refused(credential: str, acme: TenantRef, leaver: User) -> None:
    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        if credential == "key":
            shown = actions.create_api_key("ci", scopes=["read:*"], actor=makers.actor_of(leaver)).secret
        else:
            signed_in = actions.sign_in(leaver.email, password=makers.PASSWORD)
            assert isinstance(signed_in, actions.SignedIn)
            shown = signed_in.session_token
    is_in = _key if credential == "key" else _session
    load = Load()

    def ask() -> None:
        try:
            while not load.enough.is_set():
                began_after = load.ended.is_set()
                with tenancy.activate(acme, purpose=Purpose.REQUEST):
                    accepted = is_in(shown)
                load.note(began_after=began_after, accepted=accepted)
        finally:
            connections.close_all()

    clients = [Thread(target=ask, daemon=True) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        while load.accepted_before < CLIENTS:
            assert not load.enough.wait(0.005)
        actions.deactivate_person(leaver.id, reason="Left.", actor=makers.OPERATOR)
    load.ended.set()
    assert load.enough.wait(WAIT_S)
    for client in clients:
        client.join(WAIT_S)

    assert load.accepted_before >= CLIENTS
    assert (load.accepted_after, load.refused_after >= ASKED_AFTER) == (0, True)
