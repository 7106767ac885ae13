"""Settings, all of them from the environment (or `.env` beside manage.py); docs/reference/settings.md lists them."""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ

from tessera.lib import connections, environment, filestore
from tessera.lib.rundir import run_dir

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

TESSERA_DATA = Path(env.str("TESSERA_DATA", default="var"))
if not TESSERA_DATA.is_absolute():
    TESSERA_DATA = BASE_DIR / TESSERA_DATA

_PORT = environment.number("TESSERA_PORT", default=8000, lowest=1, highest=65535)
_HERE = environment.authority(environment.text("TESSERA_HOST", "127.0.0.1"), _PORT)
TESSERA_BASE_URL = environment.site("TESSERA_BASE_URL", f"http://{_HERE}")
TESSERA_MAIL_FROM = environment.address("TESSERA_MAIL_FROM", "tessera@localhost")
TESSERA_WEBHOOK_ALLOW = environment.hosts("TESSERA_WEBHOOK_ALLOW")
TESSERA_MAX_UPLOAD = environment.number(
    "TESSERA_MAX_UPLOAD", default=25 * 1024 * 1024, lowest=1, highest=2**40
)
# Addresses and networks of proxies whose X-Forwarded-For is believed.
TESSERA_TRUSTED_PROXIES = environment.hosts("TESSERA_TRUSTED_PROXIES")
TESSERA_MAX_BODY = 2 * 1024 * 1024
# How many requests a second one user may make for long, and one address without a login; 0 for any number.
TESSERA_RATE_LIMIT = environment.number(
    "TESSERA_RATE_LIMIT", default=500, lowest=0, highest=1_000_000
)
TESSERA_RATE_LIMIT_ANONYMOUS = environment.number(
    "TESSERA_RATE_LIMIT_ANONYMOUS", default=50, lowest=0, highest=1_000_000
)
# Waits before each try, in seconds: n numbers are n tries. At once, then 5 s … 24 h, about three days in all.
TESSERA_RETRY_SCHEDULE = environment.schedule(
    "TESSERA_RETRY_SCHEDULE",
    default=[0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400],
)
# How long, in seconds, a message to a worker or a worker at work is trusted before another takes over: longer
# than the 15 seconds that one try may take.
TESSERA_DELIVERY_LEASE = environment.seconds("TESSERA_DELIVERY_LEASE", default=60, lowest=1)
# How many deliveries may be on their way to one host at the same time, over all workers.
TESSERA_HOST_CONCURRENCY = environment.number(
    "TESSERA_HOST_CONCURRENCY", default=4, lowest=1, highest=100
)
# How long, in seconds, a host that fails is left alone before one delivery tries it; each failure of that doubles it.
TESSERA_BREAKER_PAUSE = environment.seconds("TESSERA_BREAKER_PAUSE", default=30, lowest=0.1)
# How many mails may leave in all, within how many seconds; no cap unless set.
TESSERA_MAIL_CAPS = environment.caps("TESSERA_MAIL_CAPS")
# For how long, in seconds, a reply or comment of a page can be taken back before it is sent; 0 sends it at once.
TESSERA_UNDO_SECONDS = environment.seconds("TESSERA_UNDO_SECONDS", default=10, lowest=0)
# Set by `tessera up` for its children: readiness answers with it, so that no orphan passes for ours.
TESSERA_INSTANCE: str = env.str("TESSERA_INSTANCE", default="")
TESSERA_LOG_FORMAT = environment.choice(
    "TESSERA_LOG_FORMAT", default="console", among=environment.LOG_FORMATS
)
# One line for each request. Where a program reads the log it is asked for more than where a person does.
TESSERA_LOG_REQUESTS = environment.flag(
    "TESSERA_LOG_REQUESTS", default=TESSERA_LOG_FORMAT == "json"
)
# Addresses and networks that may read /metrics without a token.
TESSERA_METRICS_ALLOW = environment.networks("TESSERA_METRICS_ALLOW")

DEBUG = environment.flag("TESSERA_DEBUG", default=False)


def _secret_key() -> str:
    """The configured key, or one made on first use and kept in TESSERA_DATA, readable by its owner alone."""
    if configured := env.str("TESSERA_SECRET_KEY", default=""):
        return str(configured)
    path = TESSERA_DATA / "secret_key"
    try:
        return path.read_text()
    except FileNotFoundError:
        TESSERA_DATA.mkdir(parents=True, exist_ok=True)
        key = secrets.token_urlsafe(48)
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:  # another process of ours was first
            return path.read_text()
        path.write_text(key)
        return key


try:
    SECRET_KEY = _secret_key()
except OSError as _error:
    raise environment.SettingInvalid(
        f"The data folder {TESSERA_DATA} can't be used: {_error.strerror}."
    ) from None
