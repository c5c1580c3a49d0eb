"""The two ends of a sending, real ones: a hospital with its ledger and carriers, a GP with his mailbox and openssl.

Shared by tests/send and tests/contracts; the crash tests import it in another process.
"""

from __future__ import annotations

import json
import shutil
import socket
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dictation import django_settings
from dictation.demo.mailbox import Mailbox, OpenedLetter, open_letter, server_tls
from dictation.demo.pki import Pki, make_pki
from dictation.disk import ContentStore
from dictation.domain.documents import Approval, Draft, DraftSection, LetterType, Recording, SectionKind, Sidecar
from dictation.domain.exchange import Consent
from dictation.domain.parcel import Parcel
from dictation.domain.people import Addressee, Author, Ins, Patient, Sex, Site
from dictation.domain.progress import State
from dictation.send.folder import FolderCarrier
from dictation.send.message import Stationery, message_id, write_message
from dictation.send.mssante import MssanteCarrier
from dictation.send.send import Desk
from dictation.send.smime import SmimeCarrier
from dictation.send.smtp import Relay
from dictation.settings import Settings, StoreSettings, data_folder
from tests.send.paper import ruled_page

SENDER = "lettres@hopital.example"
GP = "camille.durand@medecin.example"
OTHER_GP = "autre@medecin.example"
DICTATION = "0123456789ab"
# What must never be seen on the way: the letter's own bytes and the name inside them.
MARKER = b"MARQUEUR-LETTRE-DE-ZEPHIRINE-TESTPATIENT"
PDF = ruled_page(MARKER)

SURGEON = Author("10100000016", "Fontaine", "Claire", specialty="urologie", specialty_code="G15_10/SM12")
SITE = Site(
    "principal",
    "Centre hospitalier de démonstration",
    ("1 avenue de la République", "62300 Lens"),
    "03 00 00 00 00",
    "620000000",
    hospital_numbers_oid="1.2.250.1.999.2",
)
PATIENT = Patient(
    "Testpatient",
    "Zéphirine",
    date(1979, 3, 28),
    Sex.FEMALE,
    Ins("279035121518989", "1.2.250.1.213.1.4.10"),
    hospital_number="IPP0020227",
    given_names="Zéphirine Marie-Louise",
    birth_place="51215",
)
ADDRESSEE = Addressee(
    "Durand",
    "Camille",
    rpps="10101000023",
    specialty="Spécialiste en Médecine Générale (SM)",
    organisation="Cabinet médical du Marché",
    organisation_number="99900000000011",
    address=("4 place du Marché", "62300 Lens"),
    mailbox=GP,
)


class Clock:
    """A clock that moves when the test says so."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def pki(tmp_path_factory) -> Pki:
    return make_pki(tmp_path_factory.mktemp("pki"), sender=SENDER, mailboxes=[GP, OTHER_GP])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def relay(pki, tmp_path):
    """The GP's mail server: STARTTLS and a client certificate of the hospital required."""
    with Mailbox(tmp_path / "mailbox", server_tls(pki.server_certificate, pki.server_key, pki.ca_file)) as box:
        yield box


def line_to(box: Mailbox, pki: Pki, clock, **changes) -> Relay:
    """The hospital's line to a mail server on this machine."""
    line = Relay(
        host="localhost",
        port=box.port,
        ca_file=pki.ca_file,
        clock=clock,
        tls="implicit" if box.implicit else "starttls",
        client_certificate=pki.client_certificate,
        client_key=pki.client_key,
        timeout_seconds=20.0,
        final_reply_seconds=20.0,
    )
    return replace(line, **changes)


def smime_carrier(line: Relay, pki: Pki, clock, **changes) -> SmimeCarrier:
    carrier = SmimeCarrier(
        relay=line,
        sender=SENDER,
        signing_certificate=pki.signing_certificate,
        signing_key=pki.signing_key,
        addressee_certificates=pki.addressee_certificates,
        addressee_ca_file=pki.addressee_ca_file,
        clock=clock,
    )
    return replace(carrier, **changes)


def stationery() -> Stationery:
    return Stationery(SENDER, data_folder("templates"))


def letter_parcel(clock, **changes) -> Parcel:
    """A signed letter with everything known about it: a fictitious person with a test identity of the agency."""
    mailbox = changes.get("mailbox", GP)
    parcel = Parcel(
        dictation_id=DICTATION,
        letter_version=1,
        message_id=message_id(DICTATION, changes.get("letter_version", 1), mailbox, "hopital.example"),
        mailbox=mailbox,
        cleared_at=clock(),
        pdf=PDF,
        signed_at=clock(),
        letter_type=LetterType.OPERATION,
        patient=PATIENT,
        author=SURGEON,
        signatory=SURGEON,
        site=SITE,
        addressee=replace(ADDRESSEE, mailbox=mailbox),
        begun_on=date(2026, 11, 9),
        ended_on=date(2026, 11, 9),
    )
    return replace(parcel, **changes)


def letter_message(clock, **changes):
    return write_message(letter_parcel(clock, **changes), stationery())


def mssante_carrier(line: Relay, clock, **changes) -> MssanteCarrier:
    carrier = MssanteCarrier(
        replace(line, notify=True), SENDER, clock, "1.2.250.1.999.1", "dictation", software_reference="DEV000000"
    )
    return replace(carrier, **changes)


