"""What a session's list says of a browser and a place: in words, from what the browser tells of itself, which anybody can make up."""

from typing import Final

from audit import queries as audit

SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
# Each names the ones behind it too, so the most particular stands first.
BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chromium", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
LONGEST: Final = 60


def in_words(user_agent: str) -> str:
    """A browser in words, e.g. `Firefox on Linux`; the beginning of what it calls itself where that is not known."""
    browser = _first(BROWSERS, user_agent)
    system = _first(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or user_agent[:LONGEST] or "Unknown browser"


def place_in_words(address: str) -> str:
    """The country of an address by its two letters, where the operator brought a database of places; empty otherwise."""
    return audit.country_of(address)


def _first(known: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in known if mark in text), "")
