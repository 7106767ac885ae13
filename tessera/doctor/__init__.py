"""`tessera doctor`: what is right and wrong with this installation, each with what to do."""
