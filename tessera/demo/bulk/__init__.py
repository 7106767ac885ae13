"""Very many tickets at once: copies of some that were made through the door, written by COPY."""
