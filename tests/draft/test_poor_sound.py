"""Noise, a cut or a faint voice: one point for the letter, and surer figures asked for."""

from __future__ import annotations

import pytest

from dictation.domain.documents import Draft
from dictation.draft import write
from dictation.draft.doubts import Context, find_doubts
from dictation.structure import structure
from tests.draft.test_doubts import CLEAN, SIDECAR
from tests.structure.spoken import transcript_of
from transcribe.transcript import Quality

GOOD = Quality(speech_db=-20.0, noise_db=-55.0, clipped=0.0)
NOISE = Quality(speech_db=-20.0, noise_db=-30.0, clipped=0.0)
CUT = Quality(speech_db=-6.0, noise_db=-55.0, clipped=0.01)
FAINT = Quality(speech_db=-58.0, noise_db=-90.0, clipped=0.0)
WITHOUT_PAUSE = Quality(speech_db=-20.0, noise_db=None, clipped=0.0)


def draft_of(quality: Quality | None, unsure: dict[str, float] | None = None) -> Draft:
    transcript = transcript_of(CLEAN, unsure=unsure, quality=quality)
    return write(structure(transcript, SIDECAR), SIDECAR, None, transcript)


@pytest.mark.parametrize(
    ("quality", "told"),
    [
        (GOOD, []),
        (None, []),
        (WITHOUT_PAUSE, []),
        (NOISE, ["poor_sound.noise"]),
        (CUT, ["poor_sound.cut"]),
        (FAINT, ["poor_sound.faint"]),
    ],
)
def test_a_poor_recording_is_one_point_of_the_letter(quality: Quality | None, told: list[str]) -> None:
    doubts = draft_of(quality).doubts
    assert [doubt.rule_id for doubt in doubts] == told
    assert all("demandez à l’auteur" in doubt.reason and doubt.span is None for doubt in doubts)


@pytest.mark.parametrize(("quality", "asked"), [(GOOD, False), (FAINT, False), (NOISE, True), (CUT, True)])
def test_in_noise_a_figure_must_be_surer(quality: Quality, asked: bool) -> None:
    told = [doubt.rule_id for doubt in draft_of(quality, {"treize": 0.85}).doubts]
    assert ("heard.measurement" in told) is asked


def test_a_corrected_text_is_not_asked_again_about_its_sound() -> None:
    transcript = transcript_of(CLEAN, quality=NOISE)
    report = structure(transcript, SIDECAR)
    draft = write(report, SIDECAR, None, transcript)
    context = Context(report, SIDECAR, draft.letter_type, transcript, draft.sections)
    assert not find_doubts(context, of_the_text=True)
