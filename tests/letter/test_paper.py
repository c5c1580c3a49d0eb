"""Where things stand: the envelope's window, the foot of each page, the mark of a proof."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from dictation.domain.documents import LetterType
from dictation.domain.people import Addressee
from dictation.letter import text_of
from dictation.letter.sample import AUTHOR, DAY, SIDECAR
from tests.letter.paper import flat, one_section, runs

# Envelopes with a window at the right: 100 mm wide, 20 mm from the right edge, its lower edge 20 mm from the bottom of
# a DL (220 x 110 mm); 45 or 35 mm high. The sheet folded in three (210 x 99 mm) slides by 10 mm and by 11 mm in it.
# What every position shows, and what any position may show, in millimetres of the sheet (left, top, right, bottom):
ALWAYS_SEEN = (100.0, 55.0, 190.0, 79.0)
MAY_BE_SEEN = (90.0, 34.0, 200.0, 90.0)
LONG_ADDRESS = Addressee(
    "Lefebvre-Delacroix",
    "Marie-Antoinette",
    title="Madame le Docteur",
    address=(
        "Maison de santé du Haut-Escaut",
        "Résidence les Tilleuls, entrée B",
        "1245, route de Saint-Quentin",
        "Lieu-dit le Moulin",
        "59400 Cambrai",
    ),
)


def _inside(run, box):
    left, top, right, bottom = box
    return run.left >= left and run.right <= right and run.top >= top and run.bottom <= bottom


def _touches(run, box):
    left, top, right, bottom = box
    return run.left < right and run.right > left and run.top < bottom and run.bottom > top


@pytest.mark.parametrize("letter_type", list(LetterType))
def test_the_address_shows_in_the_window_and_nothing_else_does(letters, letter_type):
    address = ["Docteur Antoine MERCIER", "Cabinet médical des Acacias", "3 bis, rue des Acacias", "69100 Villeurbanne"]
    page = runs(letters[letter_type].pdf)
    assert [flat(run.text) for run in page if _inside(run, ALWAYS_SEEN)] == address
    assert [flat(run.text) for run in page if _touches(run, MAY_BE_SEEN)] == address


def test_a_long_address_shows_whole(print_draft):
    letter = print_draft(one_section("Rien."), sidecar=dataclasses.replace(SIDECAR, addressee=LONG_ADDRESS))
    shown = [flat(run.text) for run in runs(letter.pdf) if _touches(run, MAY_BE_SEEN)]
    whole = [flat(run.text) for run in runs(letter.pdf) if _inside(run, ALWAYS_SEEN)]
    assert shown == whole
    assert whole[-1] == "59400 Cambrai"
    assert whole[0].startswith("Madame le Docteur Marie-Antoinette")


def test_a_letter_without_addressee_leaves_the_window_empty(print_draft):
    letter = print_draft(one_section("Rien."), sidecar=dataclasses.replace(SIDECAR, addressee=None))
    assert [run.text for run in runs(letter.pdf) if _touches(run, MAY_BE_SEEN)] == []


def test_every_page_names_the_patient_the_letter_and_its_number(long_letter):
    pages = text_of(long_letter.pdf)
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        foot = flat(page)
        assert "PAT-TROIS Dominique, née le 28 mars 1979 · IPP 00482913" in foot
        assert "Lettre de liaison à la sortie n° 2026-000142" in foot
        assert f"page {number}/3" in foot


def test_nothing_is_printed_outside_the_margins(long_letter, letters):
    for pdf in (long_letter.pdf, *(letter.pdf for letter in letters.values())):
        for page in range(len(text_of(pdf))):
            for run in runs(pdf, page):
                assert run.left > 15 and run.right < 195 and run.top > 9 and run.bottom < 290, run


def test_the_signature_never_stands_alone_on_a_page(print_draft, long_draft):
    # Around the length where the letter runs over: with each line more, the last page holds text above the signature.
    opening, *others = long_draft.sections
    for lines in range(30, 42, 3):
        first = dataclasses.replace(opening, text="\n".join(["Une ligne de texte."] * lines))
        short = [dataclasses.replace(section, text="Rien à signaler.") for section in others]
        letter = print_draft(dataclasses.replace(long_draft, sections=(first, *short[:3], others[-1])))
        last = text_of(letter.pdf)[-1]
        assert letter.pages == 1 or "Rien à signaler." in last or "Une ligne de texte." in last, lines


def test_a_heading_stands_beside_its_text_on_the_same_page(long_letter, long_draft):
    titles = {flat(section.title) for section in long_draft.sections if section.title}
    found = set()
    for page in range(long_letter.pages):
        everything = runs(long_letter.pdf, page)
        for heading in (run for run in everything if flat(run.text) in titles and run.left < 30):
            found.add(flat(heading.text))
            assert any(run.left > 60 and abs(run.top - heading.top) < 2 for run in everything), heading
    assert found == titles


def test_a_heading_of_two_lines_does_not_touch_the_next(letters):
    page = runs(letters[LetterType.CONSULTATION].pdf)
    second_line = next(run for run in page if run.text == "complémentaires")
    following = next(run for run in page if run.text == "Conclusion")
    assert following.top - second_line.bottom > 1


def test_a_proof_is_marked_on_every_page_and_a_letter_on_none(proof, long_letter):
    for page in text_of(proof.pdf):
        assert "Projet non signé" in page
        assert "PROJET NON SIGNÉ" in page
    for page in text_of(long_letter.pdf):
        assert "projet" not in page.casefold()
    assert "signée électroniquement" not in flat(" ".join(text_of(proof.pdf)))


def test_only_the_named_signatory_may_sign_and_only_that_day(long_letter, proof):
    assert long_letter.may_be_signed(AUTHOR.rpps, DAY)
    assert not long_letter.may_be_signed(AUTHOR.rpps, DAY + timedelta(days=1))
    assert not long_letter.may_be_signed("10101010102", DAY)
    assert not proof.may_be_signed(AUTHOR.rpps, DAY)
    assert not proof.may_be_signed("", DAY)


def test_the_place_and_date_open_the_letter(letters):
    assert "Lyon, le 7 novembre 2026" in [flat(run.text) for run in runs(letters[LetterType.DISCHARGE].pdf)]
