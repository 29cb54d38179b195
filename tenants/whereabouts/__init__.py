"""Where a tenant is: every place where rows or copies of it lie, with evidence gathered at the moment of asking."""
