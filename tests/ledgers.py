"""A real ledger on a real SQLite file, for every folder of tests that needs one.

    from tests.ledgers import clock, home, ledger  # in a conftest.py

The tables are made once per session and copied, because a copy takes milliseconds and a migration most of a second.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from dictation import django_settings
from dictation.domain.documents import (
    Approval,
    Draft,
    DraftSection,
    LetterType,
    Priority,
    Recording,
    SectionKind,
    Sidecar,
)
from dictation.domain.exchange import Consent
from dictation.domain.people import Addressee, Patient, Sex
from dictation.domain.progress import State
from dictation.settings import Settings, StoreSettings, read_settings
from tests.postgresql import server

_numbers = count(1)
PDF = "d" * 64


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


DATABASES = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them."""
    home = tmp_path_factory.mktemp("template")
    settings = read_settings(home)
    django_settings.setup(settings)
    from django.db import connection

    connection.close()
    return settings.state_folder / "dictation.sqlite3"


@pytest.fixture(scope="session")
def empty_base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same on the PostgreSQL server; its name."""
    name = new_base("CREATE DATABASE {name}")
    address = StoreSettings(database=f"{server()}/{name}")
    django_settings.setup(Settings(home=tmp_path_factory.mktemp("template"), store=address))
    from django.db import connection

    connection.close()
    return name


def new_base(statement: str) -> str:
    """Run a statement about a new database on the server; its name."""
    import psycopg

    name = f"dictation_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server()}/postgres", autocommit=True) as connection:
        connection.execute(statement.format(name=name))  # type: ignore[arg-type]
    return name


@pytest.fixture
def home(tmp_path: Path, empty_database: Path) -> Iterator[Settings]:
    """The settings of an installation of its own, its SQLite database ready."""
    (tmp_path / ".state").mkdir()
    shutil.copy(empty_database, tmp_path / ".state" / "dictation.sqlite3")
    settings = read_settings(tmp_path)
    django_settings.setup(settings)
    yield settings
    from django.db import connection

    connection.close()


@pytest.fixture(params=DATABASES)
def any_home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """The same on every database at hand."""
    if request.param == "sqlite":
        yield request.getfixturevalue("home")
        return
    name = new_base("CREATE DATABASE {name} TEMPLATE " + request.getfixturevalue("empty_base"))
    settings = Settings(home=tmp_path, store=StoreSettings(database=f"{server()}/{name}"))
    django_settings.setup(settings)
    yield settings
    from django.db import connection

    connection.close()


@pytest.fixture
def empty_installation(any_home: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of another installation with the same kind of database, where nothing was ever put."""
    folder = tmp_path_factory.mktemp("empty")
    if not any_home.store.database:
        return read_settings(folder)
    address = f"{server()}/{new_base('CREATE DATABASE {name}')}"
    return Settings(home=folder, store=StoreSettings(database=address))


@pytest.fixture
def ledger(home: Settings, clock: Clock):
    from dictation.store.ledger import Ledger

    return Ledger(clock)


@pytest.fixture
def any_ledger(any_home: Settings, clock: Clock):
    from dictation.store.ledger import Ledger

    return Ledger(clock)


def recording(name: str = "dictee.wav") -> Recording:
    """A recording no other test has."""
    return Recording(f"{next(_numbers):064x}", name, 1000)


def sidecar(
    *, consent: Consent = Consent.GRANTED, priority: Priority = Priority.NORMAL, name: str = "ÉVRARD"
) -> Sidecar:
    """A whole sidecar: fictitious patient, fictitious GP."""
    return Sidecar(
        author="10003456782",
        patient=Patient(name, "Camille", date(1957, 3, 4), Sex.FEMALE, hospital_number="IPP-0001"),
        addressee=Addressee("Marchand", "Louis", mailbox="louis.marchand@gp.test"),
        letter_type=LetterType.CONSULTATION,
        priority=priority,
        consent=consent,
    )


def draft(text: str = "Le patient va bien.") -> Draft:
    return Draft(LetterType.CONSULTATION, (DraftSection(SectionKind.CONCLUSION, "Conclusion", text),))


def approval(clock: Clock, draft_version: int = 1, pdf_sha256: str = PDF) -> Approval:
    return Approval(draft_version, "e" * 64, pdf_sha256, "10003456782", clock())


def drafted(ledger, **about) -> str:
    """A dictation whose draft waits for the secretary; its id."""
    dictation_id, _ = ledger.register(recording(), sidecar(**about))
    ledger.move(dictation_id, State.RECEIVED, State.TRANSCRIBED, actor="test", transcript_sha256="1" * 64)
    ledger.move(dictation_id, State.TRANSCRIBED, State.STRUCTURED, actor="test", report_sha256="2" * 64)
    ledger.save_draft(dictation_id, draft(), actor="test", expected_version=0)
    ledger.move(dictation_id, State.STRUCTURED, State.DRAFTED, actor="test")
    return dictation_id


def approved(ledger, clock: Clock, pdf_sha256: str = PDF, **about) -> str:
    """A signed letter; its dictation's id."""
    dictation_id = drafted(ledger, **about)
    ledger.move(dictation_id, State.DRAFTED, State.PROOFREAD, actor="secretary")
    signed = approval(clock, pdf_sha256=pdf_sha256)
    ledger.move(dictation_id, State.PROOFREAD, State.APPROVED, actor="surgeon", approval=signed)
    return dictation_id


def sending(ledger, clock: Clock) -> str:
    """A letter on its way; its dictation's id."""
    dictation_id = approved(ledger, clock)
    ledger.move(dictation_id, State.APPROVED, State.TYPESET, actor="test")
    ledger.move(dictation_id, State.TYPESET, State.SENDING, actor="test")
    return dictation_id


def taken(ledger, dictation_id: str, carrier: str = "smime") -> str:
    """A carrier took this letter; the outbox row's id. The dictation stays `sending`."""
    from dictation.domain.exchange import OutboxState

    dictation = ledger.get(dictation_id)
    rows = [row for row in ledger.dispatches(dictation_id) if row.letter_version == dictation.letter_version]
    row = (
        rows[-1]
        if rows
        else ledger.open_dispatch(
            dictation_id,
            letter_version=dictation.letter_version,
            mailbox="louis.marchand@gp.test",
            carrier=carrier,
            message_id=f"<{dictation_id}.{dictation.letter_version}@hospital.test>",
            pdf_sha256=dictation.pdf_sha256,
            message_sha256="f" * 64,
        )
    )
    ledger.claim_dispatch(row.id)
    ledger.settle_dispatch(row.id, OutboxState.SENT, words="250 2.0.0 Ok")
    return row.id
