"""The pages on which an administrator makes and changes lifecycles."""
