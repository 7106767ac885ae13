"""What customers see: their tickets and what was said to them, and nothing of how it came about."""
