"""Looking after the logs: whether every one has the rights, triggers and months that make it evidence, and whether it is sealed in time.

`expected` says what a log must have, `defences` finds what one lacks, `months` looks for room, `journal` for persons who were forgotten and are back,
`delays` at what waits.
"""

from audit.doctor.examining import Examination, examine
from audit.doctor.findings import Lack
from audit.doctor.journal import forgotten

__all__ = ["Examination", "Lack", "examine", "forgotten"]
