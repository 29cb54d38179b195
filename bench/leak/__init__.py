"""The benchmark `leak`: reads of two tenants in every way that is known to read the wrong one, and what a connection holds."""
