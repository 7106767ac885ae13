"""SQL that Django has no words for."""

from django.db.models import BooleanField, Exists, Func


class IsAnyOf(Func):
    """`left = ANY(array)`."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class OneByOne(Exists):
    """Asked of each row that comes by, where the planner would else read all that could be asked for, page or not."""

    template = "EXISTS(%(subquery)s OFFSET 0)"
