"""An import writes what changed, all of it at once or nothing, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json

import pytest

from dictation.errors import TryAgainLater
from dictation.send.directory import open_extraction
from tests.send.extractions import MSSANTE_HEADER, mailbox_line, many, write

DAYS = [f"Extraction_Correspondance_MSSante_202611{day}0300.txt" for day in (24, 25, 26)]


@pytest.fixture
def directory(any_home, clock):
    from dictation.store.directory import Directory

    return Directory(clock)


@pytest.fixture
def take(directory, tmp_path):
    def take(day, lines, header=MSSANTE_HEADER):
        with open_extraction(write(tmp_path / DAYS[day], header, lines)) as extraction:
            return directory.take(extraction, actor="test")

    return take


def rows():
    """(id, mailbox, street) of every line kept, whether in use or not."""
    from dictation.store.tables import DirectoryRow

    return {(row.pk, row.mailbox, json.loads(row.shown)[6]) for row in DirectoryRow.objects.all()}


def gone():
    from dictation.store.tables import GoneMailboxRow

    return set(GoneMailboxRow.objects.values_list("mailbox", flat=True))


def counts(state):
    return state.added, state.changed, state.removed


def moved(lines):
    return [line.replace("RUE|DU TEST", "RUE|NEUVE") for line in lines]


def test_the_next_one_writes_what_changed_and_nothing_else(take, directory):
    days = list(many(100))
    take(0, days)
    before = rows()
    new = [mailbox_line(500 + number, "NOUVEAU", "ALIX", mailbox=f"n{number}@m.test") for number in range(2)]
    state = take(1, [*moved(days[:1]), *days[3:], *new])
    assert counts(state) == (2, 1, 2)
    assert directory.states() == [state]
    assert len(before & rows()) == 97  # the very same rows
    assert len(rows()) == 100
    assert gone() == {"dr1@medecin1.test", "dr2@medecin2.test"}
    assert counts(take(2, [*moved(days[:1]), *days[3:], *new, days[1]])) == (1, 0, 0)
    assert gone() == {"dr2@medecin2.test"}


def test_one_that_changes_nearly_everything_is_taken_as_well(take, directory):
    days = list(many(100))
    take(0, days)
    state = take(1, [*days[:10], *moved(days[10:95])])
    assert counts(state) == (0, 85, 5)
    streets = {mailbox: street for _, mailbox, street in rows()}
    assert len(rows()) == len(streets) == 95
    assert streets["dr9@medecin9.test"] == "9 RUE DU TEST"
    assert streets["dr10@medecin10.test"] == "10 RUE NEUVE"
    assert gone() == {f"dr{number}@medecin{number % 90}.test" for number in range(95, 100)}
    assert directory.states() == [state]


def test_an_entry_said_twice_keeps_the_line_it_had(take, directory):
    days = list(many(20))
    take(0, days)
    before = rows()
    assert counts(take(1, [*moved(days[:1]), *days, *days[:1]])) == (0, 0, 0)
    assert rows() == before
    assert counts(take(2, [*moved(days[:1]), *days[1:]])) == (0, 1, 0)


def test_the_same_lines_under_other_headings_are_read_anew(take, directory):
    days = list(many(20))
    take(0, days)
    swapped = MSSANTE_HEADER.replace("Nom d'exercice|Prénom d'exercice", "Prénom d'exercice|Nom d'exercice")
    assert counts(take(1, days, swapped)) == (0, 20, 0)


@pytest.mark.parametrize("touched", [3, 90])
def test_an_import_stopped_as_it_is_let_in_leaves_the_directory_as_it_was(touched, take, directory):
    days = list(many(100))
    first = take(0, days)
    after = [*moved(days[:touched]), *days[touched:99]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dictation.store.journal.append", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            take(1, after)
    assert directory.states() == [first]
    assert gone() == set()
    assert {found.entry.street for found in directory.search(surname(days[0]))} <= {
        f"{n} RUE DU TEST" for n in range(200)
    }
    assert counts(take(1, after)) == (0, touched, 1)
    assert len(rows()) == 99  # and nothing is left of the one that was stopped


def surname(line):
    return line.split("|")[9]


@pytest.mark.parametrize("chunk", [4, 5])  # ten new lines: something is left to write when the other is done, or not
def test_of_two_imports_at_once_one_gives_up(chunk, take, directory, tmp_path, monkeypatch):
    """The other took its turn while the first one wrote: nothing is mixed, nothing is left."""
    days = list(many(20))
    take(0, days)
    path = write(tmp_path / "slow_202611250300.txt", MSSANTE_HEADER, [*days, *many(30)])

    def overtaken(entries):
        yield from entries
        take(2, [*days, *many(27)])

    monkeypatch.setattr("dictation.store.directory.CHUNK", chunk)
    with pytest.raises(TryAgainLater), open_extraction(path) as extraction:
        extraction.entries = overtaken(extraction.entries)
        directory.take(extraction, actor="test")
    assert counts(directory.states()[0]) == (7, 0, 0)
    assert len(rows()) == 27


def test_an_import_overtaken_before_its_first_line_leaves_none(take, directory, tmp_path):
    path = write(tmp_path / "slow_202611250300.txt", MSSANTE_HEADER, list(many(30)))

    def overtaken(entries):
        take(2, list(many(27)))
        yield from entries

    with pytest.raises(TryAgainLater), open_extraction(path) as extraction:
        extraction.entries = overtaken(extraction.entries)
        directory.take(extraction, actor="test")
    assert len(rows()) == 27
