"""The rules that come with the product: one file each in `rules/`, named by the rule's key."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "rules"


@cache
def texts() -> Mapping[str, str]:
    """The text of each built-in rule by its key, in the order of the keys."""
    return MappingProxyType({path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yml"))})
