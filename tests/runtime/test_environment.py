"""What the test environment promises to every other test."""

import pytest
from django.core.cache import cache
from django.db import connection


@pytest.mark.django_db
def test_database_is_this_workers_own_copy() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('tessera.allow_truncate')")
        assert cursor.fetchone() == (connection.settings_dict["NAME"], "on")


@pytest.mark.django_db
def test_database_folds_case_beyond_ascii() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ÄÖÉΣ')")
        assert cursor.fetchone() == ("äöéσ",)


def test_cache_is_empty_at_first() -> None:
    assert cache.get("left") is None
    cache.set("left", 1)


def test_cache_is_empty_again() -> None:
    assert cache.get("left") is None
    cache.set("left", 1)
