"""Every whole number said in French is read back, however the recogniser joins its words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_to_num import text2num

from dictation.structure import normalise
from dictation.structure.numerals import read_numbers
from dictation.structure.tokens import Kind, Sheet, read

_UNITS = str.split("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize")
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}


def said(n: int) -> str:
    """A whole number below a million in words, hyphenated as in school."""
    if n < 17:
        return _UNITS[n]
    if n < 20:
        return f"dix-{_UNITS[n - 10]}"
    if n < 70:
        tens, unit = divmod(n, 10)
        return _TENS[tens] + ("" if not unit else " et un" if unit == 1 else f"-{_UNITS[unit]}")
    if n < 80:
        return "soixante et onze" if n == 71 else f"soixante-{said(n - 60)}"
    if n < 100:
        return "quatre-vingts" if n == 80 else f"quatre-vingt-{said(n - 80)}"
    if n < 1000:
        hundreds, rest = divmod(n, 100)
        head = "cent" if hundreds == 1 else f"{said(hundreds)} cent" + ("s" if not rest else "")
        return f"{head} {said(rest)}" if rest else head
    thousands, rest = divmod(n, 1000)
    many = said(thousands).removesuffix("s") if thousands % 100 in (0, 80) else said(thousands)
    head = "mille" if thousands == 1 else f"{many} mille"
    return f"{head} {said(rest)}" if rest else head


def heard(text: str) -> list[str]:
    sheet = Sheet(read(text.split()))
    read_numbers(sheet)
    return [token.number for token in sheet.tokens if token.kind is Kind.NUMBER]


@given(st.integers(0, 999_999))
@settings(deadline=None, max_examples=400)
def test_a_number_said_is_the_number_read(n: int) -> None:
    assert heard(said(n)) == [str(n)]


@given(st.integers(0, 999_999))
@settings(deadline=None, max_examples=200)
def test_our_reading_agrees_with_text2num(n: int) -> None:
    assert heard(said(n)) == [str(text2num(said(n), "fr"))]


@given(st.integers(2, 999_999))
@settings(deadline=None, max_examples=200)
def test_hyphens_are_not_needed(n: int) -> None:
    assert heard(said(n).replace("-", " ")) == [str(n)]


@given(st.integers(2, 999_999))
@settings(deadline=None, max_examples=200)
def test_a_dose_keeps_its_figures(n: int) -> None:
    assert re.sub(r"\D", "", normalise(f"{said(n)} milligrammes")) == str(n)


@given(st.integers(0, 99), st.integers(1, 99))
@settings(deadline=None, max_examples=150)
def test_a_decimal_keeps_its_figures(whole: int, tenths: int) -> None:
    assert normalise(f"{said(whole)} virgule {said(tenths)} milligrammes") == f"{whole},{tenths}\u00a0mg"


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("treize huit", ["13", "8"]),
        ("quatre-vingts un sachet", ["80", "1"]),
        ("soixante-quinze un comprimé", ["75", "1"]),
        ("septante-deux", ["72"]),
        ("nonante et un", ["91"]),
        ("dix-neuf cent cinquante-deux", ["1952"]),
        ("zéro virgule zéro cinq", ["0,05"]),
        ("4 000", ["4000"]),
        ("8.4", ["8,4"]),
    ],
)
def test_neighbouring_numbers_are_told_apart(words: str, numbers: list[str]) -> None:
    assert heard(words) == numbers


@given(st.integers(1, 31), st.sampled_from(["janvier", "mars", "août", "décembre"]), st.integers(1900, 2099))
@settings(deadline=None, max_examples=150)
def test_a_date_keeps_its_day_and_year(day: int, month: str, year: int) -> None:
    spoken = f"le {'premier' if day == 1 else said(day)} {month} {said(year)}"
    assert normalise(spoken) == f"le {'1er' if day == 1 else day}\u00a0{month}\u00a0{year}"
