"""The benchmark `scale`: many real tenants in one installation, and whether a request notices how many there are."""
