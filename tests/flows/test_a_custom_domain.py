"""A tenant brings its own host: claims it, proves it in DNS, is served there over https, and gives it back."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from tests import nameserver
from tests.conftest import VAR
from tests.flows import proxy as proxies
from tests.flows.conftest import DNS_PORT
from tests.flows.product import Product
from tests.flows.proxy import Proxy
from tests.nameserver import NameServer

HTML = {"Accept": "text/html"}


@dataclass(frozen=True, slots=True)
class Edge:
    """The product with what stands before it: names, and a proxy."""

    product: Product
    names: NameServer
    proxy: Proxy
    key: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask acme's API at its platform address."""
        return self.product.call(method, "acme.localhost", path, body, key=self.key)

    @contextmanager
    def claimed(self, host: str) -> Iterator[str]:
        """A claim of acme, given back at the end; the domain's address. Its records stand in DNS."""
        claimed = self.call("POST", "/v1/domains", {"host": host})
        assert claimed.status == 201, claimed.body
        self.names.serve(*(_line(record) for record in claimed.json()["records"]))
        own = str(claimed.headers["location"])
        try:
            yield own
        finally:
            assert self.call("DELETE", own).status == 204

    @contextmanager
    def proven(self, host: str) -> Iterator[str]:
        """A host of acme that DNS has proven, given back at the end; the domain's address."""
        with self.claimed(host) as own:
            verified = self.call("PUT", f"{own}/verification")
            assert (verified.status, verified.json()["state"]) == (200, "active"), verified.body
            yield own


def _line(record: dict[str, str]) -> str:
    value = f'"{record["value"]}"' if record["type"] == "TXT" else f"{record['value']}."
    return f"{record['name']}. 0 IN {record['type']} {value}"


@pytest.fixture(scope="module")
def edge(product: Product) -> Iterator[Edge]:
    """The product, a name server where it looks, and Caddy with the product's own configuration."""
    key = product.key("acme", owner="ada@acme.example")
    with (
        nameserver.running("flow-names", port=DNS_PORT) as names,
        proxies.in_front_of(product.port, folder=VAR / "proxy") as proxy,
    ):
        yield Edge(product, names, proxy, key)


def test_a_proven_host_is_served_over_https_with_a_certificate_of_its_own(edge: Edge) -> None:
    with edge.proven("portal.acme-flow.com"):
        page = edge.proxy.get("portal.acme-flow.com", "/sign-in", headers=HTML)
        tenant = edge.proxy.get("portal.acme-flow.com", "/v1/tenant", headers={"Authorization": f"Bearer {edge.key}"})
        plain = edge.proxy.get_plain("portal.acme-flow.com", "/sign-in")

    assert (page.status, b"Acme" in page.body) == (200, True)
    assert (tenant.status, tenant.json()["slug"]) == (200, "acme")
    assert (plain.status, plain.headers["location"]) == (308, "https://portal.acme-flow.com/sign-in")


def test_the_platforms_own_addresses_are_served_over_https(edge: Edge) -> None:
    assert edge.proxy.get("acme.localhost", "/sign-in", headers=HTML).status == 200
    assert edge.proxy.get("platform.localhost", "/sign-in", headers=HTML).status == 200


@pytest.mark.parametrize("host", ["nobody.example.com", "nobody.localhost", "www.acme.localhost"])
def test_a_host_that_nobody_has_gets_no_handshake(host: str, edge: Edge) -> None:
    with pytest.raises(ssl.SSLError):
        edge.proxy.get(host, "/")


def test_a_host_that_is_only_claimed_gets_no_handshake(edge: Edge) -> None:
    with edge.claimed("claimed.acme-flow.com"), pytest.raises(ssl.SSLError):
        edge.proxy.get("claimed.acme-flow.com", "/")


def test_a_host_that_was_given_back_is_refused_although_its_certificate_outlives_it(edge: Edge) -> None:
    with edge.proven("leaving.acme-flow.com"):
        assert edge.proxy.get("leaving.acme-flow.com", "/sign-in", headers=HTML).status == 200

    # The proxy asks once for a name and keeps the certificate, over a restart too: what refuses is the product.
    assert edge.proxy.get("leaving.acme-flow.com", "/sign-in", headers=HTML).status == 404
    edge.proxy.stop()
    edge.proxy.start()
    with suppress(ssl.SSLError):  # later releases of the proxy ask again before they use what they stored
        assert edge.proxy.get("leaving.acme-flow.com", "/v1/me").json()["type"] == "/problems/tenant-unknown"


def test_the_certificate_of_one_host_carries_no_requests_for_another(edge: Edge) -> None:
    with edge.proven("first.acme-flow.com"):
        answer = edge.proxy.get("globex.localhost", "/v1/me", name="first.acme-flow.com")

    assert answer.status == 421


def test_nobody_asks_the_proxys_questions_through_the_proxy(edge: Edge) -> None:
    answer = edge.proxy.get("acme.localhost", "/internal/tls-ask?domain=acme.localhost")

    assert answer.status == 404
    assert edge.product.call("GET", "127.0.0.1", "/internal/tls-ask?domain=acme.localhost").status == 200


def test_people_who_come_to_a_redirecting_host_are_sent_to_the_primary_one(edge: Edge) -> None:
    with edge.proven("new.acme-flow.com") as primary, edge.proven("old.acme-flow.com") as old:
        assert edge.call("PUT", f"{primary}/primary").status == 200
        assert edge.call("PUT", f"{old}/redirect").status == 200

        answer = edge.proxy.get("old.acme-flow.com", "/people/?q=a", headers=HTML)

    assert (answer.status, answer.headers["location"].partition("://")[2]) == (308, "new.acme-flow.com/people/?q=a")
