"""The worklist: who waits for what, urgent first, with progress and reasons in French."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dictation.domain.documents import Priority
from dictation.domain.progress import State
from dictation.errors import SENTENCES
from dictation.settings import OverdueSettings
from dictation.web import french
from dictation.web.parts import install, parts
from dictation.web.worklist import ALL, TABS
from tests.web.hospital import BRUN, DRAFT, MOREL


def text_of(page: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.decode()))


def test_every_state_is_in_exactly_one_list_of_work_but_the_cancelled():
    for state in State:
        assert sum(state in tab.states for tab in TABS) == (0 if state is State.CANCELLED else 1)
        assert state in ALL.states


def test_urgent_letters_come_first_then_the_oldest(desk, signed_in):
    old = desk.drafted()
    desk.clock.forward(60)
    recent = desk.drafted()
    desk.clock.forward(60)
    urgent = desk.drafted(priority=Priority.URGENT)
    page = signed_in("roy").get("/listes/a-relire").content.decode()
    assert page.index(urgent) < page.index(old) < page.index(recent)
    assert page.count("Urgent</span>") == 1


def test_what_is_being_recognised_shows_its_share_and_the_time_to_go(desk, signed_in):
    one = desk.received()
    desk.ledger.progress(one, 0.63, 41.0)
    page = signed_in("roy").get("/listes/en-preparation?partie=1")
    assert 'value="63"' in page.content.decode()
    assert "63\u00a0% · encore 40\u00a0s environ" in page.content.decode()
    assert "<html" not in page.content.decode()


def test_what_waits_for_its_turn_never_shows_zero_per_cent(desk, signed_in):
    one = desk.received()
    for share in (None, 0.0):
        desk.ledger.progress(one, share, None)
        page = signed_in("roy").get("/listes/en-preparation").content.decode()
        assert "attend son tour" in page
        assert "0\u00a0%" not in page


def test_open_points_are_counted(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    assert "3\u00a0points" in client.get("/listes/a-relire").content.decode()
    desk.ledger.tick(one, "dose:plan", "heard", actor="roy")
    assert "2 sur 3 points" in client.get("/listes/a-relire").content.decode()
    for doubt in DRAFT.doubts:
        desk.ledger.tick(one, doubt.key, "heard", actor="roy")
    assert "3\u00a0points vérifiés" in client.get("/listes/a-relire").content.decode()


def test_what_is_in_error_says_why_and_what_to_do(desk, signed_in):
    refused = desk.ledger.refuse("scan.ds2", code="E_AUDIO_DS2", quarantine_name="q")
    stuck = desk.received()
    desk.ledger.move(stuck, State.RECEIVED, State.STUCK, actor="workflow", error_code="E_ATTEMPTS")
    page = signed_in("roy").get("/listes/en-erreur").content.decode()
    assert SENTENCES["E_AUDIO_DS2"] in page
    assert SENTENCES["E_ATTEMPTS"] in page
    assert refused in page


def test_an_unknown_code_still_says_what_to_do(desk, signed_in):
    one = desk.received()
    desk.ledger.move(one, State.RECEIVED, State.STUCK, actor="workflow", error_code="E_FROM_THE_FUTURE")
    assert SENTENCES["E_INTERNAL"] in signed_in("roy").get("/listes/en-erreur").content.decode()


def test_search_finds_by_name_without_accents_and_says_when_nothing_fits(desk, signed_in):
    one, client = desk.drafted(name="Évrard"), signed_in("roy")
    assert one in client.get("/listes/a-relire?q=evrard").content.decode()
    nothing = client.get("/listes/a-relire?q=zzz").content.decode()
    assert one not in nothing
    assert "«&nbsp;zzz&nbsp;»" in nothing


def test_an_unknown_list_leads_home(desk, signed_in):
    assert signed_in("roy").get("/listes/nimporte")["Location"] == "/"


def test_a_long_list_is_cut_in_pages(desk, signed_in, monkeypatch):
    monkeypatch.setattr("dictation.web.worklist.ROWS", 2)
    ids = [desk.received() for _ in range(3)]
    client = signed_in("roy")
    first, second = (client.get(f"/listes/en-preparation?debut={n}").content.decode() for n in (0, 2))
    assert sum(one in first for one in ids) == 2
    assert sum(one in second for one in ids) == 1
    assert "debut=2" in first
    assert "debut=0" in second


def test_a_list_asks_the_database_few_questions(desk, signed_in):
    """Each is a way there and back, and on a busy PostgreSQL a wait: they were eighteen."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(3):
        desk.drafted(priority=Priority.URGENT)
    client = signed_in("roy")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/listes/a-relire").status_code == 200
    assert len(asked) <= 10, [one["sql"][:80] for one in asked.captured_queries]


@pytest.mark.parametrize("start", ["-1", "x", "9" * 30])
def test_a_nonsense_page_number_is_the_first_page(desk, signed_in, start):
    one = desk.drafted()
    assert one in signed_in("roy").get(f"/listes/a-relire?debut={start}").content.decode()


