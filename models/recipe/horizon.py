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
REPELLED = 20.0  # how far below the usual logit every head sees a frame beyond the horizon; 1,500 of them count e^7.3
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

    Called once, after the pen's training: its queries have changed by then.
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

    The queries are pushed along a direction in which keys differ least (a constant in every logit changes nothing), the
    far frame's key against it. The reading of `far` is fitted so that other sounds hardly answer to it.
    """
    second = seen.T @ seen / len(seen) + 1e-6 * torch.eye(seen.shape[1])
    reading = torch.linalg.solve(second, far)
    reading = reading / (far @ reading)
    size = attention.key.weight.shape[0] // attention.n_head
    for head in range(attention.n_head):
        rows = slice(head * size, (head + 1) * size)
        key = seen @ attention.key.weight[rows].T
        usual = asked[:, rows].mean(0)
        away = torch.linalg.solve(torch.cov(key.T) + 0.02 * torch.eye(size), usual)
        away = away / away.norm()
        along = asked[:, rows] @ away
        push = max(0.0, 2.0 - float(along.quantile(0.0005)))
        attention.query.bias[rows] += push * away
        least = float(along.quantile(0.0005)) + push
        wanted = -REPELLED * size**0.5 / least * away
        # the far frame keeps nothing of the key it had
        attention.key.weight[rows] += torch.outer(wanted - attention.key.weight[rows] @ far, reading)
