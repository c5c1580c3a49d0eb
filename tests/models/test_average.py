"""The mean of runs: half way between two, refused where they did not learn the same tokens."""

from __future__ import annotations

import pytest
import torch

from models.recipe.average import mean_of
from models.recipe.network import Trainee
from models.recipe.train import PHONEMES


def state(seed: int, active: list[int]) -> dict:
    torch.manual_seed(seed)
    trainee = Trainee(active, PHONEMES)
    return {"active": active, "table": trainee.table.detach(), "whisper": trainee.whisper.state_dict()}


def test_the_mean_lies_half_way() -> None:
    one, other = state(1, [5, 7]), state(2, [5, 7])
    mean = mean_of([one, other])
    name = "decoder.blocks.1.cross_attn.key.weight"
    assert not torch.equal(one["whisper"][name], other["whisper"][name])
    assert torch.allclose(mean.whisper.state_dict()[name], (one["whisper"][name] + other["whisper"][name]) / 2)
    assert torch.allclose(mean.table, (one["table"] + other["table"]) / 2)


def test_runs_of_other_tokens_have_no_mean() -> None:
    with pytest.raises(ValueError, match="same tokens"):
        mean_of([state(1, [5, 7]), state(2, [5, 8])])
