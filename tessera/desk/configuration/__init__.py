"""The configuration as a file: written out, compared with what there is, and put into effect."""
