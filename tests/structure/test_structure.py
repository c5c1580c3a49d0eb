"""From a transcript to a report: sections, findings, asides, spans, and what happens when recognition errs."""

from __future__ import annotations

import random

import pytest

from dictation.domain.codec import dumps, loads
from dictation.domain.documents import Finding, FindingKind, LetterType, Report, SectionKind
from dictation.structure import structure
from tests.structure.cases import folders
from tests.structure.spoken import PACE, transcript_of


def report_of(text: str) -> Report:
    return structure(transcript_of(text))


def kinds(report: Report) -> list[SectionKind]:
    return [section.kind for section in report.sections]


def only(report: Report, kind: FindingKind) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind is kind]


def test_titles_alone_inline_and_without_their_colon_all_open_sections() -> None:
    report = report_of(
        "antécédents point à la ligne asthme point à la ligne motif de consultation deux points toux point "
        "conclusion bronchite simple point"
    )
    assert [(s.kind, s.title, s.text) for s in report.sections] == [
        (SectionKind.HISTORY, "Antécédents", "Asthme."),
        (SectionKind.REASON, "Motif de consultation", "Toux."),
        (SectionKind.CONCLUSION, "Conclusion", "Bronchite simple."),
    ]


def test_a_title_word_inside_a_sentence_opens_nothing() -> None:
    report = report_of("conclusion de l'examen normale point antécédents et traitement inchangés point")
    assert SectionKind.CONCLUSION not in kinds(report)
    assert [section.title for section in report.sections if section.title] == []
    said = " ".join(section.text for section in report.sections)
    assert said == "Conclusion de l’examen normale. Antécédents et traitement inchangés."


@pytest.mark.parametrize("colon", ["deux points", "deux point", "deux-points", "2 points"])
def test_a_title_opens_its_section_however_its_colon_was_heard(colon: str) -> None:
    report = report_of(f"bien point à la ligne motif de consultation {colon} toux point")
    assert [(s.title, s.text) for s in report.sections[1:]] == [("Motif de consultation", "Toux.")]


def test_a_title_misheard_by_a_letter_still_opens_its_section() -> None:
    report = report_of("bien à la ligne antécédants deux points aucun à la ligne conclution deux points asthme")
    assert kinds(report) == [SectionKind.OPENING, SectionKind.HISTORY, SectionKind.CONCLUSION]


def test_a_sentence_that_ends_with_two_still_ends() -> None:
    assert report_of("diabète de type deux point il va bien point").sections[0].text == "Diabète de type 2. Il va bien."


def test_text_that_recognition_punctuated_itself_is_read_the_same() -> None:
    report = report_of(
        "Cher confrère, j'ai vu Madame Martin. Point à la ligne. Motif de consultation, deux points, toux. Point. "
        "Antécédents : asthme, virgule, diabète de type 2. Traitement de sortie : Doliprane 1 g, 3 fois par jour."
    )
    assert [(s.kind, s.text) for s in report.sections] == [
        (SectionKind.OPENING, "Cher confrère,\nJ’ai vu Madame Martin."),
        (SectionKind.REASON, "Toux."),
        (SectionKind.HISTORY, "Asthme, diabète de type 2."),
        (SectionKind.DISCHARGE_TREATMENT, "Doliprane 1\u00a0g, 3 fois par jour."),
    ]


def test_a_letter_without_titles_is_sorted_by_how_sentences_begin() -> None:
    report = report_of(
        "cher ami virgule merci de me l'adresser point dans ses antécédents on note un asthme point "
        "à l'examen l'abdomen est souple point au total examen normal point je le reverrai dans un an point "
        "bien amicalement point"
    )
    assert kinds(report) == [
        SectionKind.OPENING,
        SectionKind.HISTORY,
        SectionKind.EXAMINATION,
        SectionKind.CONCLUSION,
        SectionKind.PLAN,
        SectionKind.CLOSING,
    ]


def test_the_account_of_a_stay_keeps_its_scan() -> None:
    report = report_of("déroulement du séjour deux points sortie prévue point le scanner est normal point")
    assert kinds(report) == [SectionKind.COURSE]


