"""How large a query may be, whoever wrote it."""

MAX_TEXT = 10_000  # characters
MAX_NESTING = 50  # brackets and NOTs of a text around one condition
MAX_DEPTH = 10  # groups of rules
MAX_TERMS = 200
MAX_LIST = 1_000
MAX_VALUE = 1_000  # characters
