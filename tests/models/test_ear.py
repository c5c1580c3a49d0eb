"""The ear learns in noise from itself: what it hears comes nearer to what it heard without, the pen stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.recipe.channels import Channels, with_noise
from models.recipe.ear import Lesson, voices_beside
from models.recipe.measure import sound_of
from models.recipe.network import Trainee, used_tokens
from models.recipe.text import CASES
from models.recipe.train import LOOKED_AT, PHONEMES
from models.recipe.windows import FRAME, RATE, Group, Joiner, Length, token_places, tokenizer

WINDOWS = Length("short", 1.0, 3.0, 8.0, timed=0.1)


class Noisy(Channels):
    """One way only, so that two steps can be compared."""

    def carry(self, sound: np.ndarray) -> np.ndarray:
        return with_noise(sound, np.random.default_rng(4).standard_normal(len(sound)), 0)


@pytest.fixture(scope="module")
def groups() -> list[Group]:
    """Stretches of a sample dictation under words that need not be its own: the ear's teacher is the ear."""
    said = sound_of(next((CASES / "01-consultation-urologie").glob("audio.*")))
    found = []
    for i, text in enumerate(("pas de fièvre point", "cher confrère virgule", "examen clinique")):
        length = 2 * RATE
        starts = [length * n // len(text.split()) for n in range(len(text.split()))]
        sound = (said[(1 + 3 * i) * RATE :][:length] * 32767).astype(np.int16)
        tokens, at = token_places(tokenizer(), text, starts, length)
        found.append(Group("a voice", text, sound, tokens, at, [1], np.ones(length // FRAME, np.int64)))
    return found


def test_what_is_heard_in_noise_comes_nearer_and_only_the_ear_has_learnt(groups: list[Group]) -> None:
    torch.manual_seed(1)
    state = torch.load(CASES.parents[1] / "models" / "demo-fr.pt", weights_only=True)["model_state_dict"]
    trainee = Trainee(used_tokens(state), PHONEMES)
    trainee.start_from(state)
    lesson = Lesson(trainee, Noisy(voices_beside(groups), 1), rate=0.0005)  # a hundredth of it in the first steps
    batch = Joiner(groups, 1).batch(WINDOWS)
    seen = [lesson.step(batch, 0.0) for _ in range(6)]
    assert seen[-1]["like teacher"] < seen[0]["like teacher"]
    assert seen[-1]["like read"] < seen[0]["like read"]
    now, then = dict(trainee.whisper.named_parameters()), dict(lesson.teacher.whisper.named_parameters())
    moved = {name.split(".")[0] for name in now if not torch.equal(now[name], then[name])}
    assert moved == {"encoder"}
    assert torch.equal(trainee.table, lesson.teacher.table)

    written = lesson.released(Joiner(groups, 0).batch(replace(LOOKED_AT, sound=25.0)))["model_state_dict"]
    assert isinstance(written, dict)
    assert written.keys() == state.keys()
    assert torch.equal(written["decoder.token_embedding.weight"], state["decoder.token_embedding.weight"])
    assert not torch.equal(written["encoder.conv1.weight"], state["encoder.conv1.weight"])
