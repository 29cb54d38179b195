"""May this host have a certificate: asked by the proxy alone, answered like a request is routed."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from kernel import tenancy
from kernel.tenancy import TenantRef
from tenants import actions
from tenants.models import Domain, Tenant
from tests import makers
from tests.caller import Caller
from tests.conftest import Settings
from tests.domains.steps import HOST, claimed, proven, trusted

PATH = "/internal/tls-ask"


def asked(host: str, *, more: str = "", **headers: str) -> int:
    """What the proxy is answered; it calls by address, not by a tenant's name."""
    makers.forget_caches()
    return int(Caller(host="127.0.0.1:8000").get(f"{PATH}?domain={host}{more}", **headers).status_code)


@pytest.mark.usefixtures("at_platform")
class TestAnswers:
    """Which hosts get a certificate."""

    def test_every_host_that_answers_and_no_other(self, globex: TenantRef) -> None:
        claimed(globex, host="claimed.globex.com")
        trusted(globex, host="trusted.globex.com")
        proven(globex)

        answers = {
            host: asked(host)
            for host in (HOST, HOST.upper(), "trusted.globex.com", "globex.localhost", "platform.localhost", "claimed.globex.com",
                         f"www.{HOST}", "nobody.localhost", "192.0.2.1", "", "%00", "a" * 300, "%F0%9F%92%A9")
        }  # fmt: skip

        assert [host for host, status in answers.items() if status == 200] == [
            HOST, HOST.upper(), "trusted.globex.com", "globex.localhost", "platform.localhost",
        ]  # fmt: skip
        assert {status for status in answers.values() if status != 200} <= {400, 404}

    def test_a_lapsed_host_gets_no_new_certificate_and_is_still_served(self, globex: TenantRef) -> None:
        domain = proven(globex)
        Domain.objects.filter(id=domain.id).update(state="lapsed")

        assert asked(HOST) == 404
        assert Caller(host=HOST).get("/v1/me").status_code == 401

    def test_a_host_that_is_given_back_is_refused_in_the_app_whatever_certificate_is_still_served(self, globex: TenantRef) -> None:
        """The proxy keeps serving a stored certificate without asking again."""
        domain = proven(globex)
        assert (asked(HOST), Caller(host=HOST).get("/v1/me").status_code) == (200, 401)

        actions.release_domain(domain.id, actor=makers.OPERATOR)
        makers.forget_caches()

        answer = Caller(host=HOST).get("/v1/me")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/tenant-unknown")
        assert asked(HOST) == 404

    def test_a_host_of_a_purged_tenant_gets_none(self, globex: TenantRef) -> None:
        proven(globex)
        assert asked(HOST) == 200
        Tenant.objects.filter(id=globex.id).update(state="purged")
        Domain.objects.filter(tenant_id=globex.id).update(state="released")

        assert asked(HOST) == 404


def test_whoever_comes_through_a_proxy_finds_nothing_there() -> None:
    answer = Caller(host="acme.localhost").get(f"{PATH}?domain=acme.localhost", HTTP_X_FORWARDED_FOR="198.51.100.7")

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_whoever_calls_from_elsewhere_finds_nothing_there() -> None:
    assert asked("acme.localhost") == 200
    assert Caller(host="acme.localhost").get(f"{PATH}?domain=acme.localhost", REMOTE_ADDR="198.51.100.7").status_code == 404


def test_a_secret_lets_a_proxy_elsewhere_ask_and_shuts_out_the_machine_itself(settings: Settings) -> None:
    settings.PROXY_SECRET = "open sesame"

    assert asked("acme.localhost", more="&secret=open%20sesame", REMOTE_ADDR="198.51.100.7") == 200
    assert asked("acme.localhost") == 404
    assert asked("acme.localhost", more="&secret=open") == 404
    assert asked("acme.localhost", more="&secret=%F0%9F%92%A9") == 404


def test_a_known_host_is_answered_without_a_query() -> None:
    asked("acme.localhost")

    with CaptureQueriesContext(connections[tenancy.HOME]) as queries:
        status = Caller(host="127.0.0.1").get(f"{PATH}?domain=acme.localhost").status_code

    assert (status, len(queries)) == (200, 0)
