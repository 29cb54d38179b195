"""Which addresses people, service accounts and keys may come from.

There is a list of the whole tenant, one of each role, and one of each key. A list without blocks asks nothing; every other list that applies must
hold the address. `blocks` is pure, `sql` is what the hot statements take in, `rules` asks the database.
"""

from identity.networks.blocks import BadBlock, allow, canonical, contains, holds, within
from identity.networks.rules import is_allowed

__all__ = ["BadBlock", "allow", "canonical", "contains", "holds", "is_allowed", "within"]
