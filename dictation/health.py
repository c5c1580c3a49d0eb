"""Health: is this installation sound? One line per point, yes or what to do; read by `dictation check` and the desk.

Looks, changes nothing, loads no recogniser. Every sentence is for the hospital's IT staff, in French.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dictation.domain.check import Check
from dictation.errors import SENTENCES, DictationError
from transcribe.errors import TranscribeError

if TYPE_CHECKING:
    from dictation.compose import Installation
    from transcribe.weights import Model

FREE_GIGABYTES = 5  # below this a day of recordings may not fit
DICTAPHONE_HOURS = 24  # a dictation that began to arrive so long ago has been forgotten on its phone
RECORD_HOURS = 4  # a document the record has not acknowledged for so long is an alarm
SECURE_SQLITE = (3, 51, 3)  # older versions may corrupt a database in WAL mode: we use another mode there
OLDEST_PLAUSIBLE_YEAR = 2026  # the clock of a machine without battery starts in the past


def checks(installation: Installation) -> list[Check]:
    """All the points, in the order a letter meets them."""
    found = []
    for name, look in _POINTS:
        try:
            found += [Check(name, True, text) for text in look(installation)]
        except (DictationError, TranscribeError) as error:
            found.append(Check(name, False, _sentence(error)))
        except _Wrong as error:
            found.append(Check(name, False, str(error)))
    return found


class _Wrong(Exception):
    """A point that is not as it should be; the message says what to do."""


def _sentence(error: DictationError | TranscribeError) -> str:
    return f"{SENTENCES.get(error.code, SENTENCES['E_INTERNAL'])} ({error.code}, {error})"


def _folders(installation: Installation) -> Iterator[str]:
    settings = installation.settings
    for folder in (settings.inbox_folder, settings.outbox_folder, settings.state_folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise _Wrong(f"Pas d’accès en écriture à {folder}\u00a0: corrigez les droits.")
    yield f"{settings.inbox_folder} surveillé"


def _dictaphone(installation: Installation) -> Iterator[str]:
    from dictation.dictaphone import Dictaphone

    settings = installation.settings
    begun = Dictaphone(settings.state_folder / "dictaphone", settings.inbox_folder).begun()
    now = installation.clock()
    old = [one for one in begun if (now - one.since).total_seconds() > DICTAPHONE_HOURS * 3600]
    if old:
        raise _Wrong(
            f"{len(old)} dictées commencées sur un appareil et jamais terminées, la plus ancienne le "
            f"{old[0].since:%d/%m/%Y} (médecin {old[0].author})\u00a0: demandez qu’elles soient terminées ou effacées."
        )
    yield f"{len(begun)} dictées en cours d’arrivée" if begun else "rien n’attend"


def _disk(installation: Installation) -> Iterator[str]:
    free = shutil.disk_usage(installation.settings.state_folder).free / 1e9
    if free < FREE_GIGABYTES:
        raise _Wrong(f"Il reste {free:.1f} Go\u00a0: libérez de la place, il en faut {FREE_GIGABYTES}.")
    yield f"{free:.0f} Go libres"


def _authors(installation: Installation) -> Iterator[str]:
    settings = installation.settings
    if not settings.authors:
        raise _Wrong("Aucun auteur\u00a0: ajoutez une table [[authors]] aux réglages par chirurgien.")
    known = {site.key for site in settings.sites}
    lost = sorted({author.site for author in settings.authors} - known)
    if lost:
        raise _Wrong(f"Site sans en-tête\u00a0: ajoutez une table [[sites]] pour {', '.join(lost)}.")
    yield f"{len(settings.authors)} auteurs, {len(known)} sites"


def _accounts(installation: Installation) -> Iterator[str]:
    """Services are written twice, with the authors and with the accounts: a word that differs hides letters."""
    secretaries = [one for one in installation.accounts() if one.active and one.role == "secretary"]
    known = {author.service for author in installation.settings.authors}
    lost = sorted({service for one in secretaries for service in one.services} - known)
    if lost:
        raise _Wrong(
            f"Service de comptes qui n’est celui d’aucun auteur\u00a0: {', '.join(lost)}. Ces comptes n’en voient "
            "rien\u00a0: «\u00a0dictation accounts services\u00a0»."
        )
    if secretaries and all(one.services for one in secretaries):
        raise _Wrong(
            "Aucune secrétaire ne voit tous les services\u00a0: les fichiers refusés et les réponses sans lettre, qui "
            "ne sont d’aucun service, n’attendent personne. «\u00a0dictation accounts services NOM --all\u00a0»."
        )
    limited = sum(bool(one.services) for one in secretaries)
    yield (
        f"{len(secretaries)} secrétaires, dont {limited} pour certains services"
        if limited
        else f"{len(secretaries)} secrétaires"
    )


def _vocabulary(installation: Installation) -> Iterator[str]:
    """Services are written in the vocabulary too: under a name that is nobody's, words are read for no dictation."""
    vocabulary = installation.vocabulary
    services, known = vocabulary.services(), {author.service.casefold() for author in installation.settings.authors}
    if lost := [service for service in services if service.casefold() not in known]:
        raise _Wrong(
            f"vocabulary.txt a des mots pour un service qui n’est celui d’aucun auteur\u00a0: {', '.join(lost)}. "
            "Corrigez le nom entre crochets."
        )
    words = len(vocabulary.terms()) + sum(len(vocabulary.terms(service)) for service in services)
    yield f"{words} mots, dont ceux de {len(services)} services" if services else f"{words} mots"


