"""An administrator at the administration."""

import pytest
from django.test import Client

from tessera.accounts.models import User
from tests.office import Office


@pytest.fixture
def site(office: Office) -> Client:
    client = Client()
    client.force_login(User.objects.get(username="root"))
    return client
