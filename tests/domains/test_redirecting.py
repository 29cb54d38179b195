"""Hosts that send people on to the primary one."""

import pytest

from kernel.tenancy import TenantRef
from tenants import actions
from tenants.models import Domain, Tenant
from tests import makers
from tests.caller import Caller
from tests.domains.steps import HOST, proven

pytestmark = pytest.mark.usefixtures("at_platform")
OLD = "old.globex.com"


@pytest.fixture
def redirecting(globex: TenantRef, at_platform: TenantRef) -> Domain:
    """OLD redirects to HOST, globex's primary one."""
    actions.make_primary(proven(globex).id, actor=makers.OPERATOR)
    domain = actions.start_redirect(proven(globex, host=OLD).id, actor=makers.OPERATOR)
    makers.forget_caches()
    return domain


@pytest.mark.parametrize(
    ("host", "path", "location"),
    [
        (OLD, "/", f"http://{HOST}/"),
        (f"{OLD}:8000", "/people/?q=a%20b", f"http://{HOST}:8000/people/?q=a%20b"),
        (OLD.upper(), "/sign-in", f"http://{HOST}/sign-in"),
    ],
)
def test_people_are_sent_to_the_same_page_of_the_primary_host(host: str, path: str, location: str, redirecting: Domain) -> None:
    answer = Caller(host=host).get(path, HTTP_ACCEPT="text/html")

    assert (answer.status_code, answer["Location"], answer["Cache-Control"]) == (308, location, "max-age=300")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/me", 401), ("GET", "/.well-known/security.txt", 404), ("POST", "/sign-in", 422)]
)
def test_programs_and_forms_are_answered_where_they_call(method: str, path: str, status: int, redirecting: Domain) -> None:
    assert Caller(host=OLD).call(method, path).status_code == status


def test_the_primary_host_redirects_nowhere(redirecting: Domain) -> None:
    assert Caller(host=HOST).get("/sign-in", HTTP_ACCEPT="text/html").status_code == 200


def test_www_is_a_host_of_its_own(redirecting: Domain) -> None:
    assert Caller(host=f"www.{HOST}").get("/sign-in").status_code == 404


def test_a_stopped_redirect_answers_again(redirecting: Domain) -> None:
    actions.stop_redirect(redirecting.id, actor=makers.OPERATOR)
    makers.forget_caches()

    assert Caller(host=OLD).get("/sign-in", HTTP_ACCEPT="text/html").status_code == 200


def test_a_suspended_tenant_says_so_at_every_host(redirecting: Domain, globex: TenantRef) -> None:
    Tenant.objects.filter(id=globex.id).update(state="suspended", state_reason="Not paid.")
    makers.forget_caches()

    assert Caller(host=OLD).get("/", HTTP_ACCEPT="text/html").status_code == 403


def test_without_a_primary_host_that_is_proven_nobody_is_sent_anywhere(redirecting: Domain) -> None:
    Domain.objects.filter(host=HOST).update(state="lapsed")
    makers.forget_caches()

    assert Caller(host=OLD).get("/sign-in", HTTP_ACCEPT="text/html").status_code == 200
