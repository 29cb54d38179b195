"""Keys that are revoked while many clients use them: the first request after the commit must be refused to every one of them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

from django.db import connections
from django.test import Client

from bench import tenants_of_ours as places
from identity import actions as identity
from identity import queries
from identity.actions.api_keys import Created
from kernel import tenancy
from kernel.tenancy import Purpose
from tenants import queries as registry

PATH = "/v1/me"
OK, REFUSED = 200, 401


class WrongAnswer(RuntimeError):
    """A client was answered neither with its key's holder nor with a refusal: such a run shows nothing."""


def revoke(slug: str, host: str, keys: int, clients: int) -> dict[str, Any]:
    """How many of the keys were accepted once more after they had been revoked, and how many requests were made in all."""
    ref = registry.tenant_by_slug(slug).ref()
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        owner = queries.people()[0]
        made = [
            identity.create_api_key(f"key {number}", scopes=["*"], owner_id=owner.id, actor=places.ACTOR) for number in range(keys)
        ]
    accepted = requests = 0
    with ThreadPoolExecutor(clients, initializer=_forget_connections) as pool:
        for created in made:
            answers = _used_and_revoked(created, ref=ref, host=host, pool=pool, clients=clients)
            accepted += any(was_accepted for was_accepted, _ in answers)
            requests += sum(count for _, count in answers)
    return {"accepted": accepted, "requests": requests}


def _forget_connections() -> None:
    """A thread's connections are its own from the start on."""
    connections.close_all()


def _used_and_revoked(
    created: Created, *, ref: tenancy.TenantRef, host: str, pool: ThreadPoolExecutor, clients: int
) -> list[tuple[bool, int]]:
    """Let all clients use a key, revoke it under their hands, and hear of each whether a request that began afterwards was let in."""
    all_begun, is_revoked = Barrier(clients + 1), Event()
    jobs = [pool.submit(_use, created.secret, host=host, all_begun=all_begun, is_revoked=is_revoked) for _ in range(clients)]
    all_begun.wait(timeout=60)
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        identity.revoke_api_key(created.key.id, reason="The benchmark.", actor=places.ACTOR)
    is_revoked.set()
    return [job.result(timeout=60) for job in jobs]


def _use(secret: str, *, host: str, all_begun: Barrier, is_revoked: Event) -> tuple[bool, int]:
    """Ask again and again; whether the first request that begins after the revocation is let in, and how many there were."""
    client = Client(HTTP_HOST=host, HTTP_AUTHORIZATION=f"Bearer {secret}")
    if _asked(client) != OK:
        raise WrongAnswer("A key that works was refused.")
    all_begun.wait(timeout=60)
    count = 1
    while True:
        was_revoked, status = is_revoked.is_set(), _asked(client)
        count += 1
        if was_revoked:
            return status == OK, count


def _asked(client: Client) -> int:
    status = client.get(PATH).status_code
    if status not in {OK, REFUSED}:
        raise WrongAnswer(f"{PATH} answered {status}.")
    return status
