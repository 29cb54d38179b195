"""No tenancy: one table, one owner."""

from typing import Any

from django.core.management import call_command

from bench.routing.goods.stocking import fill

HOST = "shop.localhost"


def one_database(_tenants: int) -> list[dict[str, Any]]:
    """The table and its rows."""
    call_command("migrate", verbosity=0, interactive=False)
    fill("everybody")
    return [{"host": HOST, "headers": {}, "expected": "everybody"}]
