"""Whatever is said, nothing breaks; what was written stays written; every character has its words."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from dictation.structure import normalise, write
from tests.structure.test_numerals import said

WORDS = str.split(
    "zéro un une deux trois quatre cinq six sept huit neuf dix onze seize vingt trente soixante quatre-vingts "
    "cent cents mille million virgule point demi demie quart et à sur par de le la l' plus moins premier "
    "deuxième vingtième pour milligrammes mg gramme kilos litres minute jour fois semaines ans heures mètre "
    "degrés cent unités comprimé gouttes tension température gleason pi rads stade type t n m p l s c j a v "
    "tension artérielle ipp numéro mars janvier né droit gauche droite correction pardon non efface dernière "
    "phrase mot ligne parenthèse ouvrez fermez guillemets tiret accent aigu comme monsieur madame docteur "
    "martin paul bisoprolol kardégic fièvre pas 12 8 20 4,5 13/8 2026 38.5 1.000 06 , . : ; ( ) « » J15 L4-L5 "
    "mg/kg % × + / euh heu non hum slash barre reprends annule tout deux points n' est besoin tel que petit grand "
    "www fr ds comme zoé en majuscules tréma parenthèse centimètre ao avf st référence d' L5-S1 "
)

phrases = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)


@given(phrases)
@settings(deadline=None, max_examples=300)
def test_every_character_has_its_words(phrase: str) -> None:
    written = write(phrase)
    for i, char in enumerate(written.text):
        behind = sum(piece.start <= i < piece.end for piece in written.pieces)
        assert behind == 1 or (behind == 0 and char.isspace()), (i, char)
    assert all(0 <= p.first <= p.last < len(written.words) for p in written.pieces)
    assert [p.start for p in written.pieces] == sorted(p.start for p in written.pieces)


def said_figures(n: int) -> str:
    names = str.split("zéro un deux trois quatre cinq six sept huit neuf")
    return " ".join(names[int(digit)] for digit in str(n))


@given(st.integers(10, 99_999_999))
@settings(deadline=None, max_examples=60)
def test_a_hospital_number_said_figure_by_figure_keeps_all_of_them(number: int) -> None:
    assert normalise(f"ipp {said_figures(number)}") == f"IPP {number}"


numbers = st.one_of(st.integers(2, 999), st.sampled_from([1500, 12_000, 250_000]))
units = st.sampled_from(
    str.split(
        "milligrammes|microgrammes|grammes|millilitres|centimètres|millimètres|kilos|"
        "pour cent|millimoles par litre|nanogrammes par millilitre|milligrammes par kilo|"
        "unités internationales|battements par minute",
        "|",
    )
)
rhythms = st.sampled_from(
    ["", "deux fois par jour", "toutes les six heures", "matin et soir", "par jour", "pendant dix jours", "si besoin"]
)
heads = st.sampled_from(["", "paracétamol", "une lésion de", "prescription de", "à", "entre autres"])


@given(heads, numbers, st.booleans(), units, rhythms)
@settings(deadline=None, max_examples=150)
def test_what_was_written_stays_written(head: str, number: int, decimal: bool, unit: str, rhythm: str) -> None:
    tail = " virgule cinq" if decimal else ""
    once = normalise(f"{head} {said(number)}{tail} {unit} {rhythm}".strip())
    assert normalise(once) == once
    plain = once.replace("\u00a0", " ").replace("\u202f", " ")
    assert normalise(plain) == once


@given(st.integers(0, 23), st.integers(0, 59))
@settings(deadline=None, max_examples=60)
def test_an_hour_keeps_its_minutes(hour: int, minutes: int) -> None:
    minutes_said = said(minutes) if minutes > 9 else f"zéro {said(minutes)}"
    spoken = f"à {said(hour)} {'heure' if hour < 2 else 'heures'} {minutes_said}"
    assert re.findall(r"\d+", normalise(spoken)) == [str(hour), f"{minutes:02d}"]


@given(st.integers(1, 31), st.integers(1, 12), st.integers(1900, 2060))
@settings(deadline=None, max_examples=100)
def test_a_date_said_in_figures_keeps_its_day_month_and_year(day: int, month: int, year: int) -> None:
    month_said = f"zéro {said(month)}" if month < 10 else said(month)
    assert normalise(f"né le {said(day)} {month_said} {said(year)}") == f"né le {day:02d}/{month:02d}/{year}"


@given(st.integers(60, 250), st.integers(30, 140))
@settings(deadline=None, max_examples=60)
def test_a_blood_pressure_keeps_both_figures(high: int, low: int) -> None:
    if low < high:
        assert normalise(f"tension {said(high)} sur {said(low)}") == f"tension {high}/{low}"


@given(
    numbers,
    st.sampled_from(["euh", "heu", "hum", "euh,", "euh hum"]),
    numbers,
    st.sampled_from(["comprimés", "", "mg"]),
)
@settings(deadline=None, max_examples=100)
def test_two_numbers_never_meet_over_a_hesitation(first: int, sound: str, second: int, noun: str) -> None:
    written = write(f"prescription de {said(first)} {sound} {said(second)} {noun}".strip())
    plain = written.text.replace("\u202f", "")
    assert re.search(r"eu|um", plain.partition("prescription de ")[2])
    assert "number.neighbours" in [warning.rule_id for warning in written.warnings]


@given(st.integers(2, 20), st.integers(2, 20), st.sampled_from(["non", "enfin non", "pardon"]))
@settings(deadline=None, max_examples=60)
def test_an_amount_taken_back_leaves_the_other_alone(first: int, second: int, cue: str) -> None:
    written = write(f"bisoprolol {said(first)} milligrammes {cue} {said(second)} microgrammes le matin")
    assert written.text == f"bisoprolol {second}\u00a0µg le matin"
    assert [warning.rule_id for warning in written.warnings] == ["edit.corrected"]


measured = st.sampled_from(
    ["paracétamol", "une lésion de", "hémoglobine à", "bisoprolol", "augmentation de", "débit de", "c r p", "i n r à"]
)


@given(measured, st.integers(0, 400), st.integers(1, 99), units)
@settings(deadline=None, max_examples=150)
def test_a_decimal_measure_keeps_its_comma(name: str, whole: int, decimals: int, unit: str) -> None:
    written = normalise(f"{name} {said(whole)} virgule {said(decimals)} {unit}")
    assert f" {whole},{decimals}" in written


@given(st.sampled_from(["asa", "grade", "stade", "clavien", "nyha", "type"]), st.integers(1, 4), st.integers(2, 60))
@settings(deadline=None, max_examples=80)
def test_a_class_takes_no_decimals(name: str, grade: int, count: int) -> None:
    written = normalise(f"{name} {said(grade)} virgule {said(count)} ganglions")
    assert written.casefold() == f"{name} {grade}, {count} ganglions"
