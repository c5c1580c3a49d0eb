"""Sidecar: the JSON beside a recording becomes a Sidecar, or a list of what is wrong with it.

Bytes in, Sidecar out. Touches nothing. SCHEMA is the contract: docs/sidecar.schema.json is its published copy (a test
compares them), docs/inbox-contract.md explains it. What is wrong is said by field, never by value: it may be a name.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

from dictation.domain.codec import from_plain
from dictation.domain.documents import LetterType, Priority, Sidecar
from dictation.domain.exchange import Consent
from dictation.domain.people import INS_OIDS, Author, Sex, nir_key
from dictation.errors import NeedsAPerson

MAX_BYTES = 64 * 1024  # a full sidecar has about 1 kB
MAX_PROBLEMS_SHOWN = 8

_TEXT = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"  # one line: no header or layout can be smuggled in
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_RPPS = r"^[0-9]{11}$"


def _text(most: int, description: str, *, least: int = 0) -> dict[str, Any]:
    schema = {"type": "string", "pattern": _TEXT, "maxLength": most, "description": description}
    return schema | ({"minLength": least} if least else {})


def _name(description: str) -> dict[str, Any]:
    """A text with something in it: spaces alone are no name."""
    return _text(100, description, least=1) | {"pattern": _TEXT.replace("^", r"^(?=.*\S)", 1)}


def _day(description: str) -> dict[str, Any]:
    return {"type": "string", "pattern": _DATE, "format": "date", "description": description}


def _object(required: list[str], description: str, **properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "additionalProperties": False, "description": description}
    return schema | ({"required": required} if required else {})


_INS = _object(
    ["value", "oid"],
    "Identité nationale de santé qualifiée.",
    value={
        "type": "string",
        "pattern": r"^[0-9][0-9AB]{12}[0-9]{2}$",
        "description": "Matricule : 13 caractères et clé.",
    },
    oid={"type": "string", "enum": sorted(INS_OIDS), "description": "OID du registre."},
)
_PATIENT = _object(
    ["last_name", "first_name", "birth_date", "sex"],
    "Le patient. INS ou IPP obligatoire.",
    last_name=_name("Nom de naissance."),
    first_name=_name("Prénom."),
    birth_date=_day("Date de naissance, AAAA-MM-JJ."),
    sex={"type": "string", "enum": [sex.value for sex in Sex], "description": "M, F, ou U s’il n’est pas précisé."},
    ins=_INS,
    hospital_number=_name("IPP : numéro du patient dans l’établissement."),
    given_names=_text(100, "Liste des prénoms de naissance : avec birth_place, l’INS peut figurer dans le message."),
    birth_place={
        "type": "string",
        "pattern": r"^([0-9][0-9AB][0-9]{3})?$",
        "description": "Lieu de naissance, code INSEE.",
    },
    used_last_name=_text(100, "Nom utilisé."),
    used_first_name=_text(100, "Prénom utilisé."),
) | {"anyOf": [{"required": ["ins"]}, {"required": ["hospital_number"]}]}
_ADDRESSEE = _object(
    ["last_name"],
    "Le destinataire, en général le médecin traitant.",
    last_name=_name("Nom."),
    first_name=_text(100, "Prénom."),
    rpps={"type": "string", "pattern": r"^([0-9]{11})?$", "description": "RPPS, 11 chiffres."},
    title=_text(50, "Titre, « Docteur » par défaut."),
    specialty=_text(100, "Spécialité."),
    specialty_code={
        "type": "string",
        "pattern": r"^(G15_[0-9]{2}(/[A-Z]{1,5}[0-9]{1,4})?)?$",
        "description": "Profession et savoir-faire, code de JDV_J01 ; vide : d’après la spécialité.",
    },
    organisation=_text(100, "Cabinet ou établissement du destinataire."),
    organisation_number={
        "type": "string",
        "pattern": r"^((2[AB]|[0-9]{2})[0-9]{7}|[0-9]{14})?$",
        "description": "Son FINESS (9 caractères) ou son SIRET (14).",
    },
    address={
        "type": "array",
        "items": _text(100, "Une ligne."),
        "maxItems": 6,
        "description": "Adresse postale, ligne par ligne.",
    },
    mailbox={
        "type": "string",
        "pattern": r"^([A-Za-z0-9._%+'-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,})?$",
        "maxLength": 254,
        "description": "Messagerie sécurisée ; vide : courrier postal.",
    },
    carrier={
        "type": "string",
        "enum": ["", "mssante", "smime", "folder"],
        "description": "Mode d’envoi particulier ; folder : papier.",
    },
    pdf_only={"type": "boolean", "description": "MSSanté : le PDF seul, sans IHE_XDM.zip."},
    general_practitioner={"type": "boolean", "description": "Médecin traitant du patient (oui par défaut)."},
)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Fiche jointe à un enregistrement",
} | _object(
    [],
    "Fichier JSON (UTF-8) de même nom que l’enregistrement ; voir docs/inbox-contract.md.",
    **{"$schema": {"type": "string", "description": "Ignoré."}},
    version={"type": "integer", "const": 1, "description": "Version de ce contrat."},
    author={
        "type": "string",
        "pattern": _RPPS,
        "description": "RPPS de l’auteur, 11 chiffres ; peut manquer dans le dossier d’un auteur.",
    },
    patient=_PATIENT,
    addressee=_ADDRESSEE,
    letter_type={"type": "string", "enum": [kind.value for kind in LetterType], "description": "Type de lettre."},
    priority={"type": "string", "enum": [priority.value for priority in Priority], "description": "Priorité."},
    site=_name("Site, parmi ceux des réglages ; par défaut, celui de l’auteur."),
    visit_date=_day("Date de la consultation ou de l’intervention."),
    admission_date=_day("Date d’entrée."),
    discharge_date=_day("Date de sortie."),
    consent={"type": "string", "enum": [consent.value for consent in Consent], "description": "Accord du patient."},
)


class SidecarInvalid(NeedsAPerson):
    """The sidecar is JSON, but not the one we agreed on. `detail` is French and names fields only."""

    code = "E_SIDECAR_INVALID"

    def __init__(self, problems: list[str]) -> None:
        more = len(problems) - MAX_PROBLEMS_SHOWN
        shown = problems[:MAX_PROBLEMS_SHOWN] + ([f"et {more} autres"] if more > 0 else [])
        self.detail = "\u202f; ".join(shown)
        super().__init__(self.detail)


def read_sidecar(
    data: bytes, author: Callable[[str], Author | None], author_of_folder: Author | None = None
) -> Sidecar:
    """The Sidecar in the bytes of a JSON file.

    author: looks up a known author by RPPS. author_of_folder: whose sub-folder the file lay in; its author when the
    sidecar names none. The site is the author's unless the sidecar names another.
    Raises NeedsAPerson: E_SIDECAR_UNREADABLE, E_SIDECAR_INVALID (with `detail`), E_AUTHOR_UNKNOWN when nobody we know
    dictated, E_AUTHOR_CONFLICT when folder and sidecar disagree.
    """
    plain = _load(data)
    problems = check(plain)
    if problems:
        raise SidecarInvalid(problems)
    plain = {key: value for key, value in _composed(plain).items() if key not in {"$schema", "version"}}
    if author_of_folder is not None and plain.setdefault("author", author_of_folder.rpps) != author_of_folder.rpps:
        raise NeedsAPerson("sidecar and folder name two authors", code="E_AUTHOR_CONFLICT")
    known = author(plain.get("author", ""))
    if known is None:
        raise NeedsAPerson("no author, or none we know", code="E_AUTHOR_UNKNOWN")
    plain.setdefault("site", known.site)
    try:
        return from_plain(Sidecar, plain)
    except (KeyError, TypeError, ValueError) as error:  # a rule of the records that check() does not know
        raise SidecarInvalid([f"contenu refusé ({type(error).__name__})"]) from error


def number_of(data: bytes) -> str:
    """The patient's number (IPP) in a recording's sidecar; empty when it says none. Raises E_SIDECAR_UNREADABLE."""
    plain = _load(data)
    patient = plain.get("patient") if isinstance(plain, dict) else None
    number = patient.get("hospital_number") if isinstance(patient, dict) else None
    return number if isinstance(number, str) else ""


DOCUMENT_SCHEMA = _object(
    ["hospital_number"],
    "Fiche d’un document joint.",
    version={"type": "integer", "const": 1, "description": "Version de ce contrat."},
    hospital_number=_name("IPP : numéro du patient dans l’établissement."),
)


def document_number(data: bytes) -> str:
    """The patient's number (IPP) in a document's own sidecar. Raises E_SIDECAR_UNREADABLE, E_SIDECAR_INVALID."""
    plain = _load(data)
    if problems := _problems(plain, DOCUMENT_SCHEMA, ""):
        raise SidecarInvalid(problems)
    return str(plain["hospital_number"])


def _load(data: bytes) -> Any:
    """JSON in UTF-8, or UTF-16 as Windows tools write it. A key given twice is refused: which patient is meant?"""
    if len(data) > MAX_BYTES:
        raise NeedsAPerson(f"{len(data)} bytes, more than {MAX_BYTES}", code="E_SIDECAR_UNREADABLE")
    try:
        text = data.decode(json.detect_encoding(data))
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NeedsAPerson(f"no JSON: {type(error).__name__}", code="E_SIDECAR_UNREADABLE") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _composed(value: Any) -> Any:
    """Texts in composed form (NFC), as a keyboard makes them: names are compared and printed."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_composed(item) for item in value]
    return {key: _composed(item) for key, item in value.items()} if isinstance(value, dict) else value


