"""Demonstration: real recordings from inbox/ to a GP's mailbox, on this machine alone.

A scratch home gets settings, a small PKI and a real TLS mail server; the real service runs in a process of its own.
Three recordings are dropped. Two drafts are proofread and signed by people named « demonstration » in the journal, one
is left at the desk. What arrived is opened as the GP would, with openssl, and compared with what was signed.
No transcript is prepared anywhere: recognition is the shipped checkpoint's.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dictation import proofread
from dictation.compose import Installation, now
from dictation.demo.mailbox import NotReadable, OpenedLetter, open_letter
from dictation.demo.pki import Pki, make_pki
from dictation.disk import write_durably
from dictation.domain.documents import Draft
from dictation.domain.progress import Dictation, State
from dictation.errors import NeedsAPerson
from dictation.settings import data_folder, read_settings

SENDER = "secretariat.demonstration@hopital.example"
SECRETARY = "demonstration-secretaire"
AUTHOR = "demonstration-auteur"
PATIENCE_SECONDS = 1200  # the whole demonstration; a slow machine needs minutes, not more
LEFT_AT_THE_DESK = 1  # the last recording waits for you


@dataclass(frozen=True)
class Case:
    """One recording to drop, with its sidecar."""

    name: str
    audio: Path
    sidecar: Path

    @property
    def plain(self) -> dict[str, Any]:
        return dict(json.loads(self.sidecar.read_text(encoding="utf-8")))


def cases() -> list[Case]:
    """The dictations of the demonstration: the first of each letter type."""
    folder = data_folder("tests") / "cases"
    found = []
    for each in sorted(folder.iterdir()):
        audio = next(iter(sorted(each.glob("audio.*"))), None) if each.is_dir() else None
        if audio is not None:
            found.append(Case(each.name, audio, each / "sidecar.json"))
    first: dict[str, Case] = {}
    for case in found:
        first.setdefault(str(case.plain["letter_type"]), case)
    if len(first) < 3:
        raise NeedsAPerson(f"no recordings in {folder}", code="E_DEMO_CASES")
    return sorted(first.values(), key=lambda case: case.name)


def demonstrate(home: Path | None, *, as_json: bool, keep: bool) -> int:
    """Run the demonstration in `home` (default: a fresh folder). Returns 0 when every signed letter was delivered."""
    home = (home or Path(tempfile.mkdtemp(prefix="dictation-demo-"))).resolve()
    home.mkdir(parents=True, exist_ok=True)
    say = _silent if as_json else _say
    chosen = cases()
    say(f"Démonstration dans {home}")
    pki = make_pki(home / "pki", sender=SENDER, mailboxes=[case.plain["addressee"]["mailbox"] for case in chosen])
    password = secrets.token_urlsafe(12)
    with _mail_server(home, pki) as mail_port:
        web_port = _free_port()
        _write_settings(home, mail_port, web_port, chosen)
        installation = Installation(read_settings(home))
        rpps = {case.name: str(case.plain["author"]) for case in chosen}
        installation.add_account(SECRETARY, password, role="secretary", actor="demo")
        installation.add_account(AUTHOR, password, role="author", actor="demo", rpps=rpps[chosen[-1].name])
        with _service(home) as service:
            say("Le service tourne ; dépôt des enregistrements dans inbox/ :")
            for case in chosen:
                _drop(case, home, say)
            outcome = Outcome(installation, chosen, pki, home, say)
            outcome.follow(service)
            report = outcome.report()
            if as_json:
                print(json.dumps(report, ensure_ascii=False))
            else:
                outcome.tell(f"http://127.0.0.1:{web_port}/", password)
                if keep:
                    _wait_for_ctrl_c(say)
    return 0 if report["delivered"] == len(chosen) - LEFT_AT_THE_DESK else 1


class Outcome:
    """Follows the dictations, plays the two people, and opens what arrived."""

    def __init__(
        self, installation: Installation, chosen: list[Case], pki: Pki, home: Path, say: Callable[[str], None]
    ) -> None:
        self.installation = installation
        self.ledger = installation.ledger
        self.chosen = chosen
        self.pki = pki
        self.home = home
        self.say = say
        self.case_of: dict[str, Case] = {}
        self.seen: dict[str, tuple[State, int]] = {}
        self.points: dict[str, int] = {}
        self.opened: dict[str, tuple[OpenedLetter, Path]] = {}

    def follow(self, service: subprocess.Popen[bytes]) -> None:
        """Until every letter has been delivered or waits at the desk, or something needs a person."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        left = {case.name for case in self.chosen[-LEFT_AT_THE_DESK:]}
        while time.monotonic() < give_up:
            if service.poll() is not None:
                raise NeedsAPerson(f"the service ended: see {self.home / 'service.log'}")
            current = self.ledger.list(limit=50)
            for dictation in current:
                self._announce(dictation)
                if dictation.state is State.DRAFTED and self._case(dictation).name not in left:
                    self._proofread_and_sign(dictation)
            done = [d for d in current if self._is_done(d, left)]
            if len(done) == len(self.chosen):
                break
            time.sleep(0.5)
        self._open_mailbox()

    def _is_done(self, dictation: Dictation, left: set[str]) -> bool:
        if dictation.state is State.DRAFTED:
            return self._case(dictation).name in left
        if dictation.state is State.SENT:
            return not self.ledger.archive_due(dictation.id)
        return dictation.state in {State.QUARANTINED, State.HELD, State.STUCK, State.UNCERTAIN, State.RETURNED}

    def _case(self, dictation: Dictation) -> Case:
        if dictation.id not in self.case_of:
            name = dictation.recording.name
            self.case_of[dictation.id] = next(c for c in self.chosen if name.startswith(c.name))
        return self.case_of[dictation.id]

    def _announce(self, dictation: Dictation) -> None:
        tenth = int((dictation.progress or 0) * 10)
        now_at = (dictation.state, tenth if dictation.state is State.RECEIVED else 0)
        if self.seen.get(dictation.id) == now_at:
            return
        self.seen[dictation.id] = now_at
        share = f"  {tenth * 10} %" if dictation.state is State.RECEIVED and tenth else ""
        to_go = f", encore {dictation.seconds_to_go:.0f} s" if share and dictation.seconds_to_go else ""
        error = f"  {dictation.error_code}" if dictation.error_code else ""
        case = self._case(dictation).name
        self.say(f"  {dictation.id}  {case:<28} {dictation.state.value:<12}{share}{to_go}{error}")

    def _proofread_and_sign(self, dictation: Dictation) -> None:
        """What a secretary and a surgeon do at the desk, by the same verbs; the journal names the demonstration."""
        draft = self.ledger.draft(dictation.id)
        self.points[dictation.id] = len(draft.doubts)
        misheard = [doubt for doubt in draft.doubts if doubt.rule_id == "identity.name" and doubt.quote]
        self._write_the_name(dictation, draft, [doubt.quote for doubt in misheard])
        draft = self.ledger.draft(dictation.id)
        for doubt in draft.doubts:
            verdict: proofread.Verdict = "corrected" if doubt in misheard else "heard"
            proofread.tick(self.ledger, dictation.id, doubt.key, verdict, actor=SECRETARY)
        proofread.hand_over(self.ledger, dictation.id, actor=SECRETARY, expected_version=draft.version)
        sidecar = dictation.sidecar
        assert sidecar is not None
        signer = proofread.Signer(AUTHOR, sidecar.author)
        today = now().astimezone().date()
        proof = proofread.open_for_signing(
            self.ledger, self.installation.blobs, self.installation.typeset, dictation.id, signer=signer, today=today
        )
        proofread.approve(
            self.ledger,
            self.installation.blobs,
            dictation.id,
            signer=signer,
            seen_pdf_sha256=proof.pdf_sha256,
            at=now(),
            today=today,
        )

    def _write_the_name(self, dictation: Dictation, draft: Draft, misheard: list[str]) -> None:
        """The surname of the sidecar in the place of one heard wrongly, as a secretary who listens would write it."""
        patient = dictation.sidecar.patient if dictation.sidecar is not None else None
        if patient is None or not misheard:
            return
        sections = []
        for section in draft.sections:
            text = section.text
            for quote in misheard:
                given = f"{patient.first_name} " if patient.first_name in quote else ""
                text = text.replace(quote, given + patient.last_name)
            sections.append(replace(section, text=text))
        proofread.correct(self.ledger, dictation.id, sections, actor=SECRETARY, expected_version=draft.version)

    def _open_mailbox(self) -> None:
        """Open every message as its GP would, and find the dictation whose signed PDF it holds."""
        by_message = {
            dispatch.message_id: dispatch
            for d in self.ledger.list(limit=50)
            for dispatch in self.ledger.dispatches(d.id)
        }
        for eml in sorted((self.home / "boite-du-medecin").glob("*.eml")):
            for certificate in sorted(self.pki.addressee_keys.glob("*.pem")):
                try:
                    letter = open_letter(eml, certificate.with_suffix(".key"), certificate, self.pki.addressee_ca_file)
                except NotReadable:  # not this GP's message: the next one's key is tried
                    continue
                dispatch = by_message.get(letter.message_id)
                if dispatch is not None and letter.pdf_sha256 == dispatch.pdf_sha256:
                    write_durably(eml.with_suffix(".pdf"), letter.pdf)
                    self.opened[dispatch.dictation_id] = (letter, eml)
                break

    def report(self) -> dict[str, Any]:
        """What `--json` prints."""
        rows = []
        for dictation in sorted(self.ledger.list(limit=50), key=lambda d: self._case(d).name):
            draft = self.ledger.draft(dictation.id) if dictation.draft_version else None
            opened = self.opened.get(dictation.id)
            rows.append(
                {
                    "id": dictation.id,
                    "case": self._case(dictation).name,
                    "letter_type": dictation.sidecar.letter_type if dictation.sidecar else None,
                    "state": dictation.state.value,
                    "pdf": str(opened[1].with_suffix(".pdf")) if opened else None,
                    "message": str(opened[1]) if opened else None,
                    "points_to_check": len(draft.doubts) if draft else None,
                    "audio_seconds": round(dictation.recording.duration or 0, 1),
                    "recognition_seconds": self._recognition_seconds(dictation),
                }
            )
        return {"dictations": rows, "delivered": len(self.opened)}

    def _recognition_seconds(self, dictation: Dictation) -> float | None:
        for entry in self.ledger.journal(dictation.id):
            if "recognition_seconds" in entry.details:
                return float(entry.details["recognition_seconds"])
        return None

    def tell(self, address: str, password: str) -> None:
        """Where everything is, for a person."""
        report = self.report()
        self.say("")
        for row in report["dictations"]:
            audio, heard = row["audio_seconds"], row["recognition_seconds"]
            self.say(f"{row['case']} : {audio:.0f} s de son reconnues en {heard or 0:.0f} s, "
                     f"{row['points_to_check']} points à vérifier")  # fmt: skip
            if row["pdf"]:
                self.say(f"  reçue, déchiffrée et vérifiée par openssl ; PDF identique à la lettre signée :\n"
                         f"  {row['pdf']}\n  {row['message']}")  # fmt: skip
            elif row["state"] == State.DRAFTED.value:
                self.say("  vous attend au bureau : à relire et à signer")
            else:
                self.say(f"  état : {row['state']}")
        self.say(f"\n{report['delivered']} lettres remises. Le bureau : {address}")
        self.say(f"  secrétaire : {SECRETARY}   mot de passe : {password}")
        self.say(f"  chirurgien : {AUTHOR}   mot de passe : {password}")
        self.say(f"Tout est dans {self.home} (dictation --home {self.home} list)")