def _overdue(installation: Installation) -> Iterator[str]:
    """What people are late with is told; what the machine should have moved on, or put aside, is wrong."""
    from dictation import overdue

    settings = installation.settings
    if lost := sorted(set(settings.overdue.services or {}) - {author.service for author in settings.authors}):
        raise _Wrong(f"[overdue.services] nomme un service qui n’est celui d’aucun auteur\u00a0: {', '.join(lost)}.")
    found = installation.overdue()
    machine = [one for one in found if overdue.LIMITS[one.dictation.state] in overdue.OF_THE_MACHINE]
    if machine:
        raise _Wrong(
            f"{len(machine)} dictées arrêtées depuis trop longtemps en préparation, à l’envoi ou en erreur\u00a0: "
            "«\u00a0dictation list --overdue\u00a0» dit lesquelles."
        )
    yield f"{len(found)} en retard, à relire, à signer ou sans accusé" if found else "rien en retard"


_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def _desk(installation: Installation) -> Iterator[str]:
    """Whether the desk's cookies are __Host- ones: they are behind HTTPS, and nowhere else can they be."""
    web = installation.settings.web
    beyond = sorted({web.host, *web.allowed_hosts} - _THIS_MACHINE)
    if not web.https and beyond:
        raise _Wrong(
            f"Le bureau est servi au-delà de ce poste ({', '.join(beyond)}) sans HTTPS\u00a0: ses cookies partent sans "
            "__Host- ni Secure, et qui les lit sur le réseau entre à la place d’un autre. Placez-le derrière le proxy "
            "TLS de l’hôpital, puis «\u00a0https = true\u00a0» dans [web]."
        )
    yield (
        "cookies __Host-, derrière HTTPS" if web.https else "ce poste seulement, sans HTTPS\u00a0: cookies sans __Host-"
    )


def _weights(installation: Installation) -> Iterator[str]:
    from transcribe.vad import detector_file
    from transcribe.weights import locate

    settings = installation.settings
    model = locate(settings.models_folder, settings.transcribe.model)
    detector_file()
    yield f"{model.name} vérifié\u202f; {model.good_for}"
    yield _engine(installation, model)


_WHY = {
    "no_converter": "ctranslate2 n’est pas installé",
    "graphics": "une carte graphique est présente",
    "no_units": "le processeur n’a pas d’unité bfloat16 ni 8\u00a0bits",
    "no_openvino": "openvino n’est pas installé",
    "little_memory": "mémoire libre trop juste pour «\u00a0openvino\u00a0»",
    "to_measure": "le plus économe, à mesurer au premier démarrage",
}


def _engine(installation: Installation, model: Model) -> str:
    from transcribe.choice import measured, plan_for, this_machine

    asked, machine = installation.settings.transcribe, this_machine()
    if asked.engine != "auto":
        return f"moteur {asked.engine}\u00a0: demandé par les réglages"
    plan = plan_for(machine, model)
    seconds = measured(installation.converted_folder, model, asked.threads, machine)
    if len(plan.candidates) > 1 and seconds:
        best = min(seconds, key=seconds.__getitem__)
        figures = ", ".join(f"{name} {spent:.2f} s" for name, spent in seconds.items()).replace(".", ",")
        return f"moteur {best}\u00a0: le plus économe ici ({figures} de calcul par fenêtre)"
    return f"moteur {plan.candidates[0]}\u00a0: {_WHY[plan.why]}"


def _fonts(installation: Installation) -> Iterator[str]:
    from dictation.letter.press import faces

    yield f"{len(faces(installation.settings.templates_folder / 'letter'))} polices pour les lettres"


def _database(installation: Installation) -> Iterator[str]:
    counts = installation.ledger.counts()
    version = sqlite3.sqlite_version
    mode = "WAL" if sqlite3.sqlite_version_info >= SECURE_SQLITE else "TRUNCATE, sûr avec cette version"
    where = "PostgreSQL" if installation.settings.store.database else f"SQLite {version} (journal {mode})"
    yield f"{where}, {sum(counts.values())} dictées"


