"""Every route with an unsafe method, for programs and for people, at both kinds of host: called once with ids that exist, it leaves an entry."""

from dataclasses import replace

from kernel.api.telling import SAFE
from kernel.tenancy import TenantRef
from tests.caller import Caller
from tests.coverage_gate.trails import told, undone
from tests.isolation import belongings, routes
from tests.isolation.asking import HTML, OPERATOR_HOST, ask
from tests.isolation.belongings import Belongings
from tests.isolation.routes import OPERATOR, TENANT, Route

SO_ALREADY = "here it is so already: nothing changes, and nothing is recorded; that the change itself is recorded is tested beside its action"
SAME = "what is asked for is what is there: the same"
TOO_SOON = "shows what was found a moment ago; a check that finds something new is recorded"
NOTHING_BEGUN = "without a sign-in, enrolment or step-up under way there is nothing to prove, and one is sent to its beginning; a wrong proof is recorded"
EXCUSED: dict[str, str] = {
    "POST /account/factors/new/{factor_kind}/completion": NOTHING_BEGUN,
    "POST /sign-in/enrolment/{factor_kind}": NOTHING_BEGUN,
    "POST /sign-in/enrolment/{factor_kind}/completion": NOTHING_BEGUN,
    "POST /sign-in/factor": NOTHING_BEGUN,
    "POST /sign-in/factor/code": NOTHING_BEGUN,
    "POST /sign-in/passkey": NOTHING_BEGUN,
    "POST /step-up": NOTHING_BEGUN,
    "DELETE /v1/audit/rules/{rule}/mute": SO_ALREADY,
    "POST /audit/anchors/{anchor_id}/resumption": SO_ALREADY,
    "POST /audit/channels/{channel_id}/resumption": SO_ALREADY,
    "POST /audit/rules/{rule}/enablement": SO_ALREADY,
    "DELETE /v1/cells/{cell}/closing": SO_ALREADY,
    "DELETE /v1/cells/{cell}/draining": SO_ALREADY,
    "DELETE /v1/domains/{domain_id}/redirect": SO_ALREADY,
    "DELETE /v1/tenants/{tenant}/domains/{domain}/redirect": SO_ALREADY,
    "DELETE /v1/tenants/{tenant}/plan": SAME,
    "DELETE /v1/tenants/{tenant}/residency": SAME,
    "PATCH /v1/tenants/{tenant}/settings": SAME,
    "POST /audit/streams/{stream_id}/resumption": SO_ALREADY,
    "POST /cells/{name}/opening": SO_ALREADY,
    "POST /domains/{domain_id}/answer": SO_ALREADY,
    "POST /domains/{domain_id}/primary": SO_ALREADY,
    "POST /domains/{domain_id}/verification": TOO_SOON,
    "POST /operations/{operation_id}/resumption": SO_ALREADY,
    "POST /people/{person_id}/resumption": SO_ALREADY,
    "POST /policies/{policy_id}/disablement": SO_ALREADY,
    "POST /v1/policies/validation": "only tells whether a text could be a policy: nothing is stored",
    "POST /service-accounts/{service_account_id}/resumption": SO_ALREADY,
    "POST /tenants/{tenant_id}/domains/{domain_id}/answer": SO_ALREADY,
    "POST /tenants/{tenant_id}/domains/{domain_id}/primary": SO_ALREADY,
    "POST /tenants/{tenant_id}/domains/{domain_id}/verification": TOO_SOON,
    "POST /tenants/{tenant_id}/plan": SAME,
    "POST /tenants/{tenant_id}/residency": SAME,
    "POST /tenants/{tenant_id}/resumption": SO_ALREADY,
    "POST /tenants/{tenant_id}/settings": SAME,
    "PUT /v1/domains/{domain_id}/primary": SO_ALREADY,
    "PUT /v1/fleet/runs/{run}/resumption": SO_ALREADY,
    "PUT /v1/operations/{operation_id}/resumption": SO_ALREADY,
    "PUT /v1/tenants/{tenant}/domains/{domain}/primary": SO_ALREADY,
    "PUT /v1/tenants/{tenant}/domains/{domain}/trust": SO_ALREADY,
}
UNSAFE = {
    urlconf: [route for route in routes.of(urlconf) if route.method not in SAFE and str(route) not in EXCUSED]
    for urlconf in (TENANT, OPERATOR)
}


class _Values(dict[str, str]):
    """What stands in addresses. A kind that nothing is known of names nothing, which leaves an entry of the failure."""

    def __missing__(self, name: str) -> str:
        return f"no-{name}"


def _silent(asked: list[Route], whose: Belongings, *, host: str, urlconf: str, trails: tuple[TenantRef, ...]) -> list[str]:
    """The routes after which no trail has grown."""
    found = []
    for route in asked:
        caller = Caller(host=host, key=whose.key if route.is_api else "")
        headers = {} if route.is_api else {**HTML, "HTTP_COOKIE": whose.cookie}
        with undone():
            for begins in _beginnings(route, among=asked):
                ask(caller, begins, values=_Values(whose.parameters), urlconf=urlconf, headers=headers)
            before = told(*trails)
            answer = ask(caller, route, values=_Values(whose.parameters), urlconf=urlconf, headers=headers)
            if told(*trails) == before:
                found.append(f"{route}: {answer.status_code}")
    return found


def _beginnings(route: Route, *, among: list[Route]) -> list[Route]:
    """What brings about the state that a route ends: without it there is nothing to end, and nothing to record."""
    return [other for other in among if route.method == "DELETE" and (other.method, other.path) == ("PUT", route.path)]


def test_no_unsafe_request_to_a_tenant_ends_without_an_entry(ours: Belongings, platform: TenantRef) -> None:
    asked = UNSAFE[TENANT]

    silent = _silent(asked, ours, host=ours.host, urlconf=TENANT, trails=(ours.ref, platform))

    assert len(asked) >= 40
    assert "\n".join(silent) == ""


def test_no_unsafe_request_to_the_operator_ends_without_an_entry(operators: Belongings, acme: TenantRef) -> None:
    values = belongings.of(acme).parameters
    theirs = {name: values[name] for name in ("tenant", "tenant_id", "domain", "domain_id", "backup", "backup_id")}
    whose = replace(operators, parameters=operators.parameters | theirs)
    asked = UNSAFE[OPERATOR]

    silent = _silent(asked, whose, host=OPERATOR_HOST, urlconf=OPERATOR, trails=(operators.ref, acme))

    assert len(asked) >= 80
    assert "\n".join(silent) == ""


def test_every_excuse_is_still_for_a_route() -> None:
    known = {str(route) for urlconf in (TENANT, OPERATOR) for route in routes.of(urlconf)}

    assert EXCUSED.keys() - known == set()
    assert all(EXCUSED.values())
