"""What letters deny far more often than they state is a point where it is stated, whatever it is."""

from __future__ import annotations

import pytest

from dictation.draft.doubts import seldom_stated
from tests.draft.test_doubts import doubts_of

COUNTS = {"ruissellement": (9, 0), "voile": (9, 2), "gravillon": (1, 0), "paillette": (5, 4)}


@pytest.fixture(autouse=True)
def counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seldom_stated, "_counts", lambda: COUNTS)


def told(text: str) -> list[str]:
    return [doubt.quote for doubt in doubts_of(text) if doubt.rule_id == "negation.seldom"]


@pytest.mark.parametrize(
    ("said", "quote"),
    [
        (
            "examen clinique deux points ventre souple virgule ruissellement dans le flanc point",
            "ruissellement dans le flanc",
        ),
        ("examen clinique deux points ruissellements diffus point", "Ruissellements diffus"),
        ("examens complémentaires deux points un voile en arrière virgule reste homogène point", "Un voile en arrière"),
        ("examens complémentaires deux points voile à droite point", "Voile à droite"),
    ],
)
def test_what_is_mostly_denied_is_a_point_where_it_is_stated(said: str, quote: str) -> None:
    assert told(said) == [quote]


@pytest.mark.parametrize(
    "said",
    [
        "examen clinique deux points pas de ruissellement dans le flanc point",
        "examen clinique deux points ruissellement recherché et absent point",
        "examen clinique deux points on voit du ruissellement dans le flanc point",  # as who saw it says
        "examen clinique deux points gravillon au fond point",  # one letter denies it: chance
        "examen clinique deux points paillette au fond point",  # denied no oftener than stated
        "histoire de la maladie deux points voile devant l'œil point",  # complaints are stated
    ],
)
def test_nothing_is_told_where_it_is_denied_or_its_count_says_little(said: str) -> None:
    assert told(said) == []


def test_of_which_more_is_told_must_be_denied_oftener_still(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "examens complémentaires deux points voile de quarante millimètres point"
    assert told(said) == ["Voile de 40\u00a0mm"]
    monkeypatch.setattr(seldom_stated, "_counts", lambda: {"voile": (7, 2)})
    assert told(said) == []
    assert told("examens complémentaires deux points voile diffus point") == ["Voile diffus"]
