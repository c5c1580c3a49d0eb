"""What is stated in words that letters mostly use of what they deny: weighed, at most two points a letter."""

from __future__ import annotations

import pytest

from dictation.domain.documents import Doubt, LetterType, Risk
from dictation.draft import write
from dictation.draft.doubts import RULES, Context, weighed
from dictation.structure import structure
from tests.draft.test_doubts import SIDECAR
from tests.structure.spoken import transcript_of

WHOLE = "examen deux points " + "je le revois dans trois mois avec une radiographie point " * 6


def _weighed(said: str, letter: str = WHOLE) -> list[Doubt]:
    """What the rule says by itself, whatever a graver one says of the same words."""
    transcript = transcript_of(letter + said)
    report = structure(transcript, SIDECAR)
    sections = write(report, SIDECAR, None, transcript).sections
    return list(weighed.check(Context(report, SIDECAR, LetterType.CONSULTATION, transcript, sections)))


@pytest.mark.parametrize(
    ("said", "quote"),
    [
        ("conclusion deux points coxarthrose droite point une fausse couche point", "une fausse couche"),
        ("antécédents deux points prothèse du genou en deux mille dix virgule séquelle point", "séquelle"),
    ],
)
def test_what_letters_mostly_deny_is_heard_again(said: str, quote: str) -> None:
    assert quote.casefold() in [doubt.quote.casefold() for doubt in _weighed(said)]


@pytest.mark.parametrize(
    "said",
    [
        "antécédents deux points prothèse du genou en deux mille dix virgule sans séquelle point",
        "examen deux points abdomen souple virgule tension cent vingt soixante-dix point",
        "conduite à tenir deux points je le revois dans trois mois avec une radiographie point",
        "allergies deux points séquelle point",
    ],
)
def test_what_is_denied_or_usually_stated_is_no_point(said: str) -> None:
    assert not _weighed(said)


def test_at_most_two_points_a_letter_the_likeliest() -> None:
    said = "antécédents deux points séquelle point une fausse couche point récidive précoce point traumatisme point"
    found = _weighed(said)
    assert len(found) == 2
    assert all(doubt.risk is Risk.MEDIUM and "\u00a0" in doubt.reason and doubt.span for doubt in found)


def test_a_fragment_is_not_weighed() -> None:
    assert not _weighed("antécédents deux points séquelle point", letter="")


def test_it_is_one_of_the_rules() -> None:
    assert RULES["weighed"] is weighed.check


def test_any_number_is_the_same_and_its_neighbours_count() -> None:
    assert weighed.features("", "Depuis 3 mois", "") == weighed.features("", "depuis 12,5 mois.", "")
    assert "left denies" in weighed.features("pas de fièvre", "frissons", "")
    assert "left denies" not in weighed.features("fièvre", "frissons", "pas de toux")
