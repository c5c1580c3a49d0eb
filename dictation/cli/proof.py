"""Commands on one letter that left: its proof, a corrected version, what its patient said."""

from __future__ import annotations

import argparse
from pathlib import Path

from dictation.cli.common import Add, installation, print_json


def register(add: Add) -> None:
    sub = add(
        "proof", _proof, "la preuve d’envoi d’une lettre\u00a0: qui a signé quoi, qui l’a acceptée, ce qui est revenu"
    )
    sub.add_argument("id")
    sub.add_argument("--json", action="store_true")
    sub.add_argument("--pdf", type=Path, metavar="FICHIER.pdf", help="l’écrire aussi sur une page, en PDF/A")
    sub = add(
        "correct",
        _correct,
        "commencer une version corrigée d’une lettre déjà partie («\u00a0annule et remplace\u00a0»)",
    )
    sub.add_argument("id")
    sub.add_argument("--reason", required=True)
    sub = add("consent", _consent, "noter l’accord ou l’opposition du patient d’une dictée")
    sub.add_argument("id")
    sub.add_argument("verdict", choices=("granted", "objected"))
    sub.add_argument("--anybody", action="store_true", help="pour tous les destinataires, pas seulement celui-ci")
    sub.add_argument("--this-kind", action="store_true", help="pour ce type de lettre seulement")
    sub.add_argument("--reason", required=True, help="ce qu’a dit le patient")
    sub = add("hide", _hide, "masquer le document d’une dictée au patient ou aux professionnels, ou le démasquer")
    sub.add_argument("id")
    for name, whom in (("patient", "au patient"), ("professionals", "aux professionnels")):
        sub.add_argument(
            f"--{name}", choices=("yes", "no"), help=f"masqué {whom}\u202f? sans cette option\u00a0: inchangé"
        )


def _proof(arguments: argparse.Namespace) -> int:
    from dictation.disk import write_durably
    from dictation.domain.codec import to_plain

    parts = installation(arguments)
    proof = parts.prove(parts.ledger.find(arguments.id).id)
    if arguments.pdf is not None:
        write_durably(arguments.pdf, parts.proof_pdf(proof.dictation.id))
        parts.ledger.record("proof-exported", actor="cli", dictation_id=proof.dictation.id)
    if arguments.json:
        print_json(to_plain(proof))
        return 0
    print(f"Dictée {proof.dictation.id}, {proof.dictation.state.label.lower()}")
    for one in proof.signed:
        print(f"signée    v{one.letter_version}  {one.signed_at:%Y-%m-%d %H:%M}  {one.signatory}  {one.pdf_sha256}")
    for row in proof.dispatches:
        print(f"envoyée   v{row.letter_version}  {row.state:<10} {row.carrier}  {row.message_id}  {row.message_sha256}")
    for receipt in proof.receipts:
        print(f"accusé        {receipt.at:%Y-%m-%d %H:%M}  {receipt.kind:<14} {receipt.words}")
    for reply in proof.replies:
        print(f"retour        {reply.at:%Y-%m-%d %H:%M}  {reply.message_sha256}")
    print(f"journal   {proof.journal_hash}")
    return 0


def _correct(arguments: argparse.Namespace) -> int:
    parts = installation(arguments)
    version = parts.corrections.begin(parts.ledger.find(arguments.id).id, actor="cli", reason=arguments.reason)
    print(f"Version {version} commencée\u00a0: elle est à relire et à signer.")
    return 0


def _consent(arguments: argparse.Namespace) -> int:
    from dictation.domain.consent import scope_of
    from dictation.domain.exchange import Consent

    parts = installation(arguments)
    dictation = parts.ledger.find(arguments.id)
    scope = scope_of(dictation, anybody=arguments.anybody, any_kind=not arguments.this_kind)
    parts.ledger.say_consent(dictation.id, Consent(arguments.verdict), scope, actor="cli", note=arguments.reason)
    return 0


def _hide(arguments: argparse.Namespace) -> int:
    parts = installation(arguments)
    dictation = parts.ledger.find(arguments.id)
    now = parts.ledger.grounds(dictation)
    asked = {"from_patient": arguments.patient, "from_professionals": arguments.professionals}
    before = {"from_patient": now.hidden_from_patient, "from_professionals": now.hidden_from_professionals}
    after = {name: before[name] if answer is None else answer == "yes" for name, answer in asked.items()}
    parts.ledger.hide(dictation.id, **after, actor="cli")
    shown = {True: "masqué", False: "visible"}
    print(f"Patient\u00a0: {shown[after['from_patient']]}. Professionnels\u00a0: {shown[after['from_professionals']]}.")
    return 0
