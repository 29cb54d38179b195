"""Blocks of addresses: pure."""

import ipaddress
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import networks
from identity.networks import BadBlock

v4 = st.ip_addresses(v=4)
v6 = st.ip_addresses(v=6)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        (" 192.0.2.0/24 ", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("127.0.0.1", "127.0.0.1/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::1/128"),
        ("::/0", "::/0"),
        ("::1", "::1/128"),
        ("fe80::/10", "fe80::/10"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
    ],
)
def test_every_spelling_of_a_block_is_stored_alike(written: str, stored: str) -> None:
    assert networks.canonical(written) == stored


@pytest.mark.parametrize(
    "text",
    [
        "", "/", "/24", "office", "example.com", "192.0.2", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/255.255.255.0", "192.0.2.0/0.0.0.255",
        "192.0.2.0/24/24", "192.0.2.007", "0xC0.0.2.1", "3221226000", "192.0.2.1:80", "[2001:db8::1]", "2001:db8::1%eth0", "fe80::1%25eth0/64",
        "2001:db8::/129", "1.2.3.4, 5.6.7.8", "1.2.3.4\n", "1.2.3.4\0", "١٩٢.0.2.1", "192.0.2.0/\uff12\uff14", "::ffff:0:0/95", "::ffff:10.0.0.1/64",
        "192.0.2.*", "192.0.2.0-192.0.2.9", "1" * 10_000, "::" + "0" * 60,
    ],
)  # fmt: skip
def test_hostile_and_mistyped_blocks_are_refused(text: str) -> None:
    with pytest.raises(BadBlock):
        networks.canonical(text)


def test_an_address_inside_a_block_is_asked_about_and_not_guessed() -> None:
    with pytest.raises(BadBlock, match=r"Write 10\.0\.0\.0/8 for all of it, or 10\.0\.0\.7 for this address alone"):
        networks.canonical("10.0.0.7/8")


@pytest.mark.parametrize(
    ("blocks", "address", "is_inside"),
    [
        (["192.0.2.0/24"], "192.0.2.0", True),
        (["192.0.2.0/24"], "192.0.2.255", True),
        (["192.0.2.0/24"], "192.0.3.0", False),
        (["192.0.2.0/24"], "192.0.1.255", False),
        (["192.0.2.0/24"], "::ffff:192.0.2.9", True),
        (["192.0.2.0/24"], "::192.0.2.9", False),
        (["192.0.2.0/24"], "64:ff9b::c000:209", False),
        (["2001:db8::/32"], "2001:db8:ffff::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["::/0"], "192.0.2.1", False),
        (["::/0"], "::ffff:192.0.2.1", False),
        (["10.0.0.0/8", "127.0.0.0/8", "192.168.0.0/16"], "127.0.0.1", True),
        (["10.0.0.0/8", "10.1.0.0/16"], "10.200.0.1", True),
        (["192.0.2.1/32", "192.0.2.3/32"], "192.0.2.2", False),
        (["192.0.2.0/24"], "", False),
        (["192.0.2.0/24"], "unknown", False),
        (["0.0.0.0/0", "::/0"], "unknown", False),
        (["192.0.2.0/24"], "192.0.2.1, 192.0.2.2", False),
        (["192.0.2.0/24"], "192.0.2.1%eth0", False),
        ([], "192.0.2.1", True),
        ([], "", True),
    ],
)
def test_an_address_is_in_a_list_or_not(blocks: list[str], address: str, *, is_inside: bool) -> None:
    assert networks.holds(blocks, address) is is_inside


@pytest.mark.parametrize(
    ("inner", "outer", "is_within"),
    [
        ([], [], True),
        (["10.0.0.0/8"], [], True),
        ([], ["10.0.0.0/8"], False),
        (["10.0.0.0/8"], ["10.0.0.0/8"], True),
        (["10.1.0.0/16", "10.2.3.4/32"], ["10.0.0.0/8"], True),
        (["10.0.0.0/7"], ["10.0.0.0/8"], False),
        (["10.0.0.0/23"], ["10.0.0.0/24", "10.0.1.0/24"], True),
        (["10.0.0.0/22"], ["10.0.0.0/24", "10.0.2.0/24"], False),
        (["10.0.0.0/8", "2001:db8::/32"], ["10.0.0.0/8"], False),
        (["2001:db8::1/128"], ["10.0.0.0/8", "2001:db8::/32"], True),
        (["0.0.0.0/0", "::/0"], ["0.0.0.0/0"], False),
    ],
)
def test_blocks_are_within_others_or_not(inner: list[str], outer: list[str], *, is_within: bool) -> None:
    assert networks.within(inner, outer) is is_within


@pytest.mark.parametrize(
    ("lists", "address", "is_allowed"),
    [
        ([], "192.0.2.1", True),
        ([], "", True),
        ([["192.0.2.0/24"]], "192.0.2.1", True),
        ([["192.0.2.0/24"]], "", False),
        ([["192.0.2.0/24"], ["192.0.2.128/25"]], "192.0.2.1", False),
        ([["192.0.2.0/24"], ["192.0.2.128/25"]], "192.0.2.200", True),
        ([["192.0.2.0/24"], ["10.0.0.0/8"]], "10.0.0.1", False),
    ],
)
def test_every_list_that_applies_must_hold_the_address(lists: list[list[str]], address: str, *, is_allowed: bool) -> None:
    assert networks.allow(json.dumps(lists), address) is is_allowed


@given(st.lists(st.one_of(v4, v6), max_size=8), st.one_of(v4, v6), st.integers(0, 32))
def test_the_answer_is_that_of_looking_at_each_block(
    addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
    asked: ipaddress.IPv4Address | ipaddress.IPv6Address,
    length: int,
) -> None:
    blocks = [ipaddress.ip_network(f"{address}/{length}", strict=False) for address in addresses]
    canonical = [networks.canonical(str(block)) for block in blocks if not _holds_mapped(block)]
    plain = getattr(asked, "ipv4_mapped", None) or asked

    expected = not canonical or any(plain in ipaddress.ip_network(block) for block in canonical)

    assert networks.holds(canonical, str(asked)) is expected


def _holds_mapped(block: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    return block.version == 6 and block.network_address.ipv4_mapped is not None


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    try:
        stored = networks.canonical(text)
    except BadBlock:
        return
    assert networks.canonical(stored) == stored
