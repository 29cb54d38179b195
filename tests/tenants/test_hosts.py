"""One spelling of a host, and which hosts a tenant may bring."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants import hosts
from tenants.problems import HostInvalid


@pytest.mark.parametrize(
    ("given_as", "normal"),
    [
        ("id.example.com", "id.example.com"),
        ("ID.Example.COM", "id.example.com"),
        ("id.example.com.", "id.example.com"),
        ("id.example.com:8443", "id.example.com"),
        ("id.example.com.:443", "id.example.com"),
        ("  id.example.com ", "id.example.com"),
        ("bücher.example.com", "xn--bcher-kva.example.com"),
        ("BÜCHER.example.com", "xn--bcher-kva.example.com"),
        ("ｉｄ.example.com", "id.example.com"),  # noqa: RUF001 - full-width letters are the point
        ("id。example.com", "id.example.com"),
        ("acme.localhost:8000", "acme.localhost"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("xn--bcher-kva.example.com", "xn--bcher-kva.example.com"),
        ("a" * 63 + ".example.com", "a" * 63 + ".example.com"),
    ],
)
def test_every_spelling_of_a_host_comes_out_the_same(given_as: str, normal: str) -> None:
    assert hosts.normalise(given_as) == normal


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (".", "empty"),
        (":80", "empty"),
        ("a..b", "label"),
        (".example.com", "label"),
        ("-a.example.com", "label"),
        ("a-.example.com", "label"),
        ("a" * 64 + ".example.com", "label"),
        (".".join(["a" * 60] * 5), "length"),
        ("*.example.com", "wildcard"),
        ("_dmarc.example.com", "underscore"),
        ("exa mple.com", "label"),
        ("example.com/path", "label"),
        ("user@example.com", "label"),
        ("example.com\0", "label"),
        ("example.com\r\nX: y", "label"),
        ("xn--zzzzzzzz.com", "idna"),
        ("☃️⃣.com", "idna"),
    ],
)
def test_what_no_host_looks_like_is_unreadable(text: str, code: str) -> None:
    with pytest.raises(hosts.Unreadable) as refused:
        hosts.normalise(text)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("192.0.2.1", "address"),
        ("[2001:db8::1]", "address"),
        ("localhost", "one-label"),
        ("intranet", "one-label"),
        ("com", "one-label"),
        ("acme.tenants.net", "platform"),
        ("tenants.net", "platform"),
        ("deep.acme.tenants.net", "platform"),
        ("acme.localhost", "special"),
        ("acme.internal", "special"),
        ("acme.test", "special"),
        ("printer.local", "special"),
        ("1.2.3", "numeric"),
        ("co.uk", "public-suffix"),
        ("github.io", "public-suffix"),
        ("公司.cn", "public-suffix"),
        ("edge.example.org", "edge"),
        ("01abc.EDGE.example.org.", "edge"),
        ("console.example.org", "operator"),
        (".".join(["a" * 57] * 4) + ".com", "length"),
        ("*.example.com", "wildcard"),
        ("_x.example.com", "underscore"),
    ],
)
def test_a_tenant_may_not_bring_such_a_host(text: str, code: str) -> None:
    with pytest.raises(HostInvalid) as refused:
        hosts.check_custom(text, suffix="tenants.net", edge="edge.example.org", operator="console.example.org")

    assert refused.value.fields["errors"] == [{"pointer": "/host", "code": code, "detail": refused.value.detail}]


def test_a_tenant_may_bring_a_host_that_only_ends_like_the_platform() -> None:
    assert hosts.check_custom("Acme-Tenants.NET", suffix="tenants.net") == "acme-tenants.net"


@pytest.mark.parametrize(
    ("host", "normal"),
    [
        ("acme.co.uk", "acme.co.uk"),
        ("acme.github.io", "acme.github.io"),
        ("example.org", "example.org"),
        ("edge.example.com", "edge.example.com"),
        ("WWW.Bücher.de", "www.xn--bcher-kva.de"),
    ],
)
def test_a_tenant_may_bring_what_it_registered(host: str, normal: str) -> None:
    assert hosts.check_custom(host, suffix="tenants.net", edge="edge.example.org", operator="console.example.org") == normal


@pytest.mark.parametrize("host", ["acme.com", "acme.co.uk", "acme.github.io"])
def test_a_registered_name_itself_is_told_from_names_below_it(host: str) -> None:
    assert hosts.is_apex(host)
    assert not hosts.is_apex(f"id.{host}")


def test_the_platform_address_is_the_slug_before_the_suffix() -> None:
    assert hosts.platform_host("acme", suffix="tenants.net") == "acme.tenants.net"


@given(st.text(max_size=300))
def test_any_text_has_one_spelling_or_is_unreadable(text: str) -> None:
    try:
        normal = hosts.normalise(text)
    except hosts.Unreadable:
        return
    assert normal.isascii()
    assert normal == normal.lower()
    assert len(normal) <= hosts.MAXIMUM
    assert hosts.normalise(normal) == normal


@given(st.from_regex(r"[a-z]([a-z0-9]{0,10}[a-z0-9])?(\.[a-z]{2,8}){1,3}", fullmatch=True), st.integers(1, 65535))
def test_case_port_and_final_dot_never_matter(host: str, port: int) -> None:
    for spelling in (host.upper(), f"{host}:{port}", f"{host}.", f"{host.title()}.:{port}"):
        assert hosts.normalise(spelling) == hosts.normalise(host)
