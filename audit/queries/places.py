"""Where addresses are, for whoever shows them."""

from audit.alerts import geography


def country_of(address: str) -> str:
    """The country of an address by its two letters (ISO 3166-1), after the database of places that the operator brings.

    Empty without one, and for addresses that it does not know.
    """
    found = geography.place_of(address)
    return found.country if found else ""
