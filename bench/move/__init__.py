"""Moving a tenant between two servers while it is written to: how long its writers wait, and whether anything they were told is lost."""
