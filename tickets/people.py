"""People as plain values: by id, or by the address that a ticket knows them under."""

from collections.abc import Iterable
from dataclasses import dataclass

from tessera.accounts.models import User
from tessera.lib.database import prepared
from tessera.lib.query.fold import fold

_COLUMNS = (
    *("id", "username", "email", "first_name", "last_name", "time_zone", "language"),
    *("disabled", "system", "unwanted"),
)
# Text, because building it of expressions cost more than running it: it stands in every change's way.
_LOAD_SQL = """
    SELECT id, username, email, first_name, last_name, time_zone, language, disabled, kind = 'system',
        unwanted_mails,
        ARRAY(SELECT group_id FROM accounts_group_members WHERE user_id = accounts_user.id)
    FROM accounts_user
    WHERE id = ANY(%s::bigint[]) OR (folded_email = ANY(%s::text[]) AND email <> '')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody. `id` is null and `username` empty for an address that no user has; `groups` are their ids, `unwanted`
    the kinds of mail (`User.Mail`) that he does without."""

    id: int | None
    username: str
    email: str
    first_name: str = ""
    last_name: str = ""
    time_zone: str = "UTC"
    language: str = ""
    disabled: bool = False
    system: bool = False
    groups: frozenset[int] = frozenset()
    unwanted: tuple[str, ...] = ()

    @classmethod
    def of(cls, user: User) -> "Person":
        return cls(
            id=user.pk,
            username=user.username,
            email=user.email,
            first_name=user.first_name,
            last_name=user.last_name,
            time_zone=user.time_zone,
            language=user.language,
            disabled=user.disabled,
            system=user.kind == User.Kind.SYSTEM,
            groups=user.group_ids,
            unwanted=tuple(user.unwanted_mails),
        )

    @property
    def name(self) -> str:
        """First and last name, else the username, else the address."""
        return f"{self.first_name} {self.last_name}".strip() or self.username or self.email


class People:
    """Those that one unit of work met: each is asked of the database once."""

    def __init__(self) -> None:
        self._by_id: dict[int, Person] = {}
        self._by_email: dict[str, Person] = {}
        self._by_username: dict[str, Person] = {}
        self._strangers: set[str] = set()
        self._by_email_as_written: dict[str, Person] = {}

    def load(self, ids: Iterable[int | None], emails: Iterable[str] = ()) -> None:
        """Fetch those not yet known: at most one statement."""
        wanted = {i for i in ids if i is not None} - self._by_id.keys()
        addresses = {fold(e) for e in emails} - self._by_email.keys() - self._strangers
        if not wanted and not addresses:
            return
        with prepared() as cursor:
            cursor.execute(_LOAD_SQL, [list(wanted), list(addresses)])
            for *row, groups in cursor.fetchall():
                known = dict(zip(_COLUMNS, row, strict=True))
                known["unwanted"] = tuple(known["unwanted"])
                self.add(Person(**known, groups=frozenset(groups)))
        self._strangers |= addresses - self._by_email.keys()

    def add(self, person: Person) -> None:
        if person.id is not None:
            self._by_id[person.id] = person
        if person.email:
            self._by_email[fold(person.email)] = person
            self._by_email_as_written.clear()

    def by_id(self, user_id: int | None) -> Person | None:
        """The user of that id, or None where there is none."""
        if user_id is None:
            return None
        if user_id not in self._by_id:
            self.load([user_id])
        return self._by_id.get(user_id)

    def by_email(self, email: str) -> Person:
        """The user with that address, or a stranger who is known by it alone."""
        if known := self._by_email_as_written.get(email):
            return known
        self.load([], [email])
        person = self._by_email.get(fold(email)) or Person(id=None, username="", email=email)
        self._by_email_as_written[email] = person
        return person

    def by_username(self, username: str) -> Person | None:
        """The user of that name, without regard to case."""
        if known := self._by_username.get(username):
            return known
        user = User.objects.filter(username__iexact=username).first()
        if user is None:
            return None
        person = self._by_username[username] = Person.of(user)
        self.add(person)
        return person
