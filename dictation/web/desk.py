"""Desk: the page where a secretary listens, corrects, answers the points to check and hands the letter over.

One form holds the whole text; every button of the page sends it, so no click can lose a word. The script saves it by
itself in the background through the same door. Rules: dictation/proofread.py.
"""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dictation import proofread
from dictation.domain.documents import Draft, DraftSection, SectionKind
from dictation.domain.people import Author
from dictation.domain.progress import Dictation, State
from dictation.errors import DictationError
from dictation.shortcuts import FIXED, chosen
from dictation.web import ahead, french
from dictation.web.anchored import anchors_of
from dictation.web.pages import notice, page, refused, wants_json
from dictation.web.parts import parts
from dictation.web.people import READERS, journal, names, person, reach, readable, roles
from dictation.web.points import VERDICT_WORDS, asking, points_of, told
from dictation.web.shared_texts import blocks_for
from dictation.web.shortcuts import by_group

_K = SectionKind
TITLES = {
    _K.OPENING: "",
    _K.REASON: "Motif",
    _K.HISTORY: "Antécédents",
    _K.ALLERGIES: "Allergies",
    _K.ILLNESS: "Histoire de la maladie",
    _K.USUAL_TREATMENT: "Traitement habituel",
    _K.EXAMINATION: "Examen clinique",
    _K.TESTS: "Examens complémentaires",
    _K.PROCEDURE: "Intervention",
    _K.COURSE: "Évolution",
    _K.DISCHARGE_TREATMENT: "Traitement de sortie",
    _K.PENDING: "Résultats en attente",
    _K.CONCLUSION: "Conclusion",
    _K.PLAN: "Conduite à tenir",
    _K.CLOSING: "",
}
SHOWN = {_K.OPENING: "Début de la lettre", _K.CLOSING: "Formule de fin"}  # sections printed without a title
ANYWAY = "anyway"  # the button under the question; the one at the foot of the page confirms nothing by itself
LATEST_TEXT = 200_000  # characters in one form: far above any letter


@require_safe
@roles(*READERS)
def desk(request: HttpRequest, dictation_id: str) -> HttpResponse:
    dictation = readable(request, dictation_id)
    if dictation.state is not State.DRAFTED:
        return redirect(f"{reverse('case', kwargs={'dictation_id': dictation_id})}?histoire=1")
    journal(request, "opened", dictation_id)
    parts().ledger.take_lock(dictation_id, person(request).account)
    if following := next_drafted(request, but=dictation_id):
        ahead.prepare(following)
    return _desk(request, dictation, add=request.GET.get("ajouter", ""))


def _desk(
    request: HttpRequest, dictation: Dictation, *, add: str = "", ask: tuple[str, ...] = (), status: int = 200
) -> HttpResponse:
    ledger = parts().ledger
    draft = ledger.draft(dictation.id)
    points = points_of(draft, ledger.ticks(dictation.id))
    sections = list(draft.sections)
    if add in set(SectionKind):
        sections.append(DraftSection(SectionKind(add), TITLES[SectionKind(add)], ""))
        order = list(SectionKind)
        sections.sort(key=lambda section: order.index(section.kind))
    present = {section.kind for section in draft.sections}
    asked = [point for point in points if point.doubt.key in ask]
    unfilled = [key for key in ask if key.startswith("hole:")]
    who, anchors = person(request), anchors_of(dictation, replace(draft, sections=tuple(sections)))
    held = ledger.locks([dictation.id]).get(dictation.id)
    questions = ledger.questions(dictation.id)
    choices = ledger.preferences(who.account)
    keys = chosen(choices)
    author = dictation.sidecar.author if dictation.sidecar else ""
    people = {question.answered_by for question in questions} | {question.asked_by for question in questions}
    context = {
        "anchors": anchors,
        "held": held if held and held.holder != who.account else None,
        "questions": questions,
        "holder": reach([held.holder])[held.holder] if held else "",
        "called": names(people),
        "blocks": blocks_for(who),
        "holes": [hole.split(":", 2)[2] for hole in unfilled],
        "hole_keys": unfilled,
        "speed": choices.get("speeds", {}).get(author, "1"),
        "speeds": choices.get("speeds", {}),
        "rewind": choices.get("rewinds", {}).get(author, choices.get("rewind", 1.5)),
        "rewinds": choices.get("rewinds", {}),
        "click": bool(choices.get("click")),
        "go_on": bool(request.POST.get("next") if request.method == "POST" else choices.get("next")),
        "pedal": choices.get("pedal", {}),
        "keys": keys,
        "actions": {key: name for name, key in keys.items() if key},
        "key_groups": by_group(),
        "fixed_keys": FIXED,
        "dictation": dictation,
        "author": author_of(dictation),
        "service": service_of(dictation),
        "draft": draft,
        "sections": sections,
        "added": add,
        "shown": SHOWN,
        "missing": [(kind, TITLES[kind] or SHOWN[kind]) for kind in SectionKind if kind not in present],
        "points": points,
        "waiting": sum(not point.verdict for point in points),
        "left": told(points),
        "verdicts": VERDICT_WORDS,
        "ask": asked,
        "ask_words": asking(asked, len(unfilled)),
        "sent_back": _last_reason(dictation),
    }
    return page(request, "proofread/page.html", status=status, **context)


