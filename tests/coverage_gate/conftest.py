"""Who calls, and the far ends that calls reach."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from config.embedded import addresses as addressing
from kernel.tenancy import TenantRef
from tenants.domains import records
from tests import mailbox, makers, nameserver, places
from tests.coverage_gate import grounds, grounds_people
from tests.coverage_gate.bodies_api import RULE
from tests.isolation import belongings
from tests.isolation.belongings import Belongings
from tests.listeners import CA_PEM, http_sink
from tests.nameserver import NameServer

REGISTERED = ("tenant", "tenant_id", "domain", "domain_id", "backup", "backup_id")
"""What the operator's addresses name of a tenant."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    """A folder of its own for exports, bundles and copies."""
    settings.EXPORT_FOLDER, settings.BACKUP_FOLDER = str(tmp_path), str(tmp_path / "copies")
    settings.SMS_PROVIDER = "identity.sms_providers.outbox.send"


@pytest.fixture
def ours(acme: TenantRef) -> Belongings:
    """What acme has."""
    return belongings.of(acme)


@pytest.fixture
def operators(platform: TenantRef) -> Belongings:
    """What the operator has."""
    return belongings.of(platform)


@pytest.fixture(scope="session")
def names(acme: TenantRef, platform: TenantRef) -> Iterator[NameServer]:
    """A name server that proves the host of each tenant's own."""
    with nameserver.running("coverage") as server:
        hosts = [(grounds.host_of(ref), ref.id) for ref in (acme, platform)]
        server.serve(
            *(f'{records.challenge_name(host)}. 0 IN TXT "{records.challenge(owner, host=host)}"' for host, owner in hosts)
        )
        yield server


@pytest.fixture
def far_ends(settings: Any, open_loopback: None, names: NameServer) -> Iterator[dict[str, str]]:
    """Name servers, mail server and a collector that answer; gives the address of the collector."""
    settings.DNS_RESOLVERS = names.resolvers
    with mailbox.listening() as box, http_sink() as sink:
        settings.MAIL_URL = box.url
        yield {"collector": f"{sink.url}/audit"}


@pytest.fixture
def empty_url(installation: None) -> Iterator[str]:
    """The address of an empty database on the embedded server; with it go the cells that were attached meanwhile."""
    with places.database(addressing.at(django_settings.VAR), name="coverage") as url:
        yield url


@pytest.fixture
def at_tenant(ours: Belongings, far_ends: dict[str, str]) -> Belongings:
    """The owner of acme, who calls."""
    return _calling(ours, more=far_ends)


@pytest.fixture
def at_terminal(at_tenant: Belongings, empty_url: str, tmp_path: Path) -> Belongings:
    """Acme's things as commands name them, and files that commands read."""
    files = {"rule.yml": RULE, "schema.json": '{"type": "object"}', "ca.pem": CA_PEM, "secret": f"signing_key={'k' * 32}\n"}
    files["events.jsonl"] = (
        '{"action": "invoice.paid", "actor": {"id": "u-93"}, "subject": {"id": "i-7"}, "details": {"number": "7"}}\n'
    )
    files["policy.cedar"] = "forbid(principal, action, resource) when { context.hour > 25 };"
    files |= {"people.csv": grounds_people.INVITED.decode(), "leaked": at_tenant.key}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    words = {"folder": str(tmp_path), "empty_url": empty_url, "slug": at_tenant.ref.slug}
    return replace(at_tenant, parameters=at_tenant.parameters | words)


@pytest.fixture
def at_operator(operators: Belongings, acme: TenantRef, far_ends: dict[str, str], empty_url: str) -> Belongings:
    """The owner of the platform, who calls about acme."""
    theirs = belongings.of(acme).parameters
    registered = {name: theirs[name] for name in REGISTERED}
    words = {"tenant_slug": acme.slug, "cell_region": "local", "empty_url": empty_url}
    return _calling(operators, more=far_ends | registered | words)


def _calling(whose: Belongings, *, more: dict[str, str]) -> Belongings:
    slug = whose.ref.slug
    words = {"keeper": f"keeper@{slug}.example", "guest": f"guest@{slug}.example", "password": makers.PASSWORD}
    return replace(whose, parameters=whose.parameters | words | more)
