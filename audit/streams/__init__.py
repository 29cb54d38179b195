"""Sending sealed entries to other systems: what a target is, one module per kind that speaks to it, and the delivery that keeps each one's place.

Each stream reads on from its own place in the log (`audit.following`), so a slow target delays no other one, and none loses an entry: what was
not taken is sent again, in the same order. Everything leaves through `kernel.outbound`.
"""
