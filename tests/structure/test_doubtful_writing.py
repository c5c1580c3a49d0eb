"""A guess is a warning: what the rules chose, or could not choose, is told to a person; and nothing else is."""

from __future__ import annotations

import io
import json
import sys

import pytest

from dictation.cli import main
from dictation.structure import write
from dictation.structure.tokens import render
from dictation.structure.written import write_words


@pytest.mark.parametrize(
    ("spoken", "rule_id", "about"),
    [
        ("genou gauche correction genou droit", "edit.corrected", "genou gauche"),
        ("douleur droite non gauche", "edit.corrected", "droite"),
        ("dix milligrammes pardon vingt milligrammes", "edit.corrected", "dix milligrammes"),
        ("pas de fièvre point efface la dernière phrase", "edit.erased", "pas de fièvre."),
        ("il va bien correction saturation normale", "edit.unclear", None),
        ("pas de lithiase rénale correction lithiase urétérale", "edit.unclear", None),
        ("monsieur durand b comme denis u r a n d", "name.spelling", None),
        ("le trois mars vingt-six", "date.year", None),
        ("né le douze zéro trois cinquante-deux", "date.year", None),
        ("vingt trente pour cent", "number.neighbours", None),
        ("digoxine zéro vingt-cinq", "number.comma", None),
        ("1.000 mg", "number.dot", "1.000"),
        ("tension à quatorze virgule huit", "pressure.decimal", None),
        ("hémoglobine à douze trois", "number.comma", "douze trois"),
        ("pouls à soixante-douze virgule deux extrasystoles", "number.list", None),
        ("lasilix quarante deux le matin", "number.neighbours", "quarante deux"),
        ("lasilix quarante deux fois par jour", "number.neighbours", "40 2"),
        ("Lasilix 42 fois par jour", "number.neighbours", "42 fois"),
        ("lasilix quarante-deux fois par jour", "number.neighbours", "42 fois"),
        ("hémoglobine à douze point trois", "number.point", "douze point trois"),
        ("lésion de deux point cinq centimètres", "number.point", "deux point cinq"),
        ("pouls à soixante-douze point quarante-deux", "number.point", None),
        ("plaque de deux point zéro", "number.point", "deux point zéro"),
        ("bisoprolol deux cinq le matin", "number.comma", "deux cinq"),
        ("novorapid huit dix-huit unités le soir", "number.neighbours", "8 18"),
        ("vis quatre cinq par quarante", "number.comma", "quatre cinq"),
        ("tête courte moins trois six", "number.neighbours", "trois six"),
        ("crp à cent vingt virgule deux hémocultures", "number.list", None),
        ("lovenox zéro six une injection par jour", "number.comma", "zéro six"),
        ("scanner du quatorze neuf vingt-cinq", "date.year", None),
        ("lésion de douze centimètres non millimètres", "edit.corrected", "centimètres"),
        ("gleason huit trois plus quatre", "class.gleason", None),
        ("âgé de vingt-neux ans", "number.misheard", "vingt-neux"),
        ("ving-neuf milligrammes", "number.misheard", "ving-neuf"),
        ("poids de quatre vingt dis kilos", "number.misheard", "dis"),
        ("trante milligrammes le soir", "number.misheard", "trante"),
        ("un mètre soixente-dix", "number.misheard", "soixente-dix"),
        ("opéré le doze mars deux mille vingt", "number.misheard", "doze"),
        ("opéré le vin mars", "number.misheard", "vin"),
        ("sang milligrammes", "number.misheard", "sang"),
        ("revoir dans siz mois", "number.misheard", "siz"),
        ("paracétamol cinq cents milligrammes non un gramme", "edit.corrected", "cinq cents milligrammes"),
        ("paracétamol 500 mg, non 1 g le soir", "edit.unclear", None),
        ("il ne prend pas cinq cents milligrammes non un gramme", "edit.unclear", None),
        ("hernie l quatre l cinq enfin non l cinq s un", "edit.corrected", "l quatre l cinq"),
        ("madame martin pardon madame bertin vient ce jour", "edit.corrected", "madame martin"),
        ("la patiente se plaint euh non annule la patiente va bien", "edit.corrected", "la patiente se plaint"),
        ("elle va mieux euh non annule fracture consolidée", "edit.unclear", None),
        ("pas de fièvre point reprends toux sèche point", "edit.unclear", None),
        ("tout va bien point efface tout le patient va mal", "edit.erased", "tout va bien."),
        ("tout va bien point efface tout ce qui précède le patient va mal", "edit.unclear", None),
        ("douleur droite euh non à gauche", "edit.unclear", None),
        ("il a quarante et un ans non quarante-deux", "edit.unclear", None),
        ("vingt euh deux comprimés", "number.neighbours", "vingt euh deux"),
        ("deux virgule euh cinq milligrammes", "number.neighbours", "deux, euh cinq"),
        ("soixante euh et onze ans", "number.neighbours", None),
        ("six kilos euh deux en mars", "number.neighbours", None),
        ("suture par deux points à la ligne pas de drain", "command.unclear", None),
        ("fermé avec deux points à la ligne pas de drain", "command.unclear", None),
        ("un fracture à la ligne deux entorse", "command.unclear", "deux entorse"),
        ("monsieur durand avec un t", "name.spelling", "durand avec un t"),
        ("monsieur durand d t à la fin", "name.spelling", None),
        ("madame muller m u l l e r avec tréma", "name.spelling", None),
        ("madame beranger b e r a n g e r accent aigu sur le e", "name.spelling", None),
        ("madame deneuve avec un accent aigu sur le premier e", "name.spelling", None),
        ("docteur perin deux r", "name.spelling", "perin deux r"),
        ("docteur roze r o s e e comme eugène", "name.spelling", None),
    ],
)
def test_a_guess_is_told(spoken: str, rule_id: str, about: str | None) -> None:
    warnings = write(spoken).warnings
    assert [w.rule_id for w in warnings] == [rule_id]
    assert about is None or warnings[0].text == about