def test_a_note_to_the_secretary_leaves_the_letter() -> None:
    report = report_of("tout va bien point note à la secrétaire joindre le scanner point je le revois demain point")
    assert [aside.text for aside in report.asides] == ["Note à la secrétaire joindre le scanner."]
    assert "scanner" not in " ".join(section.text for section in report.sections)
    assert "revois demain" in report.sections[-1].text


def test_a_note_that_ends_aloud_may_be_longer_than_a_sentence() -> None:
    report = report_of("note à la secrétaire un point deux point fin de note il va bien point")
    assert [section.text for section in report.sections] == ["Il va bien."]


@pytest.mark.parametrize(
    ("said", "aside"),
    [
        ("pour le secrétariat convoquer la patiente point", "Pour le secrétariat convoquer la patiente."),
        ("à l'attention de la secrétaire joindre la radio point", "À l’attention de la secrétaire joindre la radio."),
        ("à l'attention du secrétariat joindre le scanner point", "À l’attention du secrétariat joindre le scanner."),
        ("madame la secrétaire merci de joindre le scanner point", "Madame la secrétaire merci de joindre le scanner."),
        ("petite note pour mon assistante la faxer fin de la parenthèse", "Petite note pour mon assistante la faxer"),
        ("secrétariat deux points deux exemplaires point", "Secrétariat\u00a0: 2 exemplaires."),
    ],
)  # fmt: skip
def test_the_secretary_is_called_in_many_ways(said: str, aside: str) -> None:
    report = report_of(f"tout va bien point {said} je le revois demain point")
    assert [aside.text for aside in report.asides] == [aside]
    assert [s.text for section in report.sections for s in section.sentences] == [
        "Tout va bien.",
        "Je le revois demain.",
    ]


@pytest.mark.parametrize(
    "said",
    [
        "elle est secrétaire point",
        "pour la secrétaire de quarante ans le poste est adapté point",
        "notre secrétariat, joignable le matin, fixera le rendez-vous point",
        "secrétariat deux points zéro un quarante-deux trente-quatre cinquante-six soixante-dix-huit point",
        "au secrétariat on prendra rendez-vous point",
    ],
)
def test_a_secretary_who_is_not_called_stays_in_the_letter(said: str) -> None:
    assert report_of(f"tout va bien point {said}").asides == ()


def test_type_and_addressee_said_to_the_secretary_are_understood_and_not_printed() -> None:
    report = report_of("compte rendu opératoire point à la ligne courrier au docteur anne martin à la ligne bien point")
    assert report.letter_type is LetterType.OPERATION
    assert [f.value("name") for f in only(report, FindingKind.ADDRESSEE)] == ["Anne Martin"]
    assert [section.text for section in report.sections] == ["Bien."]


def test_a_greeting_stands_on_its_own_line() -> None:
    report = report_of("chère consœur virgule je vous remercie point")
    assert report.sections[0].text == "Chère consœur,\nJe vous remercie."


def test_a_drug_is_found_with_dose_unit_rhythm_and_duration() -> None:
    [drug] = only(report_of("paracétamol un gramme trois fois par jour pendant cinq jours point"), FindingKind.DRUG)
    assert dict(drug.values) == {
        "drug": "Paracétamol",
        "dose": "1",
        "unit": "g",
        "rhythm": "3 fois/jour",
        "duration": "pendant 5 jours",
    }


def test_a_misheard_drug_stays_as_heard_and_is_reported() -> None:
    report = report_of("tamsolusine zéro virgule quatre milligramme le soir point")
    [drug] = only(report, FindingKind.DRUG)
    assert drug.text.startswith("Tamsolusine")
    assert drug.value("resembles") == "tamsulosine"
    assert [warning.rule_id for warning in report.warnings] == ["drug.resembles"]


def test_identity_and_dates_are_found() -> None:
    report = report_of("monsieur philippe robert né le vingt et un mars mille neuf cent soixante vu le deux mai point")
    assert [f.text for f in only(report, FindingKind.PATIENT)] == ["Philippe Robert"]
    assert [f.value("iso") for f in only(report, FindingKind.BIRTH_DATE)] == ["1960-03-21"]
    assert [f.value("iso") for f in only(report, FindingKind.DATE)] == ["--05-02"]


