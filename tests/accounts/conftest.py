"""Ines, who has a password."""

import pytest

from tessera.accounts.models import User

PASSWORD = "correct horse"


@pytest.fixture
def ines(db: None) -> User:
    return User.objects.create_user("ines", PASSWORD, email="ines@example.com")