def _carrier(installation: Installation) -> Iterator[str]:
    carrier = installation.carrier
    if carrier.name == "folder":
        yield "impression seulement\u00a0: les lettres vont dans le dossier d’impression"
        return
    from dictation.send.certificates import own_identity

    send = installation.settings.send
    home = installation.settings.home
    if carrier.name == "mssante":
        pair, mailbox, use = (send.client_certificate, send.client_key), "", "d’authentification"
        if send.domains_file:
            from dictation.send.mssante import trusted_domains

            yield f"liste blanche MSSanté : {len(trusted_domains(home / send.domains_file))} domaines"
    else:
        pair, mailbox, use = (send.signing_certificate, send.signing_key), send.sender, "de signature"
    certificate, key = pair
    if not certificate or not key:  # a person's mailbox: a token instead
        yield f"{send.host}:{send.port}, sans certificat"
        return
    anchors = send.addressee_ca_file if mailbox else send.ca_file
    chain, _ = own_identity(
        home / certificate,
        home / key,
        datetime.now(UTC),
        mailbox=mailbox,
        revocations=installation.revocations,
        anchors=home / anchors if anchors else None,
    )
    days = (chain[0].not_valid_after_utc - datetime.now(UTC)).days
    if days < 30:
        raise _Wrong(f"Notre certificat {use} expire dans {days} jours : renouvelez-le.")
    yield f"{send.host}:{send.port}, certificat valable {days} jours"


def _revocations(installation: Installation) -> Iterator[str]:
    """The lists of revoked certificates: there, readable, of today, and one of each authority we trust."""
    from dictation.send.certificates import read_chain

    lists, send, home = installation.revocations, installation.settings.send, installation.settings.home
    if lists.path is None:
        yield "aucune liste réglée\u00a0: un certificat révoqué ne serait pas reconnu"
        return
    if stale := lists.stale(datetime.now(UTC)):
        told = ", ".join(f"{name} (attendue le {due:%d/%m/%Y})" for name, due in stale)
        raise _Wrong(f"Liste de certificats révoqués périmée\u00a0: {told}\u202f; la dernière connue sert encore.")
    files = [home / file for file in (send.ca_file, send.addressee_ca_file) if file]
    try:
        missing = lists.without_list([one for file in files for one in read_chain(file)])
    except (OSError, ValueError) as error:
        raise _Wrong("Les autorités de confiance ne sont pas lisibles\u00a0: vérifiez [send].") from error
    if missing:
        raise _Wrong(f"Aucune liste de certificats révoqués de\u00a0: {', '.join(missing)}.")
    yield f"{len(lists.lists())} listes à jour"


def _directory(installation: Installation) -> Iterator[str]:
    asked, states = installation.settings.directory, installation.directory.states()
    if not states:
        if asked.required:
            raise _Wrong(SENTENCES["E_DIRECTORY_MISSING"])
        yield "aucun annuaire chargé"
    for state in states:
        days = (datetime.now(UTC) - state.extracted_at).total_seconds() / 86400
        if days > asked.old_days:
            raise _Wrong(
                f"L’extraction {state.source} date de {days:.0f} jours\u00a0: «\u00a0dictation directory import\u00a0»."
            )
        yield f"{state.source}, extraction du {state.extracted_at:%d/%m/%Y}, {state.lines} lignes"


def _record(installation: Installation) -> Iterator[str]:
    link = installation.record_link
    waiting, refused, oldest = installation.filings.backlog()
    if refused:
        raise _Wrong(
            f"{refused} documents refusés par le dossier patient\u00a0: «\u00a0dictation record\u00a0» dit lesquels, "
            "«\u00a0dictation record retry ID\u00a0» les présente de nouveau."
        )
    if oldest and (hours := (datetime.now(UTC) - oldest).total_seconds() / 3600) > RECORD_HOURS and link:
        raise _Wrong(
            f"{waiting} documents attendent le dossier patient depuis {hours:.0f} h\u00a0: vérifiez sa liaison."
        )
    yield f"{link.name}, {waiting} en attente" if link else "aucune liaison réglée"


def _clock(installation: Installation) -> Iterator[str]:
    year = datetime.now(UTC).year
    if year < OLDEST_PLAUSIBLE_YEAR:
        raise _Wrong(f"L’horloge dit {year}\u00a0: réglez-la (NTP).")
    yield "à l’heure"


_POINTS: tuple[tuple[str, Callable[[Installation], Iterator[str]]], ...] = (
    ("dossiers", _folders),
    ("disque", _disk),
    ("dictaphone", _dictaphone),
    ("auteurs", _authors),
    ("comptes", _accounts),
    ("vocabulaire", _vocabulary),
    ("retards", _overdue),
    ("bureau", _desk),
    ("reconnaissance", _weights),
    ("polices", _fonts),
    ("base", _database),
    ("envoi", _carrier),
    ("révocations", _revocations),
    ("annuaire", _directory),
    ("dossier patient", _record),
    ("horloge", _clock),
)
