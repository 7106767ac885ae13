#!/usr/bin/env python
"""Django's command line, for those who look for it here; `tessera` is the same."""

import sys

from tessera.cli import main

if __name__ == "__main__":
    sys.exit(main())