def author_of(dictation: Dictation) -> Author | None:
    return parts().author(dictation.sidecar.author) if dictation.sidecar else None


def service_of(dictation: Dictation) -> str:
    """The service a dictation comes from: its author's; "" when that is not known."""
    author = author_of(dictation)
    return author.service if author else ""


def _last_reason(dictation: Dictation) -> str:
    """Why the signatory sent it back, while that is the last thing that happened to its state."""
    for entry in reversed(list(parts().ledger.journal(dictation.id))):
        if entry.action == State.DRAFTED:
            sent_back = entry.details.get("before") == State.PROOFREAD
            return str(entry.details.get("note", "")) if sent_back else ""
    return ""


@require_POST
@roles(*READERS)
def save(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """POST: the text first, always; then what the button says. JSON for our own script, pages for a browser."""
    dictation = readable(request, dictation_id)
    who, ledger = person(request), parts().ledger
    try:
        sections, version = _posted(request)
    except ValueError:
        return HttpResponse(status=400)
    try:
        version = proofread.correct(
            ledger, dictation_id, sections, actor=who.account, expected_version=version, recheck=parts().recheck
        )
    except DictationError as error:
        return _conflict(request, dictation, sections, error) if error.code == "E_CONFLICT" else refused(request, error)
    action, _, value = request.POST.get("action", "save").partition(":")
    try:
        if action == "tick":
            verdict, _, key = value.partition(":")
            proofread.tick(ledger, dictation_id, key, verdict, actor=who.account)  # type: ignore[arg-type]
        elif action == "hand_over":
            confirmed = request.POST.getlist("confirmed") if value == ANYWAY else []
            proofread.hand_over(ledger, dictation_id, actor=who.account, expected_version=version, confirmed=confirmed)
            return _handed_over(request, dictation_id)
        elif action == "hold":
            proofread.hold(ledger, dictation_id, request.POST.get("reason", ""), actor=who.account)
            notice(request, "Dictée mise en attente, dans «\u00a0Questions\u00a0».")
            return redirect("worklist", tab="a-relire")
        elif action == "up":
            version = _moved_up(request, dictation_id, sections, value, version)
        elif action not in {"save", "add"}:
            return HttpResponse(status=400)
    except proofread.OpenPoints as error:
        return _desk(request, dictation, ask=error.keys, status=409)
    except DictationError as error:
        return refused(request, error)
    return _saved(request, dictation_id, version, action)


def _moved_up(request: HttpRequest, dictation_id: str, sections: list[DraftSection], value: str, version: int) -> int:
    """Exchange a section with the one before it."""
    kept = [section for section in sections if section.text.strip()]
    at = int(value) if value.isdecimal() and len(value) < 4 else 0
    if not 0 < at < len(kept):
        return version
    kept[at - 1], kept[at] = kept[at], kept[at - 1]
    actor = person(request).account
    return proofread.correct(parts().ledger, dictation_id, kept, actor=actor, expected_version=version)


def _posted(request: HttpRequest) -> tuple[list[DraftSection], int]:
    """The sections of the form in the order of the page, and the version they come from. ValueError when mangled."""
    kinds, titles, texts = (request.POST.getlist(name) for name in ("kind", "title", "text"))
    if not len(kinds) == len(titles) == len(texts) or not kinds or sum(map(len, texts)) > LATEST_TEXT:
        raise ValueError("sections do not match")
    texts = [text.replace("\r\n", "\n") for text in texts]  # as a browser sends them
    sections = [DraftSection(SectionKind(k), t, text) for k, t, text in zip(kinds, titles, texts, strict=True)]
    return sections, int(request.POST.get("version", ""))


def _saved(request: HttpRequest, dictation_id: str, version: int, action: str) -> HttpResponse:
    ledger = parts().ledger
    if wants_json(request):
        draft, now = ledger.draft(dictation_id), parts().clock()
        points = points_of(draft, ledger.ticks(dictation_id))
        ledger.take_lock(dictation_id, person(request).account)
        answer = {
            "anchors": anchors_of(ledger.get(dictation_id), draft),
            "sections": [section.text for section in draft.sections],
            "version": version,
            "saved_at": french.moment(now, now),
            "waiting": sum(not point.verdict for point in points),
            "left": told(points),
            "points": [{"key": p.doubt.key, "verdict": p.verdict, "changed": p.changed} for p in points],
        }
        return JsonResponse(answer)
    target = reverse("desk", kwargs={"dictation_id": dictation_id})
    kind = request.POST.get("add", "")
    if action == "add" and kind in set(SectionKind):
        return redirect(f"{target}?ajouter={kind}#nouvelle")
    if action == "save":
        notice(request, "Texte enregistré.")
    if action == "up":
        return redirect(f"{target}#letter")
    return redirect(f"{target}#points" if action == "tick" else target)


def _handed_over(request: HttpRequest, dictation_id: str) -> HttpResponse:
    following = next_drafted(request)
    link = reverse("desk", kwargs={"dictation_id": following.id}) if following else ""
    parts().ledger.leave_lock(dictation_id, person(request).account)
    if following and request.POST.get("next"):
        notice(request, "Lettre transmise à la signature. Voici la suivante.")
        return redirect(link)
    notice(request, "Lettre transmise à la signature.", link=link, link_words="Ouvrir la suivante")
    return redirect("worklist", tab="a-relire")


def next_drafted(request: HttpRequest, but: str = "") -> Dictation | None:
    """The next letter to proofread that nobody else holds, but this one; None when there is none."""
    who, ledger = person(request), parts().ledger
    waiting = ledger.page({State.DRAFTED}, authors=who.scope, limit=50)
    locks = ledger.locks([dictation.id for dictation in waiting])
    free = (d for d in waiting if d.id not in locks or locks[d.id].holder == who.account)
    return next((dictation for dictation in free if dictation.id != but), None)


def _conflict(
    request: HttpRequest, dictation: Dictation, mine: list[DraftSection], error: DictationError
) -> HttpResponse:
    """Somebody saved meanwhile: both texts side by side, nothing lost, a person chooses."""
    if wants_json(request):
        return JsonResponse({"code": error.code, "sentence": error.sentence}, status=409)
    stored = parts().ledger.draft(dictation.id)
    context = {"dictation": dictation, "pairs": _pairs(mine, stored), "stored": stored, "shown": SHOWN}
    return page(request, "proofread/conflict.html", status=409, **context)


def _pairs(mine: list[DraftSection], stored: Draft) -> list[tuple[DraftSection, DraftSection | None]]:
    """Each section of the form beside the stored one of its kind; those only the store has come last, blank here."""
    left, pairs = list(stored.sections), []
    for section in mine:
        other = next((one for one in left if one.kind is section.kind), None)
        if other is not None:
            left.remove(other)
        pairs.append((section, other))
    return pairs + [(DraftSection(one.kind, one.title, ""), one) for one in left]
