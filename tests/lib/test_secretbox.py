import pytest
from pytest_django.fixtures import Settings

from tessera.lib import secretbox


def test_sealed_text_is_read_again_and_does_not_show() -> None:
    sealed = secretbox.seal("whsec_geheim ü")
    assert "geheim" not in sealed
    assert sealed.isascii()
    assert secretbox.open_(sealed) == "whsec_geheim ü"
    assert secretbox.seal("whsec_geheim ü") != sealed


def test_another_key_cannot_read_it_unless_it_lists_the_first(settings: Settings) -> None:
    sealed = secretbox.seal("x")
    first = settings.SECRET_KEY
    settings.SECRET_KEY = "another-key-0123456789"
    with pytest.raises(secretbox.SecretUnreadable, match="TESSERA_SECRET_KEY"):
        secretbox.open_(sealed)
    settings.SECRET_KEY_FALLBACKS = [first]
    assert secretbox.open_(sealed) == "x"


@pytest.mark.parametrize("broken", ["", "x", "ü", "gAAAAA=="])
def test_what_was_never_sealed_is_refused(broken: str) -> None:
    with pytest.raises(secretbox.SecretUnreadable):
        secretbox.open_(broken)


def test_changed_text_is_refused() -> None:
    sealed = secretbox.seal("x")
    middle = len(sealed) // 2
    flipped = "A" if sealed[middle] != "A" else "B"
    with pytest.raises(secretbox.SecretUnreadable):
        secretbox.open_(sealed[:middle] + flipped + sealed[middle + 1 :])
