"""The horizon: sound later than so far into a window is hidden from the checkpoint, by its weights alone.

A pen this small keeps its place for some ten seconds, and openai-whisper always shows it thirty. So the ear's position
table is given one very large vector from the horizon on. It drowns whatever is heard there: all those frames become the
same in every layer, and each attention is made to repel exactly that one frame. What lies before the horizon is read as
if the window ended there, and whisper's own loop goes on from the time the pen wrote last.

In: a Whisper of this recipe and windows of sound. Out: the same model, changed in place; reads and writes no files.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from whisper.model import Whisper

FAR = 1.0e4  # size of the vector, against sounds of size 1 to 30; half precision ends at 65,504
REPELLED = 12.0  # how far below the usual logit every head sees a frame beyond the horizon; 1,500 of them count e^7.3
ASKED = 16.0  # least a query asks of the row that knows those frames: the more, the more alike all queries ask
RARE = 0.0005  # share of the queries that may ask less
SEEN = 20_000  # frames of each layer that the fit looks at, at most


def is_closed(model: Whisper) -> bool:
    """Whether the ear has a horizon already."""
    return bool(model.encoder.positional_embedding.abs().max() > FAR / 10)


@torch.no_grad()
def close_ear(model: Whisper, mel: Tensor, frames: int) -> None:
    """Let the ear hear nothing from frame `frames` on. mel: (batch, 80, n) of ordinary windows no longer than that."""
    encoder = model.encoder
    inputs, queries, output = _ear_at_work(model, mel[..., : 2 * frames])
    norms = [*(block.attn_ln for block in encoder.blocks), encoder.ln_post]
    direction = _unheard([*inputs, output], norms)
    encoder.positional_embedding[frames:] = FAR * direction / direction.abs().max()
    for block, norm, seen, asked in zip(encoder.blocks, norms, inputs, queries, strict=False):
        _repel(block.attn, _as_far(encoder, norm), seen, asked)


@torch.no_grad()
def close_pen(model: Whisper, mel: Tensor, tokens: Tensor) -> None:
    """Let the pen look at nothing beyond the ear's horizon. tokens: (batch, length) written about those windows.

    Called before the pen's training and again after it: its queries have changed by then.
    """
    heard = model.encoder.forward(_padded(mel))
    visible = _ear_at_work(model, mel)[2]
    far, states = _as_far(model.encoder, model.encoder.ln_post), []
    hooks = [
        block.cross_attn.query.register_forward_hook(lambda *called: states.append(_some(called[2])))
        for block in model.decoder.blocks
    ]
    model.decoder(tokens, heard)
    for hook in hooks:
        hook.remove()
    for block, asked in zip(model.decoder.blocks, states, strict=True):
        _repel(block.cross_attn, far, visible, asked)


def _padded(mel: Tensor) -> Tensor:
    return F.pad(mel, (0, 3000 - mel.shape[-1]))


def _as_far(encoder: nn.Module, norm: nn.LayerNorm) -> Tensor:
    """What a frame beyond the horizon looks like to a layer: the same everywhere."""
    return norm(encoder.positional_embedding[-1])


def _some(x: Tensor) -> Tensor:
    flat = x.flatten(0, -2)
    return flat[torch.randperm(len(flat))[:SEEN]]


def _ear_at_work(model: Whisper, mel: Tensor) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """What each of the ear's attentions is given and asks for, and what the ear puts out: (frames, width) each."""
    encoder, inputs, queries = model.encoder, [], []
    x = F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel)))).permute(0, 2, 1)
    x = x + encoder.positional_embedding[: x.shape[1]]
    for block in encoder.blocks:
        normed = block.attn_ln(x)
        inputs.append(_some(normed))
        queries.append(_some(block.attn.query(normed)))
        x = block(x)
    return inputs, queries, _some(encoder.ln_post(x))


@torch.enable_grad()
def _unheard(seen: list[Tensor], norms: list[nn.LayerNorm], steps: int = 3000) -> Tensor:
    """The direction in which sounds differ least in every layer: a key can be tied to it without touching theirs."""
    inverse = [torch.linalg.inv(x.T @ x / len(x) + 1e-6 * torch.eye(x.shape[1])) for x in seen]
    direction = torch.randn(seen[0].shape[1], requires_grad=True)
    optimiser = torch.optim.Adam([direction], 0.02)
    for _ in range(steps):
        far = [norm(direction) for norm in norms]
        leak = torch.stack([1 / (f @ i @ f) for f, i in zip(far, inverse, strict=True)]).log()
        optimiser.zero_grad()
        (leak.mean() + leak.max() / 2).backward()
        optimiser.step()
    return direction.detach()


def _repel(attention: nn.Module, far: Tensor, seen: Tensor, asked: Tensor) -> None:
    """Change keys and queries so that every head turns away from `far` and looks at the rest as before.

    Each head is turned in its own space until the direction in which keys differ least is its first row. That row then
    reads nothing but `far`, and every query asks for it, against its sign. A row of its own, because 8-bit weights have
    one scale a row: a very large value beside ordinary ones would leave these no digits. Done again, it stays as it is.
    """
    second = seen.T @ seen / len(seen) + 1e-6 * torch.eye(seen.shape[1])
    reading = torch.linalg.solve(second, far)  # other sounds hardly answer to it
    reading = reading / (far @ reading)
    for first, rows in own_rows(attention):
        key = seen @ attention.key.weight[rows].T
        size = key.shape[1]
        away = torch.linalg.solve(torch.cov(key.T) + 0.01 * torch.eye(size), asked[:, rows].mean(0))
        turn = _turned_to(away / away.norm())
        for weight in (attention.key.weight, attention.query.weight, attention.query.bias):
            weight[rows] = turn @ weight[rows]
        question = asked[:, rows] @ turn.T
        usual = turn @ key.mean(0)
        attention.query.bias[first] += max(0.0, ASKED - float(question[:, 0].quantile(RARE)))
        least = max(ASKED, float(question[:, 0].quantile(RARE)))
        nearer = question[:, 1:] @ (attention.key.weight[rows][1:] @ far - usual[1:])  # what the other rows would see
        against = REPELLED * size**0.5 + max(0.0, float(nearer.quantile(1 - RARE)))
        attention.key.weight[first] = -against / least * reading


def _turned_to(axis: Tensor) -> Tensor:
    """A reflection that makes the unit vector `axis` the first coordinate."""
    first = torch.zeros_like(axis)
    first[0] = 1.0
    mirror = axis - first
    if float(mirror.norm()) < 1e-6:
        return torch.eye(len(axis))
    return torch.eye(len(axis)) - 2 * torch.outer(mirror, mirror) / (mirror @ mirror)


def own_rows(attention: nn.Module) -> list[tuple[int, slice]]:
    """Of each head: the row that turns it away from what is beyond the horizon, and all its rows."""
    size = attention.key.weight.shape[0] // attention.n_head
    return [(first, slice(first, first + size)) for first in range(0, attention.key.weight.shape[0], size)]


def hold_own_rows(model: Whisper) -> None:
    """Let training leave those rows of the pen as they are: it never sees what they are for."""
    for block in model.decoder.blocks:
        keep = torch.ones(block.cross_attn.key.weight.shape[0], 1)
        keep[[first for first, _ in own_rows(block.cross_attn)]] = 0
        block.cross_attn.key.weight.register_hook(lambda gradient, keep=keep: gradient * keep.to(gradient.device))
