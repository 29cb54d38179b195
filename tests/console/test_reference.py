"""The reference shows what the API's own document says."""

from console import reference


def _endpoints(urlconf: str) -> dict[tuple[str, str], reference.Endpoint]:
    found = (endpoint for tag in reference.tags(urlconf, origin="https://acme.example") for endpoint in tag.endpoints)
    return {(endpoint.method, endpoint.path): endpoint for endpoint in found}


def test_a_route_has_its_permission_fields_and_sample() -> None:
    create = _endpoints("config.urls_tenant")["POST", "/v1/people"]

    assert create.permission == "write:identity.people"
    assert {field.name for group in create.groups for field in group.fields} >= {"email", "name", "roles"}
    assert "201" in create.answers
    assert create.sample.startswith("curl -X POST \\\n  https://acme.example/v1/people")
    assert "{origin}" not in create.sample


def test_each_host_shows_its_own_routes() -> None:
    assert ("POST", "/v1/tenants") in _endpoints("config.urls_operator")
    assert ("POST", "/v1/tenants") not in _endpoints("config.urls_tenant")


def test_anchors_are_unique_and_fit_into_addresses() -> None:
    anchors = [endpoint.anchor for endpoint in _endpoints("config.urls_operator").values()]
    tags = [tag.anchor for tag in reference.tags("config.urls_operator", origin="")]

    assert len(anchors) == len(set(anchors))
    assert len(tags) == len(set(tags))
    assert all(" " not in anchor for anchor in [*anchors, *tags])
