"""What a sentence shows of its section, and what the learned weights make of it."""

from __future__ import annotations

import pytest

from dictation.domain.documents import LetterType, SectionKind
from dictation.structure import order, sections_letter, sections_model
from dictation.structure.sections_features import features_of
from dictation.structure.sentences import Line, cut
from dictation.structure.written import write_words


def lines_of(said: str) -> list[Line]:
    return cut(write_words(said.split()).tokens)


@pytest.mark.parametrize(
    ("said", "shown", "hidden"),
    [
        ("amlodipine cinq milligrammes le matin", {"nature drug_first", "nature dose", "nature rhythm"}, "nature year"),
        ("il sera revu dans six semaines", {"act future", "act she", "nature after"}, "nature ago"),
        ("nous avons retiré la sonde", {"act nous", "act perfect"}, "verbless"),
        ("créatinine à cent dix micromoles par litre", {"nature blood"}, "nature dose"),
        ("opéré en deux mille douze", {"nature year", "word opere"}, "nature day"),
        ("traitement virgule lévothyroxine", {"said discharge_treatment", "nature drug"}, "nature allergy"),
        ("la chlorhexidine donne de l'urticaire", {"nature allergen", "nature reaction"}, "said allergies"),
    ],
)
def test_a_sentence_shows_who_acts_when_and_what_is_named(said: str, shown: set[str], hidden: str) -> None:
    [line] = lines_of(said)
    found = features_of(line)
    assert shown <= set(found)
    assert hidden not in found
    assert len(found) == len(set(found))


def test_where_a_sentence_stands_is_among_its_features() -> None:
    [line] = lines_of("bien à vous")
    assert {"from end 0", "place 9"} <= set(sections_model.placed(line, 9, 10))
    assert "letter discharge 2" in sections_model.of_letter(LetterType.DISCHARGE, 9, 10)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("la gêne s'aggrave depuis trois mois malgré la kinésithérapie", SectionKind.ILLNESS),
        ("les pupilles sont égales et réactives", SectionKind.EXAMINATION),
        ("la biopsie a montré un carcinome de grade trois", SectionKind.TESTS),
        ("on referme la peau par un surjet", SectionKind.PROCEDURE),
        ("je la reverrai avec les clichés dans un mois", SectionKind.PLAN),
    ],
)
def test_sentences_no_rule_was_written_for_speak_for_their_section(said: str, wanted: SectionKind) -> None:
    kind = LetterType.OPERATION if wanted is SectionKind.PROCEDURE else LetterType.CONSULTATION
    middle = lines_of("point ".join(["cela va bien "] * 5 + [f"{said} "] + ["cela va bien "] * 5))
    assert order.most_likely(middle, [None] * len(middle), [False] * len(middle), kind)[5] is wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "j'ai vu en consultation monsieur lenoir point il souffre de la hanche depuis un an point "
            "la rotation interne est limitée point je lui propose une prothèse totale de hanche qui aura lieu en mai "
            "sous rachianesthésie point bien cordialement point",
            LetterType.CONSULTATION,
        ),
        (
            "patient en décubitus dorsal sous anesthésie générale point incision médiane point hémostase point "
            "fermeture plan par plan point",
            LetterType.OPERATION,
        ),
        (
            "madame roux a séjourné chez nous du trois au neuf mai point les suites ont été simples point "
            "le drain a été retiré à j deux point elle sort avec du paracétamol un gramme trois fois par jour point",
            LetterType.DISCHARGE,
        ),
    ],
)
def test_the_kind_of_letter_is_guessed_from_all_its_sentences(said: str, wanted: LetterType) -> None:
    lines = lines_of(said)
    kind, *_ = order.read_as(lines, [None] * len(lines), [False] * len(lines))
    assert kind is wanted


def test_an_opinion_is_built_as_a_consultation_and_the_report_of_a_stay_as_a_discharge_letter() -> None:
    assert sections_letter.built_as(LetterType.OPINION) is LetterType.CONSULTATION
    assert sections_letter.built_as(LetterType.STAY) is LetterType.DISCHARGE
    assert sections_letter.built_as(LetterType.MEETING) is LetterType.MEETING


def test_an_allergy_said_after_the_prescriptions_stands_under_allergies() -> None:
    """Under the plan « vancomycine » would read as prescribed."""
    said = (
        "on m'appelle pour monsieur armand sauvage point fièvre depuis la pose du défibrillateur point "
        "cicatrice inflammatoire, pas de souffle point deux hémocultures à staphylocoque point "
        "au total infection du matériel point je propose la daptomycine après chaque dialyse pendant un mois point "
        "contrôler les cpk une fois par semaine point il fait de l'urticaire sous vancomycine point "
        "merci d'avoir appelé point"
    )
    lines = lines_of(said)
    kinds = order.most_likely(lines, [None] * len(lines), [False] * len(lines))
    assert [kinds[n] for n in (5, 7)] == [SectionKind.PLAN, SectionKind.ALLERGIES]


def kinds_of(said: str, kind: LetterType | None = None) -> list[SectionKind]:
    lines = lines_of(said)
    return order.most_likely(lines, [None] * len(lines), [False] * len(lines), kind)


HIP = (
    "il souffre de la hanche droite depuis un an point la rotation interne est limitée point la radiographie montre "
    "une coxarthrose point je lui propose une prothèse totale de hanche point il sera revu dans six semaines point "
    "bien cordialement point"
)


@pytest.mark.parametrize("thanks", ["merci de me l'avoir adressé", "merci de votre confiance", "merci pour cet avis"])
def test_thanks_for_a_patient_open_the_letter_behind_what_opens_it(thanks: str) -> None:
    said = f"cher confrère point j'ai vu ce jour monsieur lenoir âgé de soixante ans point {thanks} point {HIP}"
    assert kinds_of(said)[:4] == [SectionKind.OPENING] * 3 + [SectionKind.ILLNESS]


def test_thanks_for_something_to_do_open_nothing_and_the_last_ones_take_leave() -> None:
    asked = f"j'ai vu ce jour monsieur lenoir âgé de soixante ans point merci de vérifier la créatinine point {HIP}"
    assert kinds_of(asked)[1] is not SectionKind.OPENING
    short = "j'ai vu monsieur lenoir point tout va bien point merci de votre confiance point"
    assert kinds_of(short)[-1] is SectionKind.CLOSING


def test_what_is_prescribed_where_nobody_stayed_is_the_plan() -> None:
    said = (
        "madame roux tousse depuis trois semaines point elle fume point l'auscultation trouve des sibilants point "
        "les épreuves montrent un trouble obstructif point salbutamol deux bouffées en cas de gêne point "
        "fluticasone une bouffée matin et soir point à revoir dans un mois point amitiés point"
    )
    assert kinds_of(said, LetterType.CONSULTATION)[4:6] == [SectionKind.PLAN] * 2
    stay = (
        "madame roux a séjourné chez nous du trois au neuf mai point les suites ont été simples point "
        "le drain a été retiré à j deux point paracétamol un gramme trois fois par jour point bien à vous point"
    )
    assert kinds_of(stay, LetterType.DISCHARGE)[3] is SectionKind.DISCHARGE_TREATMENT


def test_an_account_that_takes_no_leave_ends_with_what_was_done() -> None:
    said = (
        "cure de hernie inguinale droite point hernie gênante depuis six mois point anesthésie générale point "
        "incision inguinale point sac réséqué point prothèse fixée par trois points point peau au monocryl point"
    )
    kinds = kinds_of(said, LetterType.OPERATION)
    assert kinds[1:] == [SectionKind.REASON] + [SectionKind.PROCEDURE] * 5
