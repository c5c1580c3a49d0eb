"""The daily word is written once a local day, whatever happens to the service meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dictation.settings import OverdueSettings, Settings
from tests.ledgers import drafted


@pytest.fixture
def started(any_home: Settings, any_ledger, clock):
    """Starts the service's part that writes the word: an installation made anew, as after a restart."""
    from dictation.compose import Installation

    def start(**overdue) -> Installation:
        return Installation(any_home.model_copy(update={"overdue": OverdueSettings(**overdue)}), clock)

    return start


def lines(ledger) -> list[tuple[str, str]]:
    told = [entry for entry in ledger.journal("") if entry.action == "digest-written"]
    return [(entry.actor, str(entry.details["day"])) for entry in told]


@pytest.mark.parametrize(("hour", "utc"), [(0, (2, 23)), (7, (3, 6))])
def test_through_two_midnights_and_a_restart_each_hour_each_day_has_one_word(
    started, any_ledger, any_home, clock, hour, utc
):
    """From 2 November, 23:30 in Paris, to the 4th, 23:30. The 2nd has its word at once: its hour has passed."""
    drafted(any_ledger, name="INTROUVABLE")
    clock.now = datetime(2026, 11, 2, 22, 30, tzinfo=UTC)
    written = {}
    for minute in range(0, 48 * 60, 5):
        if minute % 60 == 0:
            service = started(digest_hour=hour)
        if path := service.say_what_is_late():
            written[path.name] = clock()
        clock.forward(5 * 60)
    first = datetime(2026, 11, *utc, tzinfo=UTC)
    assert written == {
        "retards-2026-11-02.txt": datetime(2026, 11, 2, 22, 30, tzinfo=UTC),
        "retards-2026-11-03.txt": first,
        "retards-2026-11-04.txt": first + timedelta(days=1),
    }
    folder = any_home.outbox_folder / "digest"
    assert sorted(path.name for path in folder.iterdir()) == sorted(written)
    assert lines(any_ledger) == [("workflow", f"2026-11-0{day}") for day in (2, 3, 4)]
    assert any_ledger.verify() == []


def test_the_word_holds_ids_and_counts_and_nothing_of_a_patient(started, any_ledger, clock):
    one = drafted(any_ledger, name="INTROUVABLE")
    clock.now = datetime(2026, 11, 4, 6, 5, tzinfo=UTC)
    text = started().say_what_is_late().read_text(encoding="utf-8")
    assert text.startswith("Dictées, le 04/11/2026 à 7\u00a0h\u00a005.\n1 dictée en retard\u00a0:")
    assert one in text
    assert not [word for word in ("INTROUVABLE", "IPP", "1957", "Marchand", "gp.test", "10003456782") if word in text]


def test_a_service_that_was_stopped_at_its_hour_writes_when_it_starts(started, clock):
    clock.now = datetime(2026, 11, 3, 21, 0, tzinfo=UTC)
    path = started().say_what_is_late()
    assert "Rien en retard." in path.read_text(encoding="utf-8")
    assert started().say_what_is_late() is None


def test_killed_between_file_and_journal_it_writes_no_second_word(started, any_ledger, clock, monkeypatch):
    drafted(any_ledger)
    clock.now = datetime(2026, 11, 4, 6, 0, tzinfo=UTC)
    with monkeypatch.context() as crash:
        crash.setattr("dictation.digest.failpoint", lambda name: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            started().say_what_is_late()
    assert lines(any_ledger) == []
    clock.forward(3600)  # the text would be another by now
    path = started().say_what_is_late()
    assert "à 7\u00a0h\u00a000" in path.read_text(encoding="utf-8")
    assert lines(any_ledger) == [("workflow", "2026-11-04")]


def test_what_was_collected_is_not_written_again(started, clock):
    clock.now = datetime(2026, 11, 4, 6, 0, tzinfo=UTC)
    path = started().say_what_is_late()
    path.unlink()
    clock.forward(60)
    assert started().say_what_is_late() is None
    assert not path.exists()


def test_two_services_on_one_database_say_it_once(any_ledger, clock):
    from dictation.store.digests import Digests

    day = clock().date()
    assert [Digests(clock).say(day, late=2), Digests(clock).say(day, late=2)] == [True, False]
    assert len(lines(any_ledger)) == 1


def test_it_can_be_turned_off_and_written_elsewhere(started, any_home, clock):
    clock.now = datetime(2026, 11, 4, 22, 0, tzinfo=UTC)
    assert started(digest_hour=-1).say_what_is_late() is None
    path = started(digest_hour=23, digest_folder="mots").say_what_is_late()
    assert path.parent == any_home.home / "mots"
