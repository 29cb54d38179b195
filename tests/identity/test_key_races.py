"""Keys under many hands at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from identity import actions, queries
from identity.problems import KeyEnded, KeyRefused
from kernel import context, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers

CLIENTS, CALLS_AFTER = 16, 100


class Clients:
    """Clients that use a key again and again until told to stop, and count what became of calls that began after the revocation."""

    def __init__(self, secret: str, *, ref: TenantRef) -> None:
        self.secret = secret
        self.ref = ref
        self.used_by = 0
        self.is_revoked = threading.Event()
        self.is_enough = threading.Event()
        self.lock = threading.Lock()
        self.refused_after = 0
        self.accepted_after = 0

    def go_on(self) -> None:
        """One client."""
        unit = context.RequestContext(request_id="race", address="192.0.2.7")
        is_first = True
        try:
            with context.bound(unit), tenancy.activate(self.ref, purpose=Purpose.REQUEST):
                while not self.is_enough.is_set():
                    began_after, is_accepted = self.is_revoked.is_set(), self._is_accepted()
                    with self.lock:
                        self.used_by += is_first and is_accepted
                        self.refused_after += began_after and not is_accepted
                        self.accepted_after += began_after and is_accepted
                        if self.refused_after + self.accepted_after >= CALLS_AFTER:
                            self.is_enough.set()
                    is_first = False
        finally:
            connections.close_all()

    def _is_accepted(self) -> bool:
        try:
            queries.key_actor(self.secret)
        except KeyRefused:
            return False
        return True


@pytest.mark.committed
def test_no_call_that_begins_after_the_revocation_is_accepted() -> None:
    with makers.passing_tenant("key-race") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            created = makers.make_key(email="keys@key-race.example")
        clients = Clients(created.secret, ref=ref)
        with ThreadPoolExecutor(CLIENTS) as pool:
            running = [pool.submit(clients.go_on) for _ in range(CLIENTS)]
            while clients.used_by < CLIENTS and not any(each.done() for each in running):
                clients.is_enough.wait(0.01)

            with tenancy.activate(ref, purpose=Purpose.OPERATOR):
                actions.revoke_api_key(created.key.id, reason="A race.", actor=makers.OPERATOR)
            clients.is_revoked.set()

        assert [each.exception() for each in running] == [None] * CLIENTS
        assert (clients.used_by, clients.accepted_after) == (CLIENTS, 0)
        assert clients.refused_after >= CALLS_AFTER


@pytest.mark.committed
def test_of_many_who_replace_a_key_at_once_one_does() -> None:
    with makers.passing_tenant("key-race") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            created = makers.make_key(email="keys@key-race.example")

        def replace() -> bool:
            try:
                with tenancy.activate(ref, purpose=Purpose.OPERATOR):
                    actions.rotate_api_key(created.key.id, actor=makers.OPERATOR)
            except KeyEnded:
                return False
            finally:
                connections.close_all()
            return True

        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda _: replace(), range(8)))

        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            keys = queries.api_keys().count()
        assert (sum(done), keys) == (1, 2)