def opened(eml: Path, pki: Pki, mailbox: str = GP) -> OpenedLetter:
    """A message as the GP's mail program shows it."""
    key, certificate = pki.addressee_keys / f"{mailbox}.key", pki.addressee_certificates / f"{mailbox}.pem"
    return open_letter(eml, key, certificate, pki.addressee_ca_file)


@dataclass
class Hospital:
    """An installation with a real ledger, and dictations brought up to the point where they are sent."""

    home: Path
    clock: Clock
    ledger: Any  # dictation.store.ledger.Ledger: importable once the database is set up
    store: ContentStore
    desk: Desk
    made: int = field(default=0)

    def signed_letter(self, *, consent=Consent.GRANTED, mailbox: str = GP, pdf: bytes = PDF, address=()) -> str:
        """A dictation in state typeset, every document in the store. Returns its id."""
        self.made += 1
        sound = b"RIFF" + self.made.to_bytes(4, "big") + self.home.name.encode()
        addressee = Addressee("Durand", "Camille", address=address, mailbox=mailbox)
        patient = Patient("Testpatient", "Zéphirine", date(1950, 1, 1), Sex.FEMALE, hospital_number="123")
        sidecar = Sidecar("10100000017", patient, addressee, LetterType.CONSULTATION, consent=consent)
        recording = Recording(self.store.put(sound), "dictee.wav", len(sound), 4.0)
        id, _ = self.ledger.register(recording, sidecar)

        def move(before, after, **facts):
            assert self.ledger.move(id, before, after, actor="test", **facts)

        move(State.RECEIVED, State.TRANSCRIBED, transcript_sha256=self.store.put(b'{"segments": []}'))
        move(State.TRANSCRIBED, State.STRUCTURED, report_sha256=self.store.put(b'{"sections": []}'))
        section = DraftSection(SectionKind.CONCLUSION, "Conclusion", "Tout va bien.")
        draft = self.ledger.save_draft(id, Draft(LetterType.CONSULTATION, (section,)), actor="test", expected_version=0)
        move(State.STRUCTURED, State.DRAFTED)
        move(State.DRAFTED, State.PROOFREAD)
        approval = Approval(draft, "0" * 64, self.store.put(pdf), "10100000017", self.clock())
        move(State.PROOFREAD, State.APPROVED, approval=approval)
        move(State.APPROVED, State.TYPESET)
        return id

    def rows(self, id: str):
        return self.ledger.dispatches(id)

    def state(self, id: str) -> State:
        return self.ledger.get(id).state


def open_hospital(home: Path, carrier, clock, database: str = "") -> Hospital:
    """database: the address of one on a PostgreSQL server; empty: SQLite in `home`."""
    django_settings.setup(Settings(home=home, store=StoreSettings(database=database)))
    from dictation.store.ledger import Ledger

    ledger, store = Ledger(clock), ContentStore(home / ".state" / "blobs")
    return Hospital(home, clock, ledger, store, Desk(ledger, store, carrier, stationery(), clock))


@pytest.fixture(scope="session")
def tables(tmp_path_factory) -> Path:
    """A database with nothing in it, made once and copied: its migrations take a second or two."""
    home = tmp_path_factory.mktemp("tables")
    django_settings.setup(Settings(home=home))
    from django.db import connection

    connection.close()
    return home / ".state" / "dictation.sqlite3"


@pytest.fixture
def home(tmp_path, tables) -> Path:
    home = tmp_path / "home"
    (home / ".state").mkdir(parents=True)
    shutil.copy(tables, home / ".state")
    return home


@pytest.fixture
def hospital(home, pki, relay, clock) -> Hospital:
    """A hospital that sends S/MIME through `relay`."""
    return open_hospital(home, smime_carrier(line_to(relay, pki, clock), pki, clock), clock)


@pytest.fixture
def print_room(home, tmp_path, clock) -> Hospital:
    """A hospital that prints."""
    return open_hospital(home, FolderCarrier(tmp_path / "print"), clock)


def send_in_a_process(arguments: str) -> None:
    """For the crash tests: send one dictation with everything opened anew, as after a restart."""
    from dictation.send.send import send

    given = json.loads(arguments)
    clock = Clock(datetime.fromisoformat(given["now"]))
    if given["print"]:
        carrier = FolderCarrier(Path(given["print"]))
    else:
        paths = {name: Path(path) for name, path in given["pki"].items()}
        pki = Pki(**paths, servers=None, people=None)  # type: ignore[arg-type]
        carrier = smime_carrier(line_to(Mailbox(Path("/nowhere"), None, port=given["port"]), pki, clock), pki, clock)
    hospital = open_hospital(Path(given["home"]), carrier, clock)
    print(send(given["id"], hospital.desk).words)


class Wire:
    """A listener between hospital and mail server that keeps every byte of both directions."""

    def __init__(self, port: int) -> None:
        self.target, self.bytes = port, bytearray()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _accept(self) -> None:
        near, _ = self.server.accept()
        far = socket.create_connection(("127.0.0.1", self.target))
        pair = [threading.Thread(target=self._copy, args=ends, daemon=True) for ends in ((near, far), (far, near))]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()
        near.close()
        far.close()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.bytes += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self) -> None:
        self.threads[0].join(timeout=10)
        self.server.close()
