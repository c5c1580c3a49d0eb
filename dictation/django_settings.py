"""What Django needs, derived from our Settings: Django has no settings file of its own here.

setup(settings) once in every process, before tables, ledger or pages are imported: it tells Django everything and
leaves a database that is whole, ours, and of this version. Touches <home>/.state: the database, and secret_key, made
once. The constants are what does not depend on the installation.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dictation.errors import BadSettings
from dictation.settings import Settings

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "dictation.store.apps.StoreConfig",
]
# From the outside in: every answer carries the headers; nobody passes without a session that is neither idle nor old.
MIDDLEWARE = [
    "dictation.web.headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dictation.web.accounts.IdleLock",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

# WAL can corrupt a database in every SQLite before this one ("WAL-reset" bug, sqlite.org/wal.html).
SAFE_WAL = (3, 51, 3)
BUSY_SECONDS = 30


def setup(settings: Settings) -> None:
    """Configure Django for this installation and bring its database up to date.

    Called again for another home (tests), it moves to that home's database. Raises BadSettings, see prepare_database.
    """
    import django
    from django.apps import apps
    from django.conf import settings as django_conf
    from django.db import connection, connections

    settings.state_folder.mkdir(parents=True, exist_ok=True)
    settings.state_folder.chmod(0o700)  # recordings, letters, accounts: for the service's own account only
    if not django_conf.configured:
        django_conf.configure(**values(settings))
    if not apps.ready:
        django.setup()
    wanted = database(settings)
    if connections.databases["default"]["NAME"] != wanted["NAME"]:
        connection.close()
        connections.databases["default"].update(wanted)
        del connections["default"]  # this thread opens the next one from the new description

    from dictation.store.database import prepare_database

    prepare_database(settings.state_folder)


def values(settings: Settings) -> dict[str, Any]:
    """Everything Django is told. Raises BadSettings when the database address makes no sense."""
    return {
        "SECRET_KEY": secret_key(settings),
        "DEBUG": False,
        "ALLOWED_HOSTS": list(settings.web.allowed_hosts),
        "DATABASES": {"default": database(settings)},
        "DEFAULT_AUTO_FIELD": DEFAULT_AUTO_FIELD,
        "INSTALLED_APPS": INSTALLED_APPS,
        "MIDDLEWARE": MIDDLEWARE,
        "ROOT_URLCONF": "dictation.web.urls",
        "ASGI_APPLICATION": "dictation.web.asgi.application",
        "STATIC_URL": "/static/",
        "LANGUAGE_CODE": "fr",
        "TIME_ZONE": "Europe/Paris",
        "USE_TZ": USE_TZ,
        "LOGGING_CONFIG": None,  # logs are set up once, for the whole program
        **_pages(settings),
        **_accounts(settings),
    }


def _pages(settings: Settings) -> dict[str, Any]:
    return {
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.jinja2.Jinja2",
                "DIRS": [settings.templates_folder / "web"],
                "APP_DIRS": False,
                "OPTIONS": {"environment": "dictation.web.jinja.environment"},
            }
        ],
        "LOGIN_URL": "sign_in",
        "CSRF_FAILURE_VIEW": "dictation.web.accounts.csrf_failure",
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if settings.web.https else None,
    }


def _accounts(settings: Settings) -> dict[str, Any]:
    https = settings.web.https
    return {
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": 12},
            },
            {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
        ],
        # a browser accepts a __Host- cookie only from HTTPS, for this host alone and for every path
        "SESSION_COOKIE_NAME": "__Host-session" if https else "session",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_AGE": 12 * 3600,  # seconds; accounts.IdleLock ends an idle session much sooner
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_NAME": "__Host-csrf" if https else "csrf",
        "CSRF_COOKIE_SECURE": https,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
    }


def database(settings: Settings) -> dict[str, Any]:
    """Django's description of the database: SQLite in <home>/.state, or the PostgreSQL of the settings."""
    address = settings.store.database
    if not address:
        mode = "WAL" if sqlite3.sqlite_version_info >= SAFE_WAL else "TRUNCATE"
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(settings.state_folder / "dictation.sqlite3"),
            "OPTIONS": {
                "timeout": BUSY_SECONDS,
                "transaction_mode": "IMMEDIATE",  # a writer takes its place at once: no lock upgrade, no deadlock
                "init_command": f"PRAGMA journal_mode={mode}; PRAGMA synchronous=EXTRA;",
            },
        }
    parts = urlsplit(address)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise BadSettings("store.database: expected postgresql://user@host/database, or nothing for SQLite")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,  # seconds a thread keeps its connection: opening one costs what a page’s questions do
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def secret_key(settings: Settings) -> str:
    """The key that signs sessions: from the settings, or made once and kept readable by this account only."""
    if settings.web.secret_key is not None:
        return settings.web.secret_key.get_secret_value()
    path = settings.state_folder / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".secret_key.{secrets.token_hex(8)}.part")
    while not path.exists():
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)  # of two processes that start together, one wins and both read the same key
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_text(encoding="ascii")
