"""One module per noun; `base` holds what all pages share."""
