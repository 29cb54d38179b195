"""The one way in: proof → trust → lifecycle → seat → address → second factor → session, whatever the proof was (ADR 32).

A method of signing in proves who somebody is and calls `proved`; it begins no session itself. Where a second factor is asked for, the answer is
`Challenged`, and who checked the factor calls `completed`. Every gate is asked again then: minutes may lie between.
"""

from identity.pipeline.outcomes import Challenged, Outcome, SignedIn
from identity.pipeline.running import completed, proved

__all__ = ["Challenged", "Outcome", "SignedIn", "completed", "proved"]
