"""The horizon: what lies before it is heard as if nothing followed, and nothing beyond it is heard at all."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor
from whisper.model import Whisper

from models.recipe import horizon
from models.recipe.network import DIMS, HORIZON


@pytest.fixture(scope="module")
def closed() -> Whisper:
    """A model of the recipe's shape with random weights, closed on random sounds."""
    torch.manual_seed(3)
    model = Whisper(DIMS).eval()
    for weight in model.parameters():
        weight.requires_grad_(False)
    model.decoder.positional_embedding.normal_(std=0.01)
    horizon.close_ear(model, sounds(6, 2 * HORIZON), HORIZON)
    horizon.close_pen(model, sounds(4, 2 * HORIZON), torch.randint(0, 50_000, (4, 40)))
    return model


def sounds(count: int, frames: int) -> Tensor:
    """Random sounds that change slowly, as speech does: (count, 80, frames)."""
    slow = torch.randn(count, 80, frames // 20 + 1)
    return torch.nn.functional.interpolate(slow, size=frames, mode="linear") / 2


def apart(a: Tensor, b: Tensor) -> float:
    """Largest distance of two readings, in parts of their size."""
    return float(((a - b).norm(dim=-1) / a.norm(dim=-1)).max())


@torch.no_grad()
def test_what_follows_the_horizon_changes_nothing_before_it(closed: Whisper) -> None:
    one = sounds(2, 3000)
    other = one.clone()
    other[..., 2 * HORIZON + 4 :] = sounds(2, 3000)[..., 2 * HORIZON + 4 :]
    before = slice(0, HORIZON - 3)  # the ear's two first layers look three frames ahead
    a, b = closed.encoder(one), closed.encoder(other)
    assert apart(a[:, before], b[:, before]) < 0.005
    assert float((a[:, HORIZON + 3 :] - a[:1, -1:]).abs().max()) < 0.05  # beyond it every frame is the same


@torch.no_grad()
def test_the_pen_writes_the_same_whatever_follows(closed: Whisper) -> None:
    one = sounds(2, 3000)
    other = one.clone()
    other[..., 2 * HORIZON + 4 :] = 0
    tokens = torch.randint(0, 50_000, (2, 30))
    looks: list[Tensor] = []
    attention = closed.decoder.blocks[0].cross_attn
    hook = attention.register_forward_hook(lambda _m, _in, out: looks.append(out[0]))
    a, b = closed.decoder(tokens, closed.encoder(one)), closed.decoder(tokens, closed.encoder(other))
    hook.remove()
    assert apart(looks[0], looks[1]) < 0.01
    assert apart(a, b) < 0.01


@torch.no_grad()
def test_an_open_model_hears_what_follows(closed: Whisper) -> None:
    torch.manual_seed(3)
    model = Whisper(DIMS).eval()
    assert not horizon.is_closed(model)
    assert horizon.is_closed(closed)
    one = sounds(2, 3000)
    other = one.clone()
    other[..., 2 * HORIZON + 4 :] = sounds(2, 3000)[..., 2 * HORIZON + 4 :]
    before = slice(0, HORIZON - 3)
    open_ear = apart(model.encoder(one)[:, before], model.encoder(other)[:, before])
    assert open_ear > 20 * apart(closed.encoder(one)[:, before], closed.encoder(other)[:, before])


@torch.no_grad()
def test_eight_bits_lose_no_more_of_a_closed_ear_than_of_an_open_one(closed: Whisper) -> None:
    """One scale a row, as the service's 8-bit form has: a wide value beside ordinary ones would cost their digits."""
    torch.manual_seed(3)
    opened, sound = Whisper(DIMS).eval(), sounds(2, 3000)
    lost = []
    for model in (opened, closed):
        small = copy.deepcopy(model)
        for block in small.encoder.blocks:
            weight = block.attn.key.weight
            step = weight.abs().amax(1, keepdim=True) / 127
            weight.copy_((weight / step).round() * step)
        heard = slice(0, HORIZON - 3)
        lost.append(apart(model.encoder(sound)[:, heard], small.encoder(sound)[:, heard]))
    assert lost[1] < 2 * lost[0] + 0.01


@torch.no_grad()
def test_closed_again_the_pen_reads_the_same(closed: Whisper) -> None:
    again, tokens = copy.deepcopy(closed), torch.randint(0, 50_000, (2, 30))
    horizon.close_pen(again, sounds(4, 2 * HORIZON), torch.randint(0, 50_000, (4, 40)))
    heard = closed.encoder(sounds(2, 3000))
    assert apart(closed.decoder(tokens, heard), again.decoder(tokens, heard)) < 0.05


def test_training_leaves_the_rows_of_the_horizon_alone(closed: Whisper) -> None:
    model = copy.deepcopy(closed).requires_grad_()
    weight = model.decoder.blocks[1].cross_attn.key.weight
    horizon.hold_own_rows(model)
    model.decoder(torch.randint(0, 50_000, (1, 5)), closed.encoder(sounds(1, 3000))).sum().backward()
    held = [first for first, _ in horizon.own_rows(model.decoder.blocks[1].cross_attn)]
    moved = weight.grad.abs().amax(1) > 0
    assert not moved[held].any()
    assert moved.sum() > len(moved) / 2