ALLOWED_HOSTS = environment.listed("TESSERA_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(TESSERA_BASE_URL))]

INSTALLED_APPS = [
    "tessera.accounts",
    "lifecycles",
    "customfields",
    "tickets",
    "scrips",
    "tessera.desk",
    "tessera.demo",
    "tessera.runtime",
    "tessera.desk.adminapp.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

# What the door calls after it recorded a unit of work, in this order, inside the same database transaction.
TICKET_LISTENERS = ["scrips.engine.on_recorded"]

MIDDLEWARE = [
    "tessera.lib.requestid.RequestIdMiddleware",
    "tessera.lib.counted.CountedMiddleware",
    "tessera.lib.client.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "tessera.lib.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tessera.lib.squeezed.SqueezedMiddleware",
    "tessera.lib.policy.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tessera.lib.rates.RateMiddleware",
    "tessera.desk.zone.TimeZoneMiddleware",
    "tessera.desk.language.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
APPEND_SLASH = False
ROOT_URLCONF = "tessera.urls"
WSGI_APPLICATION = "tessera.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Without addresses the servers are those that `tessera up` runs on TESSERA_DATA: its children and
# `tessera migrate` in another shell reach them alike.
_run = run_dir(TESSERA_DATA)
# Whether a pooler that gives sessions out by the transaction stands before the database, such as PgBouncer.
TESSERA_DATABASE_POOLED = environment.flag("TESSERA_DATABASE_POOLED", default=False)
environment.database_url()
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"postgres://tessera@/tessera?host={_run}")
}
DATABASES["default"]["ENGINE"] = "tessera.lib.database"
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"] = connections.options(
    DATABASES["default"].get("OPTIONS", {}), pooled=TESSERA_DATABASE_POOLED
)
# Through a pooler the next statement may come to another session, which knows no cursor of the last one.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = TESSERA_DATABASE_POOLED
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = environment.redis_url() or f"unix://{_run / 'valkey.sock'}"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": connections.CACHE,
    }
}

AUTH_USER_MODEL = "accounts.User"
# Usernames are unique without regard to case, by a constraint on their lower case that this check can't see.
SILENCED_SYSTEM_CHECKS = ["auth.E003", "auth.W004"]
# Of `check --deploy`: whom HTTPS binds besides this host (W005, W021) is for the domain's keeper to say, and
# the redirect to it (W008) is the proxy's, which alone sees both sides; docs/reference/settings.md tells more.
SILENCED_SYSTEM_CHECKS += ["security.W005", "security.W008", "security.W021"]
AUTHENTICATION_BACKENDS = ["tickets.backend.GrantsBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": 10}),
        ("UserAttributeSimilarityValidator", {}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
# A link to a new password counts for two hours and once.
PASSWORD_RESET_TIMEOUT = 2 * 60 * 60
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "index"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
_HTTPS = TESSERA_BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if _HTTPS else 0
if _HTTPS:
    # We speak plain HTTP to the proxy that speaks HTTPS. Who forges it gains nothing: it only adds checks.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
# What the pages are translated to; a mail's dates and numbers can be in any language that Django knows.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = TESSERA_DATA / "static"
STORAGES: dict[str, dict[str, Any]] = {
    "default": filestore.storage("TESSERA_STORAGE_URL", TESSERA_DATA / "files"),
    "staticfiles": {"BACKEND": "tessera.lib.staticfiles.StaticStorage"},
}
# Nothing where they lie in a bucket: no code may look for them on this host.
_FILES = STORAGES["default"]["OPTIONS"]
MEDIA_ROOT = "" if "bucket_name" in _FILES else _FILES["location"]

# With no EMAIL_URL outgoing mail is written to TESSERA_DATA/mail, one .eml file a message.
EMAIL_URL = environment.url(
    "EMAIL_URL",
    schemes=env.EMAIL_SCHEMES,
    bare=("consolemail", "dummymail", "memorymail"),
    example="smtp://user:password@host:25",
)
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = TESSERA_MAIL_FROM

DATA_UPLOAD_MAX_MEMORY_SIZE = TESSERA_MAX_BODY
# The page of a lifecycle sends a dozen fields for each of its rows; the size bounds them all the same.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024


def _broker_url() -> str:
    """TESSERA_BROKER_URL, or REDIS_URL in Celery's spelling, which differs for a unix socket."""
    url = str(env.str("TESSERA_BROKER_URL", default="") or REDIS_URL)
    if not url.startswith("unix://"):
        return url
    return url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)


CELERY_BROKER_URL = _broker_url()

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tessera.accounts.auth.TokenAuthentication",
        "tessera.accounts.auth.CookieAuthentication",
        "tessera.accounts.auth.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["tessera.lib.api.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tessera.lib.api.parsing.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "tessera.lib.api.rendering.OneRenderer",
    "DEFAULT_SCHEMA_CLASS": "tessera.lib.api.schema.Schema",
    "EXCEPTION_HANDLER": "tessera.lib.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tessera",
    "DESCRIPTION": "Tickets, queues, scrips and the log of every fact.",
    "VERSION": "0.1.0",
    # Requests and answers differ: what is read-only is refused in a request.
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api",
    "POSTPROCESSING_HOOKS": [
        "tessera.lib.api.schema.add_errors",
        "scrips.api.kinds.add_schemas",
    ],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "A login on the pages. Unsafe methods need the header X-CSRFToken.",
            },
            "cookie": {
                "type": "apiKey",
                "in": "cookie",
                "name": "access_token",
                "description": "A login by POST /api/auth/token. Unsafe methods need the header"
                " X-CSRFToken with the value of the cookie csrftoken.",
            },
        }
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

_LOG_LEVEL = environment.choice(
    "TESSERA_LOG_LEVEL", default="INFO", among=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
)
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"ids": {"()": "tessera.lib.logs.IdsFilter"}},
    "formatters": {
        "console": {"()": "tessera.lib.logs.ConsoleFormatter"},
        "json": {"()": "tessera.lib.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": TESSERA_LOG_FORMAT,
            "filters": ["ids"],
        }
    },
    "root": {"handlers": ["stderr"], "level": _LOG_LEVEL},
    "loggers": {
        "django": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        # Tells of every table of a font that it makes smaller.
        "fontTools": {"level": "WARNING"},
        # Celery tells of every task that comes and goes.
        "celery": {"level": "WARNING"},
    },
}
