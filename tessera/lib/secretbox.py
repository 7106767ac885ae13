"""Secrets at rest: what is sealed here can be read only with the installation's secret key."""

import base64
import functools
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretUnreadable(Exception):
    """A stored secret was sealed with another TESSERA_SECRET_KEY; enter it again."""

    def __str__(self) -> str:
        return str(self.__doc__)


def seal(text: str) -> str:
    """`text` encrypted and authenticated (Fernet), as ASCII; sealing twice gives two results."""
    return _box().encrypt(text.encode()).decode("ascii")


def open_(sealed: str) -> str:
    """What `seal` was given; what an older key sealed too, while SECRET_KEY_FALLBACKS lists it.

    Raises SecretUnreadable for anything else.
    """
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable from None


def _box() -> MultiFernet:
    return _box_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@functools.lru_cache(maxsize=4)
def _box_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    # A key of its own for this use: nothing that signs with SECRET_KEY can serve to open a secret.
    digest = hashlib.blake2b(key.encode(), digest_size=32, person=b"tessera.secrets").digest()
    return base64.urlsafe_b64encode(digest)
