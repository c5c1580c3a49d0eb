"""The one loop: words land on the recording's time, doubts lead to another try, and what stays doubtful is flagged."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from transcribe import Cancelled, Transcript, transcribe
from transcribe.audio import RATE
from transcribe.engine import EngineInfo, HeardWord
from transcribe.listen import ListenOptions, listen
from transcribe.scripted import ScriptedEngine, Slip
from transcribe.vad import Window

TEXT = """
courrier au docteur sylvie petit à la ligne chère consœur virgule j'ai vu en consultation le trois novembre deux mille
vingt-six votre patient monsieur michel durand né le douze mars mille neuf cent cinquante-quatre point motif de
consultation deux points gêne urinaire avec quatre mictions par nuit point à la ligne antécédents deux points
hypertension artérielle traitée par amlodipine cinq milligrammes le matin point
"""
TEXT = " ".join(TEXT.split())
SPEECH = ((1.0, 9.0), (9.5, 17.0), (21.0, 29.0), (29.4, 33.0))


@pytest.fixture
def audio(sounds):
    return sounds.recording(np.zeros(35 * RATE, np.float32))


@pytest.fixture
def hear(audio, sounds):
    """Listen to the prepared recording with an engine that reads TEXT, unless told otherwise."""

    def run(engine=None, **options):
        return listen(
            audio, engine or ScriptedEngine.reading(TEXT, SPEECH), detector=sounds.detector(*SPEECH), **options
        )

    return run


def looping(seconds=10.0):
    return Slip(tuple(HeardWord("encore", 0.1 * i, 0.1 * i + 0.1, 0.9) for i in range(int(seconds * 10))))


def test_a_clean_reading_comes_out_word_for_word_and_without_flags(hear):
    engine = ScriptedEngine.reading(TEXT, SPEECH)
    transcript = hear(engine)
    assert transcript.text == TEXT
    assert transcript.flags == ()
    assert len(engine.attempts) == transcript.options["attempts"] == transcript.options["windows"] == 2
    assert transcript.speech == SPEECH


@pytest.mark.parametrize("limit", [6.0, 9.0, 15.0, 28.0])
def test_words_keep_their_place_whatever_the_windows(hear, limit):
    engine = ScriptedEngine.reading(TEXT, SPEECH)
    transcript = hear(engine, options=ListenOptions(max_window_seconds=limit))
    assert transcript.text == TEXT
    for word, said in zip(transcript.words, engine.script, strict=True):
        assert word.start == pytest.approx(said.start, abs=0.3)  # a word cut by a window loses at most half
        assert word.end == pytest.approx(said.end, abs=0.3)
    pairs = itertools.pairwise(transcript.words)
    assert all(0 <= a.start <= a.end <= b.start <= transcript.duration for a, b in pairs)


def test_a_loop_is_heard_again_and_mended(hear):
    engine = ScriptedEngine.reading(TEXT, SPEECH, slips=[looping()])
    transcript = hear(engine)
    assert transcript.text == TEXT
    assert transcript.flags == ()
    assert len(engine.attempts) > 2


def test_a_text_that_stops_early_is_heard_again_and_mended(hear):
    transcript = hear(ScriptedEngine.reading(TEXT, SPEECH, slips=[Slip((HeardWord("courrier", 0.4, 0.9, 0.9),))]))
    assert transcript.text == TEXT
    assert transcript.flags == ()


def test_what_never_gets_better_is_kept_and_flagged(hear):
    engine = ScriptedEngine.reading(TEXT, SPEECH, slips=[looping(3)] * 40)
    transcript = hear(engine)
    assert {"loop"} <= {flag.kind for flag in transcript.flags}
    assert len(transcript.words) > 10
    assert len(engine.attempts) <= 2 * ListenOptions().max_attempts


def test_words_the_engine_never_writes_are_flagged_where_they_are_missing(hear):
    engine = ScriptedEngine.reading(TEXT, SPEECH)
    engine.script = tuple(said for said in engine.script if not 23.0 < said.start < 26.0)
    flags = hear(engine).flags
    assert [flag.kind for flag in flags] == ["speech_without_words"]
    assert 22.5 < flags[0].start < 23.6
    assert 25.5 < flags[0].end < 26.6


def test_a_hot_text_never_replaces_a_likelier_one(hear):
    missing = Slip((HeardWord("courrier", 0.4, 0.9, 0.9),))
    babble = Slip(tuple(HeardWord(f"mot{i}", 0.5 * i, 0.5 * i + 0.5, 0.1) for i in range(6)), average_logprob=-4.0)
    engine = ScriptedEngine.reading(TEXT, SPEECH, slips=[missing] + [babble] * 5)
    transcript = listen_short(engine, hear)
    assert len(engine.attempts) == 7
    assert transcript.words[0].text == "courrier"
    assert "mot0" not in transcript.text
    assert {flag.kind for flag in transcript.flags} == {"early_end"}


def test_a_window_of_unsure_words_is_flagged_and_not_heard_again(hear):
    """In noise an engine goes on writing; it would write as much a second time."""
    script = ScriptedEngine.reading(TEXT, SPEECH).script
    half = [replace(said, probability=0.7) if said.start > 20.0 else said for said in script]
    engine = ScriptedEngine(half, info=EngineInfo("scripted", "m", "0" * 64, unsure_below=0.85))
    (flag,) = hear(engine).flags
    assert flag.kind == "low_confidence"
    assert 20.0 < flag.start < 21.5
    assert len(engine.attempts) == 2
    assert hear(ScriptedEngine(half)).flags == ()  # of a model nobody has measured, less is asked


def test_a_flag_of_unsure_words_survives_a_crash(hear):
    journal = {}
    unsure = [replace(said, probability=0.5) for said in ScriptedEngine.reading(TEXT, SPEECH).script]
    first = hear(ScriptedEngine(unsure), journal=journal)
    again = ScriptedEngine(unsure)
    assert hear(again, journal=journal).flags == first.flags
    assert first.flags
    assert again.attempts == []


def listen_short(engine, hear):
    return hear(engine, options=ListenOptions(min_split_seconds=100.0))


def test_temperatures_rise_until_the_text_is_good_and_no_further(hear):
    engine = ScriptedEngine.reading(TEXT, SPEECH, slips=[looping(), looping()])
    transcript = listen_short(engine, hear)
    assert transcript.text == TEXT
    assert [asked.temperature for asked in engine.attempts] == [0.0, 0.2, 0.4, 0.0]
    assert {word.temperature for word in transcript.words} == {0.4, 0.0}


def test_a_prompt_is_given_only_to_a_model_that_knows_prompts(hear):
    prompt = "Compte rendu opératoire du docteur Martin : cholécystectomie, trocart, drain."
    plain = ScriptedEngine.reading(TEXT, SPEECH)
    hear(plain, options=ListenOptions(prompt=prompt))
    assert {asked.prompt for asked in plain.attempts} == {""}
    trained = ScriptedEngine.reading(TEXT, SPEECH, info=EngineInfo("scripted", "m", "0" * 64, prompts=True))
    hear(trained, options=ListenOptions(prompt=prompt))
    assert {asked.prompt for asked in trained.attempts} == {prompt}


def test_a_recited_prompt_is_replaced_by_what_was_said(hear):
    prompt = "Compte rendu opératoire du docteur Martin : cholécystectomie, trocart, drain."
    recited = ["compte", "rendu", "opératoire", "du", "docteur", "martin", "cholécystectomie", "trocart", "drain"]
    words = tuple(HeardWord(word, 1.7 * i, 1.7 * i + 1.6, 0.9) for i, word in enumerate(recited))
    info = EngineInfo("scripted", "m", "0" * 64, prompts=True)
    engine = ScriptedEngine.reading(TEXT, SPEECH, slips=[Slip(words)], info=info)
    assert hear(engine, options=ListenOptions(prompt=prompt)).text == TEXT
    assert [asked.prompt for asked in engine.attempts] == [prompt, "", prompt]


def test_silence_gives_no_word_and_says_so(audio, sounds):
    engine = ScriptedEngine.reading(TEXT, SPEECH)
    transcript = listen(audio, engine, detector=sounds.detector())
    assert transcript.words == ()
    assert [flag.kind for flag in transcript.flags] == ["no_speech"]
    assert engine.attempts == []


def test_progress_rises_to_the_end_and_says_how_long_is_left(hear):
    told = []
    seconds = itertools.count(step=2.0)
    hear(on_progress=told.append, clock=lambda: next(seconds), options=ListenOptions(max_window_seconds=9.0))
    assert told[0].windows_done == 0
    assert told[0].seconds_to_go is None
    assert told[-1].windows_done == told[-1].windows_total == len(told) - 1 >= 4
    assert told[-1].seconds_to_go == 0
    assert [p.seconds_done for p in told] == sorted(p.seconds_done for p in told)
    assert 0 < told[1].seconds_to_go < 20


def test_the_listener_can_be_stopped_between_two_windows(hear):
    engine = ScriptedEngine.reading(TEXT, SPEECH)
    with pytest.raises(Cancelled):
        hear(engine, cancelled=lambda: len(engine.attempts) >= 1)
    assert len(engine.attempts) == 1


def test_after_a_crash_finished_windows_are_not_heard_again(hear):
    journal = {}
    first = ScriptedEngine.reading(TEXT, SPEECH)
    with pytest.raises(Cancelled):
        hear(first, journal=journal, cancelled=lambda: len(first.attempts) >= 1)
    second = ScriptedEngine.reading(TEXT, SPEECH)
    resumed = hear(second, journal=journal)
    assert len(second.attempts) == 1
    assert resumed.words == hear().words


def test_a_journal_of_another_model_is_not_believed(hear):
    journal = {}
    hear(journal=journal)
    other = ScriptedEngine.reading(TEXT, SPEECH, info=EngineInfo("scripted", "other", "1" * 64))
    hear(other, journal=journal)
    assert len(other.attempts) == 2


def test_a_transcript_survives_its_json(hear):
    transcript = hear(ScriptedEngine.reading(TEXT, SPEECH, slips=[looping(3)] * 40))
    again = Transcript.from_json(transcript.to_json())
    assert again.words == transcript.words
    assert again.flags == transcript.flags
    assert again.speech == transcript.speech
    assert again.text == transcript.text


def test_a_file_goes_the_whole_way(cases):
    engine = ScriptedEngine.reading(TEXT, SPEECH)
    transcript = transcribe(cases[3], engine=engine)
    assert transcript.duration > 60
    assert 30 < sum(end - start for start, end in transcript.speech) < transcript.duration
    assert transcript.options["audio_sha256"]
    assert {"speech_without_words", "early_end"} & {flag.kind for flag in transcript.flags}  # the script is too short


def test_a_scripted_engine_answers_only_for_the_window_it_hears():
    engine = ScriptedEngine.reading("un deux trois quatre", [(0.0, 2.0), (4.0, 6.0)])
    heard = engine.encode(np.zeros(0, np.float32), Window(((4.0, 6.0),)))
    assert [word.text for word in heard.words] == ["trois", "quatre"]
