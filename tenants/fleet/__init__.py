"""All schemas with a tenant's tables, brought to the state of the code: compiled once, replayed in each (ADR 15).

`members` says which schemas there are, `states` which migrations each has run, `history` which are missing there, `compiling` turns these
into statements, `replaying` runs them in one schema, `crews` in many, `rings` in which order. `ledger` notes what became of each.
"""
