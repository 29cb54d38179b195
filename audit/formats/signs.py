"""Signs that end lines or steer terminals, made visible: for formats whose own escapes do not know them."""

import re

_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def shown(text: str) -> str:
    r"""A text in which each control sign, line separator, direction mark and byte order mark is written as `\u001b`. Length grows, no sign is lost."""
    return _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
