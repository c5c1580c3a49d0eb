"""French printed matter, rule by rule. ~ stands for a no-break space, _ for a narrow one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.domain.people import Addressee, Author, Ins
from dictation.letter import typography as french


def shown(text: str) -> str:
    return text.replace(french.NO_BREAK, "~").replace(french.NARROW, "_")


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Motif : douleur", "Motif~: douleur"),
        ("Motif: douleur", "Motif~: douleur"),
        ("à 10:30", "à 10:30"),
        ("dilué à 1:1000", "dilué à 1:1000"),
        ("Vraiment ? Oui !", "Vraiment_? Oui_!"),
        ("Vraiment? Oui!", "Vraiment_? Oui_!"),
        ("un ; deux", "un_; deux"),
        ("dit « bien » hier", "dit «~bien~» hier"),
        ("dit «bien» hier", "dit «~bien~» hier"),
        ("amlodipine 5 mg le matin", "amlodipine 5~mg le matin"),
        ("2,4 ng/ml et 45 mg/l", "2,4~ng/ml et 45~mg/l"),
        ("80 µmol/l à 55 %", "80~µmol/l à 55~%"),
        ("37,5 °C", "37,5~°C"),
        ("4 000 unités", "4~000~unités"),
        ("1 250 000 UI", "1~250~000~UI"),
        ("le 3 novembre 2026", "le 3~novembre~2026"),
        ("le 1er décembre 2026", "le 1er~décembre~2026"),
        ("à 14 h 30", "à 14~h~30"),
        ("15 × 10 cm", "15~×~10~cm"),
        ("Dr Petit et M. Durand", "Dr~Petit et M.~Durand"),
        ("madame petite", "madame petite"),
        ("3 gestes", "3 gestes"),
        ("en 2 ou 3 fois", "en 2 ou 3~fois"),
        ("l'œdème d'Anne", "l’œdème d’Anne"),
        ("angle de 5' et 'mot'", "angle de 5' et 'mot'"),
        ("déjà_là : non", "déjà_là~: non"),
    ],
)
def test_spaces_that_must_not_break(written, printed):
    assert shown(french.french_print(written)) == printed


@given(st.text(alphabet="aéZ0123456789 .,:;!?«»%°'’/\u00a0\u202fmgh\n", max_size=60))
def test_only_white_space_and_apostrophes_ever_change_and_once_is_enough(text):
    printed = french.french_print(text)
    assert "".join(printed.replace("’", "'").split()) == "".join(text.replace("’", "'").split())
    assert french.french_print(printed) == printed
    assert printed.count("\n") == text.count("\n")


def test_dates_and_stays():
    assert shown(french.french_date(date(1954, 3, 1))) == "1er~mars~1954"
    assert shown(french.french_date(date(2026, 11, 7))) == "7~novembre~2026"
    first, last = date(2026, 11, 5), date(2026, 11, 7)
    assert shown(french.period(first, last)) == "du 5 au 7~novembre~2026"
    assert shown(french.period(date(2026, 10, 30), last)) == "du 30~octobre au 7~novembre~2026"
    assert shown(french.period(date(2025, 12, 30), last)) == "du 30~décembre~2025 au 7~novembre~2026"
    assert shown(french.period(last, last)) == "le 7~novembre~2026"
    assert shown(french.period(first, None)) == "à partir du 5~novembre~2026"
    assert shown(french.period(None, last)) == "jusqu’au 7~novembre~2026"
    assert french.period(None, None) == ""


def test_the_ins_in_its_groups_with_its_nature():
    ins = Ins("279035121518989", "1.2.250.1.213.1.4.10")
    assert shown(french.ins_number(ins)) == "2~79~03~51~215~189~89~(NIR~de~test)"


@pytest.mark.parametrize(
    ("title", "opens"),
    [
        ("Docteur", "Cher confrère,"),
        ("", "Cher confrère,"),
        ("Professeur", "Cher confrère,"),
        ("Docteure", "Chère consœur,"),
        ("Professeure", "Chère consœur,"),
        ("Madame le Docteur", "Chère consœur,"),
        ("Mme le Dr", "Chère consœur,"),
        ("Madame", "Madame,"),
        ("Monsieur", "Monsieur,"),
    ],
)
def test_the_title_decides_the_greeting(title, opens):
    assert french.greeting(Addressee("Petit", title=title)) == opens


def test_without_addressee_the_greeting_is_the_neutral_one():
    assert french.greeting(None) == "Cher confrère,"


@pytest.mark.parametrize(
    ("opening", "greeting", "rest"),
    [
        ("Chère consœur,\nJ’ai vu…", "Chère consœur,", "J’ai vu…"),
        ("Cher ami, merci de…", "Cher ami,", "merci de…"),
        ("Mon cher Paul, merci", "Mon cher Paul,", "merci"),
        ("Madame, Monsieur,\nVotre patient", "Madame, Monsieur,", "Votre patient"),
        ("Docteur,\nVotre patient", "Docteur,", "Votre patient"),
        ("Monsieur Robert, né le 21 septembre", "", "Monsieur Robert, né le 21 septembre"),
        ("J’ai vu ce jour,\nà ma consultation", "", "J’ai vu ce jour,\nà ma consultation"),
        ("", "", ""),
    ],
)
def test_a_dictated_greeting_is_set_apart_and_no_word_is_lost(opening, greeting, rest):
    found = french.split_greeting(opening)
    assert found == (greeting, rest)
    assert " ".join(found).split() == opening.split()


def test_medicines_stand_one_a_line():
    dictated = (
        "Paracétamol 1 g 3 fois/jour pendant 5 jours. Énoxaparine 0,4 mL. Metformine 1 cp. Le matin, avec l’accord du "
        "Dr. Petit et de J. Roux. Arrêt de l’aspirine. et rien d’autre 2.5 mg"
    )
    assert french.one_a_line(dictated).splitlines() == [
        "Paracétamol 1 g 3 fois/jour pendant 5 jours.",
        "Énoxaparine 0,4 mL.",
        "Metformine 1 cp. Le matin, avec l’accord du Dr. Petit et de J. Roux.",
        "Arrêt de l’aspirine. et rien d’autre 2.5 mg",
    ]


def test_names_addresses_and_numbers():
    assert french.full_name("de l’Étoile", "Zoé") == "DE L’ÉTOILE Zoé"
    assert shown(french.doctor(Author("1", "Martin", "Claire"))) == "Docteur~Claire MARTIN"
    assert shown(french.with_article("Docteure Claire MARTIN")) == "la~Docteure Claire MARTIN"
    assert french.with_article("Claire MARTIN") == "Claire MARTIN"
    assert shown(french.telephone("04.72.00.00.00")) == "04~72~00~00~00"
    assert french.telephone("+33 4 72 00 00 00") == "+33 4 72 00 00 00"
    assert french.town(("12, rue X", "69437 Lyon Cedex 03")) == "Lyon"
    assert french.town(("12, rue X",)) == ""
    assert french.address_lines(Addressee("Petit", "Sylvie", address=("1, rue X",))) == (
        "Docteur Sylvie PETIT",
        "1, rue X",
    )
    assert french.address_lines(Addressee("Préau", address=("Cabinet du Dr PREAU", "1, rue X"))) == (
        "Cabinet du Dr PREAU",
        "1, rue X",
    )