def test_the_story_of_a_dictation_reads_in_french(desk, signed_in):
    one = desk.proofread()
    story = text_of(signed_in("roy").get(f"/dictees/{one}").content)
    for words in (
        "Enregistrement reçu",
        "Parole reconnue",
        "Brouillon prêt à relire",
        "Relue, transmise",
        "Hélène Roy",
    ):
        assert words in story


def test_retrying_is_handed_on_by_whoever_may(desk, signed_in):
    one = desk.received()
    desk.ledger.move(one, State.RECEIVED, State.STUCK, actor="workflow", error_code="E_BUG")
    signed_in("admin").post(f"/dictees/{one}/action", {"action": "retry"})
    signed_in("roy").post(f"/dictees/{one}/action", {"action": "retry"})
    assert desk.retried == [(one, "admin"), (one, "roy")]


def test_what_works_is_not_tried_again(desk, signed_in):
    one = desk.drafted()
    for account in ("admin", "roy"):
        assert signed_in(account).post(f"/dictees/{one}/action", {"action": "retry"}).status_code in (403, 409)
    assert desk.retried == []


def test_the_administrator_retries_and_decides_nothing_else(desk, signed_in):
    one = desk.drafted()
    for action in ("hold", "cancel", "resume"):
        body = {"action": action, "reason": "essai"}
        assert signed_in("admin").post(f"/dictees/{one}/action", body).status_code == 403
    assert desk.state(one) is State.DRAFTED


def test_held_dictations_come_back(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    client.post(f"/dictees/{one}/action", {"action": "hold", "reason": "Quel patient\u202f?"})
    assert one in client.get("/listes/questions").content.decode()
    client.post(f"/dictees/{one}/action", {"action": "resume"})
    assert desk.state(one) is State.DRAFTED


def test_the_journal_can_be_verified_and_a_change_is_named(desk, signed_in):
    from django.db import connection

    desk.drafted()
    client = signed_in("admin")
    assert "Le journal est intact" in client.post("/sante/journal").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='journal'")
        for (trigger,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{trigger}"')
        cursor.execute("UPDATE journal SET actor='nobody' WHERE serial=1")
    assert "la ligne 1 a été modifiée" in client.post("/sante/journal").content.decode()


NOW = datetime(2026, 11, 22, 13, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(minutes=5), "13\u00a0h\u00a057"),
        (timedelta(hours=20), "hier à 18\u00a0h\u00a002"),
        (timedelta(days=30), "23\u00a0oct. 2026 à 15\u00a0h\u00a002"),  # summer time then
    ],
)
def test_moments_are_said_as_people_say_them(ago, words):
    assert french.moment(NOW - ago, NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "à l’instant"), (59, "à l’instant"), (60, "1\u00a0min"), (7199, "1\u00a0h"), (200_000, "2\u00a0j")],
)
def test_ages_are_short(seconds, words):
    assert french.age(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (3, "bientôt terminé"), (44, "encore 40\u00a0s environ"), (200, "encore 3\u00a0min environ")],
)
def test_time_to_go_is_honestly_rounded(seconds, words):
    assert french.to_go(seconds) == words


def test_lengths_and_places_of_sound():
    assert [french.length(s) for s in (None, 0, 45.4, 192)] == ["–", "0\u00a0s", "45\u00a0s", "3\u00a0min\u00a012"]
    assert [french.place(s) for s in (0, 64.9, 600)] == ["0:00", "1:04", "10:00"]
    assert [french.count(n, "point", "points") for n in (0, 1, 2)] == ["0\u00a0point", "1\u00a0point", "2\u00a0points"]


def test_a_service_with_its_own_limit_is_late_by_it_in_the_list_the_count_and_the_follow_up(desk, signed_in):
    limits = OverdueSettings(services={BRUN.service: {"proofread_hours": 72}})
    install(replace(parts(), overdue=limits))
    usual, longer = desk.drafted(MOREL), desk.drafted(BRUN)
    desk.clock.forward(30 * 3600)
    page = signed_in("roy").get("/listes/en-retard").content.decode()
    assert (usual in page, longer in page) == (True, False)
    assert 'En retard <span class="count">1</span>' in page
    assert "En retard" not in signed_in("noel").get("/listes/a-relire").content.decode()
    desk.clock.forward(48 * 3600)
    page = signed_in("noel").get("/listes/en-retard").content.decode()
    assert (usual in page, longer in page) == (False, True)
    assert "en retard de 6\u00a0h" in page
    assert "En retard de 6\u00a0h" in signed_in("noel").get(f"/envois/{longer}/suivi").content.decode()


def test_a_letter_that_should_have_left_is_late_among_the_sendings(desk, signed_in):
    desk.approved()
    desk.clock.forward(5 * 3600)
    assert "en retard de 1\u00a0h" in signed_in("roy").get("/envois").content.decode()
