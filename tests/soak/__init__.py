"""A whole system under load for minutes or hours while its parts are killed one after the other: `make soak`."""
