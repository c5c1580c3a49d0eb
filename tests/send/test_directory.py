"""The directory is taken in whole or not at all, never chooses, and is asked again at the second of sending."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from dictation.domain.exchange import OutboxState
from dictation.domain.progress import State
from dictation.errors import NeedsAPerson, NotAllowed
from dictation.send.directory import open_extraction
from dictation.send.send import send
from tests.send.extractions import (
    MSSANTE_HEADER,
    PRACTITIONERS_HEADER,
    TOWNS,
    mailbox_line,
    many,
    practitioner_line,
    write,
)
from tests.send.peers import GP

PEOPLE = [
    mailbox_line(1, "MARCHAND", "LOUIS"),
    mailbox_line(2, "LEFÈVRE-D'ARCY", "ZOÉ", town=TOWNS[1]),
    mailbox_line(3, "DURAND", "CAMILLE", mailbox=GP),
    mailbox_line(4, "DURAND", "CAMILLE", town=TOWNS[2]),
    mailbox_line(5, "GAUTHIER", "PAUL"),
]


@pytest.fixture
def directory(print_room):
    from dictation.store.directory import Directory

    return Directory(print_room.clock)


@pytest.fixture
def take(directory, tmp_path):
    def take(lines, header=MSSANTE_HEADER, name="Extraction_Correspondance_MSSante_202611240300.txt", **options):
        with open_extraction(write(tmp_path / name, header, lines)) as extraction:
            return directory.take(extraction, actor="test", **options)

    return take


def names(found):
    return [f"{one.entry.last_name} {one.entry.first_name}" for one in found]


def test_an_extraction_is_dated_and_counted(take, directory):
    state = take(PEOPLE)
    assert (state.added, state.changed, state.removed, state.lines, state.unread) == (5, 0, 0, 5, 0)
    assert state.extracted_at == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # three o'clock in Paris
    assert directory.states() == [state]


def test_the_next_one_says_what_changed(take, directory):
    take(PEOPLE)
    moved = mailbox_line(1, "MARCHAND", "LOUIS", town=TOWNS[4])
    state = take([moved, *PEOPLE[2:], mailbox_line(9, "ROSSI", "INÈS")], name="x_202611250300.txt")
    assert (state.added, state.changed, state.removed) == (1, 1, 1)
    assert names(directory.search("lefevre")) == []
    assert directory.search("marchand")[0].entry.town == "51100 REIMS"


def test_the_same_extraction_again_changes_nothing(take):
    first = take(PEOPLE)
    assert take(PEOPLE) == first


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lefevre", "LEFÈVRE-D'ARCY ZOÉ"),
        ("Lefevre d’Arcy", "LEFÈVRE-D'ARCY ZOÉ"),
        ("zoe lefèvre", "LEFÈVRE-D'ARCY ZOÉ"),
        ("marchant", "MARCHAND LOUIS"),
        ("Marchands Louis", "MARCHAND LOUIS"),
        ("gautier", "GAUTHIER PAUL"),
        ("gotier", "GAUTHIER PAUL"),
        ("march", "MARCHAND LOUIS"),
        ("duran camille", "DURAND CAMILLE"),
    ],
)
def test_accents_and_spelling_are_forgiven(take, directory, typed, found):
    take(PEOPLE)
    assert found in names(directory.search(typed))


def test_homonyms_are_shown_together_and_told_apart_by_their_town(take, directory):
    take(PEOPLE)
    found = directory.search("durand camille")
    assert [one.homonyms for one in found] == [1, 1]
    assert len({one.entry.rpps for one in found}) == 2
    [lille] = directory.search("durand", town="Lille")
    assert lille.entry.postcode == "59000"
    assert names(directory.search("durand", town="623")) == ["DURAND CAMILLE"]


def test_nobody_is_invented(take, directory):
    take(PEOPLE)
    assert directory.search("nimporte") == []
    assert directory.search("") == []


def test_practitioners_without_a_mailbox_are_found_too(take, directory):
    take(PEOPLE)
    take(
        [practitioner_line(7, "VASSEUR", "ALIX")],
        PRACTITIONERS_HEADER,
        "PS_LibreAcces_Personne_activite_202611240300.txt",
    )
    [found] = directory.search("vasseur")
    assert (found.entry.mailbox, found.entry.street, found.entry.town) == ("", "7 Rue du Test", "LENS")
    assert [state.source for state in directory.states()] == ["mssante", "practitioners"]


def test_columns_are_found_by_name_whatever_their_order_and_spelling(take, directory):
    header = "PRÉNOM EXERCICE|Nom d’exercice|adresse bal|Type BAL|identification nationale pp|Nouvelle colonne"
    take(["LOUIS|MARCHAND|L.Marchand@medecin.test|PER|810000000001|?"], header)
    [found] = directory.search("marchand")
    assert (found.entry.mailbox, found.entry.rpps) == ("l.marchand@medecin.test", "10000000001")


def test_a_missing_column_stops_everything_and_is_named(take, directory):
    take(PEOPLE)
    with pytest.raises(NeedsAPerson, match="nom exercice") as refused:
        take(["x"], MSSANTE_HEADER.replace("|Nom d'exercice", ""), "x_202611250300.txt")
    assert refused.value.code == "E_DIRECTORY_FORMAT"
    assert len(directory.search("durand")) == 2


def test_a_few_broken_lines_are_counted_and_many_refuse_the_file(take, directory):
    state = take([*PEOPLE, "PER|broken", "PER|" + "|" * 29])
    assert (state.added, state.unread) == (5, 2)
    with pytest.raises(NeedsAPerson):
        take([*PEOPLE, *["broken"] * 20], name="x_202611250300.txt")
    assert directory.states() == [state]


def test_an_address_on_several_lines_is_one_mailbox_with_several_places(take, directory):
    take([PEOPLE[0], PEOPLE[0], mailbox_line(8, "MARCHAND", "LOUIS", mailbox="louis.marchand.1@medecin.test")])
    assert len(directory.search("marchand")) == 2


def test_an_older_extraction_is_refused_unless_forced(take):
    take(PEOPLE)
    with pytest.raises(NotAllowed) as refused:
        take(PEOPLE[:4], name="x_202611010300.txt")
    assert refused.value.code == "E_DIRECTORY_OLDER"
    assert take(PEOPLE[:4], name="y_202611010300.txt", force=True).removed == 1


def test_an_extraction_cut_short_changes_nothing(take, directory):
    take(list(many(200)))
    before = directory.states()
    with pytest.raises(NotAllowed) as refused:
        take(list(many(120)), name="x_202611250300.txt")
    assert refused.value.code == "E_DIRECTORY_SHRUNK"
    assert directory.states() == before
    from dictation.store.tables import DirectoryRow

    take(list(many(190)), name="y_202611250400.txt")
    assert DirectoryRow.objects.count() == 190  # nothing of the refused one is left


def test_an_import_that_dies_half_way_leaves_the_directory_as_it_was(take, directory, tmp_path):
    take(PEOPLE)
    path = write(tmp_path / "x_202611250300.txt", MSSANTE_HEADER, list(many(50)))

    class Cut(Exception):
        pass

    def cut(entries):
        for number, entry in enumerate(entries):
            if number == 20:
                raise Cut
            yield entry

    with pytest.raises(Cut), open_extraction(path) as extraction:
        extraction.entries = cut(extraction.entries)
        directory.take(extraction, actor="test")
    assert len(directory.search("durand")) == 2
    with open_extraction(path) as extraction:
        assert directory.take(extraction, actor="test", force=True).added == 50


def test_a_zip_is_read_without_unpacking_it(directory, tmp_path):
    bundle = tmp_path / "extraction.zip"
    with zipfile.ZipFile(bundle, "w") as out:
        out.writestr("Extraction_Correspondance_MSSante_202611240300.txt", "\n".join([MSSANTE_HEADER, *PEOPLE]))
    with open_extraction(bundle) as extraction:
        assert directory.take(extraction, actor="test").added == 5


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"PK\x03\x04 not a zip", MSSANTE_HEADER.encode() + b"\n"])
def test_anything_else_is_refused(directory, tmp_path, content):
    path = tmp_path / "x.txt"
    path.write_bytes(content)
    with pytest.raises(NeedsAPerson) as refused, open_extraction(path) as extraction:
        directory.take(extraction, actor="test")
    assert refused.value.code == "E_DIRECTORY_FORMAT"


# at the second of sending


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ([line for line in PEOPLE if GP not in line], "E_MAILBOX_GONE"),
        (
            [line for line in PEOPLE if GP not in line] + [mailbox_line(77, "AUTRE", "PAUL", mailbox=GP)],
            "E_MAILBOX_CHANGED",
        ),
    ],
)
def test_a_mailbox_that_went_or_changed_hands_after_the_signature_stops_the_letter(
    after, code, hospital, relay, take, monkeypatch
):
    from dataclasses import replace

    take([*PEOPLE, *many(30)])
    id = hospital.signed_letter()
    row = hospital.ledger.get(id)
    from dictation.domain import codec
    from dictation.store.tables import DictationRow

    known = replace(row.sidecar, addressee=replace(row.sidecar.addressee, rpps="10000000003"))
    DictationRow.objects.filter(pk=id).update(sidecar=codec.dumps(known))
    relay.fail("mail", "451 later")
    with pytest.raises(Exception, match="451"):
        send(id, hospital.desk)
    relay.seen.clear()
    others = [line for line in PEOPLE if GP not in line]
    take([*others, *after, *many(30)], name="x_202611250300.txt")
    with pytest.raises(NeedsAPerson) as refused:
        send(id, hospital.desk)
    assert refused.value.code == code
    assert relay.seen == []
    assert hospital.state(id) is State.RETURNED
    assert [dispatch.state for dispatch in hospital.rows(id)] == [OutboxState.READY]


def test_a_mailbox_in_no_directory_is_written_to_unless_the_settings_say_otherwise(hospital, relay, take):
    take(list(many(5)))
    known = hospital.signed_letter()
    send(known, hospital.desk)
    hospital.ledger._directory_required = True
    unknown = hospital.signed_letter()
    with pytest.raises(NeedsAPerson) as refused:
        send(unknown, hospital.desk)
    assert refused.value.code == "E_MAILBOX_UNKNOWN"
    assert len(relay.letters()) == 1


@pytest.mark.parametrize(("days", "sound"), [(1, True), (29, True), (31, False)])
def test_the_check_says_when_the_directory_has_grown_old(days, sound, print_room, take):
    from dictation.compose import Installation
    from dictation.health import checks
    from dictation.settings import Settings

    extracted = datetime.now(UTC) - timedelta(days=days)
    take(PEOPLE, name=f"x_{extracted:%Y%m%d%H%M}.txt")
    [found] = [one for one in checks(Installation(Settings(home=print_room.home))) if one.name == "annuaire"]
    assert found.ok is sound
    assert sound or "dictation directory import" in found.text