def _say(text: str) -> None:
    print(text, flush=True)


def _silent(text: str) -> None:
    """Nothing but the JSON object goes to the standard output."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_settings(home: Path, mail_port: int, web_port: int, chosen: list[Case]) -> None:
    """The installation's own dictation.toml: S/MIME over verified TLS, the four surgeons, one site."""
    known = {str(case.plain["author"]): case for case in chosen}
    authors = json.loads((data_folder("tests") / "cases" / "authors.json").read_text(encoding="utf-8"))
    assert {author["rpps"] for author in authors} >= set(known)
    lines = [
        "[inbox]", "settle_seconds = 1.0", "rescan_seconds = 5.0",
        "[send]", 'carrier = "smime"', 'host = "localhost"', f"port = {mail_port}", f'sender = "{SENDER}"',
        'ca_file = "pki/ca-serveurs.pem"', 'client_certificate = "pki/client.pem"', 'client_key = "pki/client.key"',
        'signing_certificate = "pki/signature.pem"', 'signing_key = "pki/signature.key"',
        'addressee_certificates = "pki/destinataires"', 'addressee_ca_file = "pki/ca-messageries.pem"',
        "[workflow]", "reconcile_seconds = 0.5", "limit_network = true",
        "[web]", f"port = {web_port}",
        "[[sites]]", 'key = "principal"', 'name = "Centre hospitalier de démonstration"',
        'address = ["1 avenue de la République", "62300 Lens"]', 'telephone = "03 00 00 00 00"',
        'finess = "620000000"',
    ]  # fmt: skip
    for author in authors:
        lines += ["[[authors]]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in author.items())]
    write_durably(home / "dictation.toml", ("\n".join(lines) + "\n").encode())


def _drop(case: Case, home: Path, say: Callable[[str], None]) -> None:
    """As a file manager would: the sidecar first, then the recording under its final name."""
    inbox = home / "inbox"
    inbox.mkdir(exist_ok=True)
    shutil.copy(case.sidecar, inbox / f"{case.name}.json")
    shutil.copy(case.audio, inbox / f"{case.name}{case.audio.suffix}")
    say(f"  inbox/{case.name}{case.audio.suffix}")


@contextmanager
def _mail_server(home: Path, pki: Pki) -> Iterator[int]:
    """The GP's mail server, in a process of its own; yields its port."""
    command = [
        sys.executable, "-m", "dictation.demo.mailbox", "--folder", str(home / "boite-du-medecin"),
        "--certificate", str(pki.server_certificate), "--key", str(pki.server_key), "--client-ca", str(pki.ca_file),
    ]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield int(json.loads(server.stdout.readline())["port"])
    finally:
        server.terminate()
        server.wait(timeout=30)
        server.stdout.close()


@contextmanager
def _service(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`dictation run`, as systemd would start it; its log goes to <home>/service.log."""
    with (home / "service.log").open("ab") as log:
        service = subprocess.Popen(
            [sys.executable, "-m", "dictation", "--home", str(home), "run"],
            stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        try:
            yield service
        finally:
            service.terminate()
            try:
                service.wait(timeout=60)
            except subprocess.TimeoutExpired:
                service.kill()
                service.wait()


def _wait_for_ctrl_c(say: Callable[[str], None]) -> None:
    say("\nCtrl-C pour finir.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("")
