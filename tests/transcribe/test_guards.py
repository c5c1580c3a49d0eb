"""What was written must agree with what was heard; the guards say where it does not, and only there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from transcribe.engine import Hypothesis
from transcribe.guards import compression, judge, repeats, uncovered, unsure
from transcribe.transcript import Word
from transcribe.vad import Window

CLEAN = (
    "courrier au docteur sylvie petit à la ligne chère consœur virgule j'ai vu en consultation le trois novembre deux "
    "mille vingt-six votre patient monsieur michel durand né le douze mars mille neuf cent cinquante-quatre point"
)
SPEECH = ((0.5, 9.0), (9.6, 17.0))
WINDOW = Window(((0.1, 17.4),))


def evenly(text, start=0.5, end=17.0):
    words = text.split()
    step = (end - start) / len(words)
    return [Word(word, start + i * step, start + (i + 1) * step, 0.9) for i, word in enumerate(words)]


def judged(words, *, logprob=-0.2, temperature=0.0, finished=True, speech=SPEECH, prompt=""):
    text = " ".join(word.text for word in words)
    hypothesis = Hypothesis((1,) * len(words), text, logprob, 0.0, temperature, finished)
    return judge(hypothesis, words, speech, WINDOW, prompt)


def kinds(flags):
    return sorted({flag.kind for flag in flags})


def test_a_window_of_unsure_words_is_flagged_and_one_unsure_word_is_not():
    words = evenly("pas de fièvre ni de toux")
    assert unsure(words, WINDOW, 0.85) == ()
    assert unsure([replace(words[0], probability=0.1), *words[1:]], WINDOW, 0.75) == ()
    noisy = [replace(word, probability=0.7) for word in words]
    (flag,) = unsure(noisy, WINDOW, 0.85)
    assert (flag.kind, flag.start, flag.end) == ("low_confidence", WINDOW.start, WINDOW.end)
    assert flag.evidence == "6 words, 0.70 sure on average"
    assert unsure(noisy, WINDOW, 0.6) == ()
    assert unsure(noisy[:2], WINDOW, 0.85) == ()


def test_clean_text_raises_no_flag():
    assert judged(evenly(CLEAN)) == ()


@pytest.mark.parametrize("case_words", range(7))
def test_whole_dictations_raise_no_flag(case_words, cases):
    text = (cases[case_words].parent / "spoken.txt").read_text("utf-8")
    words = text.split()
    for i in range(0, len(words), 40):
        piece = words[i : i + 40]
        end = 0.5 + 0.4 * len(piece)
        assert judged(evenly(" ".join(piece), 0.5, end), speech=((0.5, end),)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "le patient va bien " * 5,
        "point à la ligne " * 6,
        "merci " * 9,
        CLEAN + " et le patient est sorti à domicile et le patient est sorti à domicile et le patient est sorti",
        "il a été opéré de la hanche droite en deux mille douze puis " * 3,
    ],
)
def test_a_loop_is_found(text):
    assert "loop" in kinds(judged(evenly(text)))


@pytest.mark.parametrize(
    "text",
    [
        "zéro deux zéro zéro zéro zéro douze douze",
        "deux deux deux comprimés",
        "non non non pas de fièvre pas de douleur pas de vomissement",
        "pression artérielle douze huit treize huit douze huit",
    ],
)
def test_repetition_that_people_do_say_is_no_loop(text):
    assert repeats(text.split()) == 0
    assert compression(text) < 2.4


def test_a_hole_in_the_middle_is_found_where_it_is():
    words = evenly(CLEAN)
    kept = [word for word in words if not 3.0 < word.start < 7.0]
    (flag,) = judged(kept)
    assert flag.kind == "speech_without_words"
    assert flag.start == pytest.approx(3.2, abs=0.5)
    assert flag.end == pytest.approx(7.2, abs=0.5)


def test_a_hole_is_found_even_when_alignment_stretches_a_word_over_it():
    words = [word for word in evenly(CLEAN) if not 3.0 < word.start < 7.0]
    i = max(i for i, word in enumerate(words) if word.start < 3.0)
    words[i] = Word(words[i].text, words[i].start, words[i + 1].start, 0.9)
    assert kinds(judged(words)) == ["speech_without_words"]


def test_a_text_that_stops_early_is_found():
    (flag,) = judged([word for word in evenly(CLEAN) if word.end < 12.0])
    assert flag.kind == "early_end"
    assert flag.end == 17.0


def test_speech_without_any_word_is_found():
    assert kinds(judged([])) == ["early_end"]


def test_a_hesitation_is_no_hole():
    words = [word for word in evenly(CLEAN) if not 5.0 < word.start < 5.9]
    assert judged(words) == ()


def test_a_pause_inside_a_word_is_no_hole():
    slow = [Word("cholécystectomie", 0.5, 9.7, 0.9), *evenly("point à la ligne", 9.7, 12.0)]
    speech = ((0.5, 1.2), (9.0, 12.0))
    assert uncovered(slow, speech) == []


def test_words_in_a_silence_are_found():
    speech = ((0.5, 5.0), (12.0, 17.0))
    words = [*evenly(CLEAN[:60], 0.5, 5.0), *evenly("merci à tous", 7.0, 9.0), *evenly(CLEAN[:60], 12.0, 17.0)]
    (flag,) = judged(words, speech=speech)
    assert flag.kind == "words_without_speech"
    assert (flag.start, flag.end) == (7.0, 9.0)


def test_more_words_than_anybody_can_say_are_found():
    assert "words_without_speech" in kinds(judged(evenly(CLEAN, 0.5, 2.5), speech=((0.5, 2.5),)))
    crowded = [*evenly(CLEAN[:40], 0.5, 9.0), *evenly(CLEAN[40:140], 9.6, 10.0), *evenly(CLEAN[:40], 10.2, 17.0)]
    assert "words_without_speech" in kinds(judged(crowded))


@pytest.mark.parametrize(
    "text",
    [
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Sous-titrage Société Radio-Canada",
        "Merci d'avoir regardé cette vidéo",
        "Abonnez-vous à la chaîne",
    ],
)
def test_film_subtitles_are_recognised(text):
    assert "words_without_speech" in kinds(judged(evenly(text, 0.5, 3.0), speech=((0.5, 3.0),)))


def test_doubt_of_the_engine_itself_is_passed_on():
    assert kinds(judged(evenly(CLEAN), logprob=-1.3)) == ["low_confidence"]
    assert kinds(judged(evenly(CLEAN), temperature=0.8)) == ["low_confidence"]
    assert kinds(judged(evenly(CLEAN), finished=False)) == ["early_end"]


def test_a_recited_prompt_is_found():
    prompt = "Compte rendu opératoire du docteur Martin : cholécystectomie, trocart, coelioscopie, drain de Redon."
    recited = "compte rendu opératoire du docteur martin cholécystectomie trocart " + CLEAN
    assert kinds(judged(evenly(recited), prompt=prompt)) == ["prompt_echo"]
    assert judged(evenly("compte rendu opératoire du docteur petit " + CLEAN), prompt=prompt) == ()


def test_evidence_never_quotes_the_dictation():
    for flags in (
        judged([]),
        judged(evenly("merci " * 9)),
        judged(evenly(CLEAN, 0.5, 2.5)),
        judged(evenly(CLEAN), logprob=-2),
    ):
        for flag in flags:
            assert not {"durand", "merci", "docteur", "michel"} & set(flag.evidence.lower().split())
