"""The tables that both sides migrate: sixty of usual width, as a grown product has them."""
