"""What the tests of domains share."""

from collections.abc import Iterator

import pytest

from kernel import tenancy
from tenants.domains import asking
from tests import nameserver
from tests.conftest import Settings
from tests.nameserver import NameServer


@pytest.fixture(scope="session")
def name_server(installation: None) -> Iterator[NameServer]:
    """A name server that runs until the end of the session."""
    with nameserver.running("names") as server:
        yield server


@pytest.fixture
def dns(name_server: NameServer, settings: Settings) -> NameServer:
    """The name server, empty, as the one that is asked."""
    settings.DNS_RESOLVERS = name_server.resolvers
    settings.EDGE_DOMAIN = "edge.tenants.net"
    name_server.serve()
    return name_server


@pytest.fixture
def outage(dns: NameServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name server answers; waiting for one is short."""
    monkeypatch.setattr(asking, "LIFETIME_S", 0.2)
    settings.DNS_RESOLVERS = (("127.0.0.1", 9),)


@pytest.fixture
def at_platform(ground: None, platform: tenancy.TenantRef) -> Iterator[tenancy.TenantRef]:
    """Platform active, as the operator's host and commands have it."""
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        yield platform
