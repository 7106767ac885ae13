"""A caller with a token, and a stranger without rights."""

import pytest

from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser("ada", email="ada@example.com", first_name="Ada")


@pytest.fixture
def api(admin: User) -> Caller:
    return Caller(ApiToken.issue(admin))


@pytest.fixture
def stranger(db: None) -> Caller:
    return Caller(ApiToken.issue(User.objects.create_user("sam", email="sam@example.com")))


@pytest.fixture
def anonymous(db: None) -> Caller:
    return Caller(None)