@pytest.mark.parametrize(
    "spoken",
    [
        "lasilix quarante-cinq deux fois par jour",
        "lasilix quarante milligrammes deux fois par jour",
        "kardégic soixante-quinze un sachet par jour",
        "tension treize huit température trente-huit cinq",
        "la main droite non la gauche",
        "correction de l'hypokaliémie",
        "gleason sept trois plus quatre",
        "le 12/03/2026 à 14 h 30",
        "les deux yeux trois fois par jour",
        "elle a mal la nuit depuis deux mois",
        "cette semaine et cet été",
        "vingt-neuvième jour et trente-deuxième semaine",
        "quinte de toux, douce, une once d'espoir et mille mercis",
        "sans mise en évidence de fuite",
        "monsieur lefèvre l e f e accent grave v r e",
        "euh le scanner montre heu une lésion",
        "dix milligrammes euh deux fois par jour",
        "sortie avec deux points à la ligne tiret aspirine",
        "fermé avec deux points point à la ligne pas de drain",
        "un hta à la ligne deux diabète à la ligne trois asthme",
        "un kyste à gauche à la ligne deux lésions à droite",
        "monsieur durant avec un t",
        "patient opéré avec un t de kehr",
        "professeur hernandez h e r n a n d e z z comme zoé",
        "madame peeters p deux e t e r s",
        "le patient annule son rendez-vous",
        "annule et remplace le courrier du douze mars",
        "ibuprofène 400 un comprimé par jour",
        "score ASA deux point trois allergies connues",
        "reste apyrétique à j deux point trente-huit ce matin",
        "version deux point zéro du protocole",
        "novomix trente douze unités le matin",
        "Lasilix 2 fois par jour",
        "quintes 20 fois par jour",
        "il a dix ans, non fumeur, deux frères",
        "né en mille neuf cent soixante point deux enfants",
        "le patient a deux enfants point quatre petits-enfants",
    ],
)
def test_what_is_clear_raises_no_warning(spoken: str) -> None:
    assert write(spoken).warnings == ()


def test_a_side_taken_back_is_not_the_one_that_stays() -> None:
    assert write("opéré à droite euh non à gauche").text == "opéré à gauche"


def test_a_word_said_between_two_silences_is_the_command() -> None:
    words = ["il", "faut", "faire", "le", "point", "demain"]
    alone = (0.0, 0.0, 0.0, 0.0, 0.5, 0.6)
    assert render(write_words(words, pauses=alone).tokens)[0] == "Il faut faire le. Demain"
    assert render(write_words(words, pauses=(0.0,) * 6).tokens)[0] == "Il faut faire le point demain"


def test_json_gives_text_words_alignment_commands_and_warnings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("vingt mg point\ngenou gauche correction genou droit\n"))
    assert main(["normalise", "--json"]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {
        "text": "20\u00a0mg.",
        "words": ["vingt", "mg", "point"],
        "alignment": [
            {"start": 0, "end": 5, "first_word": 0, "last_word": 1},
            {"start": 5, "end": 6, "first_word": 2, "last_word": 2},
        ],
        "commands": [{"first_word": 2, "last_word": 2}],
        "warnings": [],
    }
    assert second["warnings"] == [
        {"rule_id": "edit.corrected", "text": "genou gauche", "first_word": 0, "last_word": 4}
    ]


def test_a_line_break_is_written_as_two_characters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("pas de fièvre point à la ligne examen normal point\n"))
    assert main(["normalise"]) == 0
    assert capsys.readouterr().out == "Pas de fièvre.\\nExamen normal.\n"
