import zoneinfo
from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar

from django.conf import global_settings, settings
from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tessera.lib.query.fold import fold


def validate_time_zone(name: str) -> None:
    """Refuse what is no zone of the IANA database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone; write one such as Europe/Lisbon."), params={"name": name}
        )


def validate_language(code: str) -> None:
    """Refuse what is no language that dates and numbers can be written in."""
    if code not in dict(global_settings.LANGUAGES):
        raise ValidationError(
            _("“%(code)s” is no language that is known here; write a code such as de or pt-br."),
            params={"code": code},
        )


# Words that rules and queries have a meaning of their own for, in place of a username.
RESERVED = frozenset({"nobody", "actor", "__currentuser__"})


def not_reserved(username: str) -> None:
    """Refuse a name that would mean something else in a rule or a query."""
    if username.lower() in RESERVED:
        raise ValidationError(
            _("“%(name)s” has a meaning of its own in rules and queries."),
            params={"name": username},
        )


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """Names are told apart without regard to case."""
        # In the words of the unique index: `iexact` speaks of upper case, and would read the whole table.
        return self.alias(folded=Lower("username")).get(folded=Lower(models.Value(username)))

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person, or the system that acts for scrips. People with the same e-mail address are the same person."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        SYSTEM = "system", _("system")

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Mail(models.TextChoices):
        """Mails of rules that a person can do without."""

        GIVEN = "given", _("A ticket is given to me")
        ANSWERED = "answered", _("A ticket of mine is answered")
        OWN = "own", _("I did it myself")

    class Density(models.TextChoices):
        COMFORTABLE = "comfortable", _("Comfortable")
        COMPACT = "compact", _("Compact")

    username = models.CharField(
        _("username"),
        max_length=150,
        validators=[RegexValidator(r"\A[\w.@+-]+\Z", _("Letters, digits and @ . + - _ only."))],
    )
    email = models.EmailField(
        _("e-mail"), max_length=254, blank=True, validators=[EmailValidator()]
    )
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    language = models.CharField(
        _("language"), max_length=10, blank=True, validators=[validate_language]
    )
    # Plain text, put below replies that the person writes on a ticket's page.
    signature = models.TextField(
        _("signature"), max_length=2_000, blank=True, default="", db_default=""
    )
    unwanted_mails = ArrayField(
        models.CharField(max_length=20, choices=Mail.choices),
        verbose_name=_("unwanted mails"),
        default=list,
        db_default=[],
        blank=True,
    )
    # How the pages look to this person. Empty: not chosen yet, then a browser keeps a theme of its own.
    theme = models.CharField(
        _("theme"), max_length=10, choices=Theme.choices, blank=True, default="", db_default=""
    )
    density = models.CharField(
        _("density"), max_length=12, choices=Density.choices, blank=True, default="", db_default=""
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PERSON)
    disabled = models.BooleanField(_("disabled"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # What was not opened before is no news: the marks of unread tickets begin here.
    unread_since = models.DateTimeField(db_default=Now(), editable=False)
    # The username and the address as queries compare them.
    folded_username = models.CharField(max_length=450, editable=False, db_default="", db_index=True)
    folded_email = models.CharField(max_length=762, editable=False, db_default="", db_index=True)
    # A trigger raises it when the password changes or the user is disabled, whoever writes that: what was logged in
    # under a lower one is logged out, and stays so.
    auth_epoch = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering: ClassVar = ["username"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
            models.UniqueConstraint(
                Lower("email"), condition=~models.Q(email=""), name="user_email_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["person", "system"]), name="user_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def clean(self) -> None:
        super().clean()
        try:
            not_reserved(self.username)
        except ValidationError as fault:
            raise ValidationError({"username": fault}) from None

    def save(self, *args: Any, **given: Any) -> None:
        """Saves, with the texts that queries compare, and takes over the epoch that the trigger may have raised."""
        new, fields = self._state.adding, given.get("update_fields")
        self.folded_username, self.folded_email = fold(self.username), fold(self.email)
        if fields is not None and {"username", "email"} & set(fields):
            given["update_fields"] = {*fields, "folded_username", "folded_email"}
        super().save(*args, **given)
        if not new and (fields is None or {"password", "disabled"} & set(fields)):
            self.refresh_from_db(fields=["auth_epoch"])

    def get_session_auth_hash(self) -> str:
        """What a session of the pages holds of the user: another password or epoch ends it."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under older keys."""
        yield from map(self._session_hash, settings.SECRET_KEY_FALLBACKS)

    def _session_hash(self, secret: str | bytes) -> str:
        held = f"{self.auth_epoch} {self.password}"
        return salted_hmac("tessera.session", held, secret=secret, algorithm="sha256").hexdigest()

    @property
    def name(self) -> str:
        """First and last name, or the username where neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.username

    @property
    def described(self) -> str:
        """The name with what tells people of one name apart: the address, else the username."""
        if self.kind == self.Kind.SYSTEM:
            return _now("%(name)s (the system)") % {"name": self.name}
        apart = self.email or self.username
        return self.name if self.name == apart else f"{self.name} ({apart})"

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.first_name or self.username

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's name for it; a plain attribute there
        """Whether the user may come in: not disabled, and a person."""
        return not self.disabled and self.kind == self.Kind.PERSON

    @cached_property
    def group_ids(self) -> frozenset[int]:
        """The groups that the user belongs to: one statement, unless whoever loaded him knew them."""
        return frozenset(self.member_of.values_list("pk", flat=True))

    @property
    def is_staff(self) -> bool:
        """Who may enter the admin: whoever administers something."""
        return self.has_module_perms("admin")

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Django's question, put to the backends that know the grants."""
        return any(
            backend.has_perm(self, perm, obj)
            for backend in get_backends()
            if hasattr(backend, "has_perm")
        )

    def has_perms(self, perm_list: list[str], obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return any(
            backend.has_module_perms(self, app_label)
            for backend in get_backends()
            if hasattr(backend, "has_module_perms")
        )