def check(plain: Any) -> list[str]:
    """What is wrong with a decoded sidecar: French, one entry per field; empty when nothing is."""
    problems = _problems(plain, SCHEMA, "")
    return problems or _disagreements(plain)


def _problems(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    """The part of JSON Schema that SCHEMA uses; a test holds it against a complete implementation."""
    place = where or "fiche"
    kind = schema["type"]
    right: Any = _TYPES[kind]
    if isinstance(value, bool) != (kind == "boolean") or not isinstance(value, right):
        return [f"{place} : {_KINDS[kind]} attendu"]
    if kind == "object":
        return _object_problems(value, schema, where)
    if kind == "array":
        if len(value) > schema["maxItems"]:
            return [f"{place} : au plus {schema['maxItems']} lignes"]
        return [line for i, item in enumerate(value) for line in _problems(item, schema["items"], f"{where}[{i}]")]
    if "const" in schema and value != schema["const"]:
        return [f"{place} : {schema['const']} attendu"]
    if kind == "string":
        return _string_problems(value, schema, place)
    return []


_TYPES: dict[str, type] = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
_KINDS = {
    "object": "objet {…}",
    "array": "liste […]",
    "string": "texte",
    "integer": "nombre",
    "boolean": "true ou false",
}


def _object_problems(value: dict[str, Any], schema: dict[str, Any], where: str) -> list[str]:
    inside = f"{where}." if where else ""
    lines = [f"{inside}{key} : manquant" for key in schema.get("required", []) if key not in value]
    unknown = [key for key in value if key not in schema["properties"]]
    lines += [f"{inside}{_field(key)} : champ inconnu" for key in unknown]
    if "anyOf" in schema and not any(set(choice["required"]) <= set(value) for choice in schema["anyOf"]):
        lines.append(f"{where} : INS ou IPP (hospital_number) obligatoire")
    for key, item in value.items():
        if key in schema["properties"]:
            lines += _problems(item, schema["properties"][key], inside + key)
    return lines


def _field(key: str) -> str:
    """An unknown key, shown only when it looks like a field: it could be a name typed in the wrong place."""
    return key if re.fullmatch(r"[a-z_]{1,30}", key) else "(…)"


def _string_problems(value: str, schema: dict[str, Any], place: str) -> list[str]:
    if "enum" in schema and value not in schema["enum"]:
        return [f"{place} : valeur attendue parmi {', '.join(schema['enum'])}"]
    if len(value) > schema.get("maxLength", MAX_BYTES):
        return [f"{place} : au plus {schema['maxLength']} caractères"]
    if any("\ud800" <= character <= "\udfff" for character in value):
        return [f"{place}\u00a0: caractère incomplet"]  # half of a surrogate pair: no file and no page can hold it
    if "pattern" in schema and not re.search(schema["pattern"].replace("$", r"\Z"), value):
        return [f"{place} : {_FORMS.get(schema['pattern'], 'texte sur une seule ligne, non vide')}"]
    if schema.get("format") == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return [f"{place} : cette date n’existe pas"]
    return []


_FORMS = {
    _TEXT: "texte sur une seule ligne",
    _DATE: "date attendue sous la forme AAAA-MM-JJ",
    _RPPS: "RPPS de 11 chiffres attendu",
    _ADDRESSEE["properties"]["rpps"]["pattern"]: "RPPS de 11 chiffres attendu",
    _ADDRESSEE["properties"]["mailbox"]["pattern"]: "adresse de messagerie attendue",
    _PATIENT["properties"]["birth_place"]["pattern"]: "code INSEE de 5 caractères attendu",
    _INS["properties"]["value"]["pattern"]: "matricule INS de 15 caractères attendu",
}


def _disagreements(plain: dict[str, Any]) -> list[str]:
    """What no schema can say: keys, and dates in their order."""
    lines = []
    ins = plain.get("patient", {}).get("ins")
    if ins and not _key_agrees(ins["value"]):
        lines.append("patient.ins.value : la clé ne correspond pas au matricule")
    if {"admission_date", "discharge_date"} <= set(plain) and plain["discharge_date"] < plain["admission_date"]:
        lines.append("discharge_date : la sortie précède l’entrée")
    return lines


def _key_agrees(value: str) -> bool:
    try:
        return nir_key(value[:13]) == int(value[13:])
    except ValueError:
        return False
