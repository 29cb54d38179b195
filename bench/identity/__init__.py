"""What it costs to know who asks and what they may, and how fast that ends."""
