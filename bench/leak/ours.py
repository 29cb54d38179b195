"""Freehold's side: `python -m bench.leak.ours` makes an installation, runs the suite and measures what connections hold.

Reads {"size": {…}, "tenants": n, "limits": [64, 10000]} and answers {"reads": {part: [reads, wrong]}, "held": {limit: [MiB, …]}, …}.
"""

import json
import sys
from typing import Any

import django

django.setup()

from bench.leak import holding, reading, suite  # noqa: E402  (models need the apps)
from bench.leak.suite import Refs, Size  # noqa: E402
from kernel import tenancy  # noqa: E402
from kernel.actors import Actor  # noqa: E402
from kernel.tenancy import Purpose, TenantRef  # noqa: E402
from tenants import actions as registry  # noqa: E402
from tenants import provisioning, queries, resolving  # noqa: E402

ACTOR = Actor.system("command:bench")
SLUGS = ("shop-one", "shop-two")


def main() -> None:
    """One order, one answer."""
    order = json.loads(sys.stdin.read())
    answer: dict[str, Any] = {}
    if "size" in order:
        answer["reads"] = _reads(_tenants(), size=Size(**order["size"]))
    if "limits" in order:
        refs = [holding.build() for _ in range(order["tenants"])]
        answer |= _held(refs, limits=order["limits"])
    sys.__stdout__.write(json.dumps(answer) + "\n")  # type: ignore[union-attr]  # a subprocess of ours always has one


def _tenants() -> Refs:
    """Platform and two tenants, made by the product's own actions unless an earlier round has made them."""
    provisioning.migrate_home(on_progress=holding.quietly)
    platform = registry.establish_platform(on_progress=holding.quietly, actor=ACTOR)
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        for slug in SLUGS:
            if queries.tenants(q=slug).exists():
                continue
            asked = registry.create_tenant(
                slug, name=slug, owner_email=f"owner@{slug}.example", owner_name="Ada Lovelace", actor=ACTOR
            )
            registry.provision_tenant(asked.operation.id, actor=ACTOR)
    resolving.forget_all()
    first, second = (resolving.by_slug(slug) for slug in SLUGS)
    return first, second


def _reads(refs: Refs, *, size: Size) -> dict[str, tuple[int, int]]:
    found = {}
    with reading.marked(*refs):
        for name, part in suite.PARTS.items():
            tally = part(refs, size=size)
            found[name] = (tally.reads, len(tally.wrong))
    return found


def _held(refs: list[TenantRef], *, limits: list[int]) -> dict[str, Any]:
    return {
        "held": {str(limit): holding.visit(refs, limit=limit) for limit in limits},
        "connect_ms": holding.connecting(refs[0]),
    }


if __name__ == "__main__":
    sys.stdout = sys.stderr
    main()
