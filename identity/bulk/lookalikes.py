"""Domains that look like others: labels that mix alphabets, and labels whose signs all look Latin but are not. Pure.

`texts.email` already writes every foreign domain in its ASCII form, so two such addresses are never taken for one. In a file with thousands of rows
nobody reads `xn--cme-5cd.test`, though; what could deceive is refused there and can be added by hand, one by one.
"""

import unicodedata
from typing import Final

import idna

LOOKALIKES: Final = str.maketrans("асеорхуіјѕһԁԛԝкмтвнгαονρτυικχηγωβε", "aceopxyijshdqwkmtbhraovptuikxnywbe")
"""Cyrillic and Greek signs that most typefaces draw as a Latin one (after Unicode's confusables, UTS 39)."""


def suspicion(address: str) -> str:
    """Why the domain of an address in its stored spelling could deceive; empty when it does not."""
    for label in address.rpartition("@")[2].split("."):
        if not label.startswith("xn--"):
            continue
        shown = _shown(label)
        if len(_alphabets(shown)) > 1:
            return f"{shown!r} mixes letters of several alphabets and looks like another domain."
        latin = shown.translate(LOOKALIKES)
        if latin.isascii():
            return f"{shown!r} is not written in Latin letters but looks like {latin!r}."
    return ""


def _shown(label: str) -> str:
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label


def _alphabets(text: str) -> set[str]:
    """The scripts of the letters, e.g. LATIN and CYRILLIC; Japanese writes with three of them and counts as one."""
    scripts = {unicodedata.name(sign, "UNKNOWN").partition(" ")[0] for sign in text if sign.isalpha()}
    return {"JAPANESE" if script in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK") else script for script in scripts}
