"""Passwords asked for in a shell."""

from getpass import getpass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import OutputWrapper

from tessera.accounts.models import User


def new_password(user: User, *, faults: OutputWrapper) -> str:
    """A password that is typed twice; asks again, and says why on `faults`, until it is good for this user."""
    while True:
        password = getpass("Password: ")
        if password != getpass("Password (again): "):
            faults.write("The two passwords differ.")
        elif wrong := weakness(password, user):
            faults.write(wrong)
        else:
            return password


def weakness(password: str, user: User) -> str:
    """Why it is no good password for this user, or nothing."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
