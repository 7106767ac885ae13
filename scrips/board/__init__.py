"""The pages of deliveries in the administration: where they stand, which there are, one of them, and many at once."""
