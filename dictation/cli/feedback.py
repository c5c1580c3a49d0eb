"""Commands on what comes back about the letters, and on printing for La Poste those that need it."""

from __future__ import annotations

import argparse

from dictation.cli.common import Add, installation, print_json


def register(add: Add) -> None:
    feedback = add("feedback", _poll, "relever maintenant la boîte des réponses")
    feedback.add_argument("--json", action="store_true")
    actions = feedback.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("list", help="les réponses qu’une personne doit lire")
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_list)
    sub = actions.add_parser("attach", help="dire de quelle dictée parle une réponse")
    sub.add_argument("reply")
    sub.add_argument("id")
    sub.set_defaults(command=_attach)
    sub = actions.add_parser("dismiss", help="classer une réponse qui ne demande plus rien")
    sub.add_argument("reply")
    sub.add_argument("--reason", required=True)
    sub.set_defaults(command=_dismiss)
    postal = add(
        "postal", _postal_list, "les lettres à imprimer pour La Poste\u00a0: revenues, ou restées sans lecture"
    )
    postal.add_argument("--json", action="store_true")
    actions = postal.add_subparsers(metavar="ACTION")
    sub = actions.add_parser("list", help="les montrer, avec celles déjà imprimées")
    sub.add_argument("--json", action="store_true")
    sub.set_defaults(command=_postal_list)
    sub = actions.add_parser("print", help="déposer la page de garde et la lettre dans le dossier d’impression")
    sub.add_argument("id")
    sub.add_argument("--again", default="", metavar="MOTIF", help="pourquoi l’imprimer une nouvelle fois")
    sub.set_defaults(command=_postal_print)
    sub = actions.add_parser("settle", help="la lettre imprimée a été postée\u00a0: réglé par courrier")
    sub.add_argument("id")
    sub.add_argument("--note", default="", metavar="MOT", help="date ou numéro de l’envoi postal")
    sub.set_defaults(command=_postal_settle)
    sub = actions.add_parser(
        "reopen", help="retirer «\u00a0réglé par courrier\u00a0»\u00a0: la lettre attend de nouveau"
    )
    sub.add_argument("id")
    sub.add_argument("--reason", required=True, metavar="MOTIF")
    sub.set_defaults(command=_postal_reopen)


def _poll(arguments: argparse.Namespace) -> int:
    done = installation(arguments).poll_feedback()
    if arguments.json:
        print_json({"recorded": done.recorded, "unmatched": done.unmatched, "moved": done.moved})
    else:
        print(f"{done.recorded} messages relevés, dont {done.unmatched} à lire par une personne")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    waiting = installation(arguments).replies.waiting()
    if arguments.json:
        shown = [
            {"id": r.id, "at": r.at.isoformat(), "kind": r.kind, "sender": r.sender, "subject": r.subject}
            for r in waiting
        ]
        print_json(shown)
    else:
        for reply in waiting:
            print(f"{reply.id}  {reply.at:%Y-%m-%d %H:%M}  {reply.sender[:40]:<40} {reply.subject[:60]}")
    return 1 if waiting else 0


def _attach(arguments: argparse.Namespace) -> int:
    parts = installation(arguments)
    parts.replies.attach(arguments.reply, parts.ledger.find(arguments.id).id, actor="cli")
    return 0


def _dismiss(arguments: argparse.Namespace) -> int:
    installation(arguments).replies.dismiss(arguments.reply, actor="cli", note=arguments.reason)
    return 0


def _postal_list(arguments: argparse.Namespace) -> int:
    room = installation(arguments).post_room
    found = [(dictation, room.prints(dictation)) for dictation in room.to_print()]
    if arguments.json:
        shown = [
            {
                "id": dictation.id,
                "state": dictation.state,
                "since": dictation.state_since.isoformat(),
                "printed": [one.at.isoformat() for one in prints],
            }
            for dictation, prints in found
        ]
        print_json(shown)
        return 0
    for dictation, prints in found:
        told = f"imprimée le {prints[-1].at:%Y-%m-%d} par {prints[-1].actor}" if prints else "à imprimer"
        print(f"{dictation.id}  {dictation.state_since:%Y-%m-%d %H:%M}  {dictation.state.label:<10} {told}")
    return 0


def _postal_print(arguments: argparse.Namespace) -> int:
    parts = installation(arguments)
    print(parts.post_room.print(parts.ledger.find(arguments.id).id, actor="cli", again=arguments.again))
    return 0


def _postal_settle(arguments: argparse.Namespace) -> int:
    parts = installation(arguments)
    parts.post_room.settle(parts.ledger.find(arguments.id).id, actor="cli", note=arguments.note)
    return 0


def _postal_reopen(arguments: argparse.Namespace) -> int:
    parts = installation(arguments)
    parts.post_room.reopen(parts.ledger.find(arguments.id).id, actor="cli", note=arguments.reason)
    return 0
