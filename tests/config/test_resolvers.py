"""Name servers as the settings name them."""

import pytest

from config import resolvers


@pytest.mark.parametrize(
    ("entry", "pair"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
        ("[2001:DB8::53]", ("2001:db8::53", 53)),
    ],
)
def test_an_address_with_or_without_a_port_is_read(entry: str, pair: tuple[str, int]) -> None:
    assert resolvers.parsed([entry]) == (pair,)


@pytest.mark.parametrize("entry", ["dns.example.com", "192.0.2.53:0", "192.0.2.53:70000", "192.0.2.53:dns", "[2001:db8::53", ""])
def test_anything_else_is_refused_by_name(entry: str) -> None:
    with pytest.raises(ValueError, match=r"IP address|port"):
        resolvers.parsed([entry])