def test_a_denied_allergy_is_denied() -> None:
    [allergy] = only(report_of("pas d'allergie connue point"), FindingKind.ALLERGY)
    assert allergy.negated


def test_a_correction_keeps_the_last_version_and_reports_the_first() -> None:
    report = report_of("prothèse du genou droit correction du genou gauche point")
    assert report.sections[0].text == "Prothèse du genou gauche."
    assert [(w.rule_id, w.text) for w in report.warnings] == [("edit.corrected", "du genou droit")]


def test_a_correction_that_fits_nothing_takes_nothing_away() -> None:
    report = report_of("il va bien correction saturation normale point")
    assert report.sections[0].text == "Il va bien correction saturation normale."
    assert [w.rule_id for w in report.warnings] == ["edit.unclear"]


def test_a_sentence_points_at_the_sound_of_its_own_words() -> None:
    report = report_of("pas de fièvre point examen normal point")
    first, second = report.sections[0].sentences
    assert (first.first_word, first.last_word, second.first_word, second.last_word) == (0, 3, 4, 6)
    assert first.span is not None and second.span is not None
    assert second.span.start == pytest.approx(4 * PACE)
    assert first.span.end <= second.span.start


def test_a_number_points_at_the_sound_of_its_own_words() -> None:
    [number] = only(report_of("résidu de quarante-cinq millilitres point"), FindingKind.MEASUREMENT)
    assert number.span is not None
    assert (number.span.start, number.span.end) == pytest.approx((2 * PACE, 3 * PACE + 0.35))


def test_nothing_said_gives_an_empty_report() -> None:
    assert report_of("").sections == ()


def test_a_word_of_no_length_still_has_a_place_in_the_sound() -> None:
    transcript = transcript_of("bien")
    word = transcript.words[0]
    still = type(word)(word.text, 1.0, 1.0, 0.9)
    report = structure(type(transcript)((still,), 2.0, "fr", "scripted", "none", "0" * 64))
    span = report.sections[0].sentences[0].span
    assert span is not None and span.start < span.end


def test_a_report_survives_json() -> None:
    report = report_of("compte rendu opératoire point paracétamol un gramme point")
    assert loads(Report, dumps(report)) == report


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_misheard_words_never_stop_it_nor_eat_the_rest(folder) -> None:  # type: ignore[no-untyped-def]
    chance = random.Random(folder.name)
    words = (folder / "spoken.txt").read_text(encoding="utf-8").split()
    noise = ["euh", "poin", "virgul", "lignes", "vin", "sang", "cet", "dit", "mil", "deux"]
    for _ in range(4):
        wrong = [chance.choice(noise) if chance.random() < 0.08 else word for word in words]
        report = report_of(" ".join(wrong))
        written = " ".join(
            [f"{section.title} {section.text}" for section in report.sections] + [aside.text for aside in report.asides]
        )
        long_words = [word for word in wrong if len(word) > 8 and word.isalpha() and word not in SAID_OTHERWISE]
        kept = [word for word in long_words if word.casefold() in written.casefold()]
        assert len(kept) >= 0.97 * len(long_words), set(long_words) - set(kept)


# Long words that are written as figures, units or marks, or that only spell a name.
SAID_OTHERWISE = frozenset(
    str.split(
        "parenthèse paragraphe centimètres millimètres millilitres milligramme milligrammes nanogrammes "
        "millilitre micromoles microgrammes cinquante quarante soixante-quinze septembre quatorze quinzième"
    )
)


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("il nous a été adressé pour une hématurie point", SectionKind.REASON),
        ("elle est intolérante au tramadol point", SectionKind.ALLERGIES),
        ("il repart avec du paracétamol un gramme trois fois par jour point", SectionKind.DISCHARGE_TREATMENT),
        ("le résultat du myélogramme n'est pas encore revenu point", SectionKind.PENDING),
        ("nous suggérons une rééducation point", SectionKind.PLAN),
        ("avec mes salutations distinguées point", SectionKind.CLOSING),
    ],
)
def test_a_sentence_says_by_itself_where_it_belongs(sentence: str, kind: SectionKind) -> None:
    sections = report_of(f"j'ai vu monsieur durand point {sentence}").sections
    assert [section.kind for section in sections] == [SectionKind.OPENING, kind]
