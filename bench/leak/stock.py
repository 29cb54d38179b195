"""The peer's side: `python -m bench.leak.stock` reads through django-tenants 4.0.1 as its documentation has it.

Reads {"hops": n, "checkouts": n} and answers {way: [reads, wrong, errors]}. A hop is a request under ASGI whose middleware and whose view run in
whichever thread is free; a checkout is a connection of Django's own pool, used by hand inside a tenant that was set on the wrapper.
"""

import asyncio
import json
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django

django.setup()

from asgiref.sync import sync_to_async  # noqa: E402  (models need the apps)
from django.db import DatabaseError, connections  # noqa: E402
from django.db import connection as django_connection  # noqa: E402

from bench.routing.goods.models import READ_KEY, Item  # noqa: E402
from bench.routing.preparing import stock  # noqa: E402
from bench.routing.stock.models import Client  # noqa: E402

TENANTS = 12
THREADS = 6
AT_ONCE = 20
ALIAS = "default"


def main() -> None:
    """One order, one answer."""
    order = json.loads(sys.stdin.read())
    stock.tenants(TENANTS)
    connection: Any = django_connection  # of django-tenants' engine
    connection.set_schema_to_public()
    clients = list(Client._meta.base_manager.all())
    answer = {
        "hops": asyncio.run(_hop(clients, hops=order["hops"])),
        "checkouts": _check_out(clients, checkouts=order["checkouts"]),
    }
    sys.__stdout__.write(json.dumps(answer) + "\n")  # type: ignore[union-attr]  # a subprocess of ours always has one


async def _hop(clients: list[Client], *, hops: int) -> tuple[int, int, int]:
    right, wrong, errors = 0, 0, 0
    executor, places = ThreadPoolExecutor(THREADS), asyncio.Semaphore(AT_ONCE)
    chance = random.Random(7)  # noqa: S311  (an order, not a secret)

    async def request(client: Client) -> None:
        nonlocal right, wrong, errors
        async with places:
            await sync_to_async(_enter, thread_sensitive=False, executor=executor)(client)
            await asyncio.sleep(chance.random() * 0.002)
            try:
                name = await sync_to_async(_read, thread_sensitive=False, executor=executor)()
            except DatabaseError:
                errors += 1
                return
        right, wrong = (right + 1, wrong) if name == client.schema_name else (right, wrong + 1)

    await asyncio.gather(*(request(chance.choice(clients)) for _ in range(hops)))
    for _ in range(THREADS):
        executor.submit(connections.close_all)
    executor.shutdown()
    return right + wrong, wrong, errors


def _check_out(clients: list[Client], *, checkouts: int) -> tuple[int, int, int]:
    """In a pool of one, the wrapper takes the connection back where the tenant before has left it."""
    options = {"pool": {"min_size": 1, "max_size": 1}}
    settings = {**connections[ALIAS].settings_dict, "CONN_MAX_AGE": 0, "OPTIONS": options}
    wrapper: Any = type(connections[ALIAS])(settings, ALIAS)
    chance = random.Random(11)  # noqa: S311  (an order, not a secret)
    reads, wrong, errors = 0, 0, 0
    for _ in range(checkouts):
        client, next_client = chance.sample(clients, 2)
        wrapper.set_tenant(client)
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT 1")
        wrapper.close()
        wrapper.set_tenant(next_client)
        wrapper.ensure_connection()
        name = wrapper.connection.execute(f"SELECT name FROM {Item._meta.db_table} WHERE id = {READ_KEY}").fetchone()[0]
        reads, wrong = reads + 1, wrong + (name != next_client.schema_name)
        wrapper.close()
    wrapper.close_pool()
    return reads, wrong, errors


def _enter(client: Client) -> None:
    connection: Any = django_connection
    connection.set_tenant(client)


def _read() -> str:
    return str(Item.objects.get(pk=READ_KEY).name)


if __name__ == "__main__":
    sys.stdout = sys.stderr
    main()
