"""`tessera up`: the embedded servers, the supervisor of all processes, the first run."""
