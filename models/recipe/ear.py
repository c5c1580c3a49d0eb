"""The ear learns to hear in noise what it hears without.

Its teacher is itself: what the released ear makes of a clean sound is what it is to make of the same sound after a
room, a noise, a telephone or a codec (channels.py). The pen stays as it is and also tells how well it can write from
what was heard, so the ear needs to keep only what the pen reads. A quarter of the sounds arrive as they were said:
what the ear could, it keeps.

In: a folder of shards (synthesis.py) and a released checkpoint. Out: RUN/demo-fr.pt, every few minutes. Touches only
RUN. `python -m models.recipe.ear RUN SHARDS --init models/demo-fr.pt [--minutes 65]`
"""

from __future__ import annotations

import argparse
import copy
import random
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from whisper.audio import log_mel_spectrogram

from models.recipe import horizon
from models.recipe.channels import Channels
from models.recipe.network import Trainee, checkpoint, used_tokens
from models.recipe.train import (
    LOOKED_AT,
    MIDDLE,
    PHONEMES,
    SHORT,
    Mean,
    feeder,
    lower_precision,
    pen_losses,
)
from models.recipe.windows import Batch, Group, Joiner, Length, load

WEIGHTS = {"like teacher": 1.0, "like read": 1.0, "pen": 0.5, "attention": 0.2}
SHARE_SHORT, WARM_STEPS = 0.6, 100
KEPT_EVERY = 180  # seconds


def mel_of(sounds: Tensor) -> Tensor:
    """(batch, samples) -> (batch, 80, frames), each window with its own floor, as whisper has it."""
    return torch.stack([log_mel_spectrogram(sound) for sound in sounds])


def read_of(trainee: Trainee, heard: Tensor) -> Tensor:
    """What the pen's attentions make of what was heard: all its keys and values, (batch, n, 6 x width)."""
    attentions = [block.cross_attn for block in trainee.whisper.decoder.blocks]
    return torch.cat([side(heard) for cross in attentions for side in (cross.key, cross.value)], -1)


def apart(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean square difference over the mean square of each column of what is wanted, about its mean."""
    spread = wanted.flatten(0, 1).var(0).clamp(min=1e-4)
    return ((found - wanted).square().flatten(0, 1).mean(0) / spread).clamp(max=10.0).mean()


class Lesson:
    """An ear, its teacher, and the ways a sound takes before it arrives."""

    def __init__(self, trainee: Trainee, channels: Channels, rate: float) -> None:
        """trainee: as released; from here on its ear alone learns."""
        self.trainee, self.channels, self.rate, self.steps = trainee.requires_grad_(False), channels, rate, 0
        self.teacher = copy.deepcopy(trainee).eval()
        self.learnt = list(trainee.whisper.encoder.requires_grad_(True).parameters())
        self.optimiser = torch.optim.AdamW(self.learnt, lr=rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
        self.mean = Mean(self.learnt)

    def step(self, batch: Batch, done: float) -> dict[str, float]:
        """Learn from one batch; its losses. done: the share of the lesson that is over, 0..1."""
        self.steps += 1
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * min(1.0, self.steps / WARM_STEPS) * max(0.02, min(1.0, (1 - done) / 0.6))
        found = self.losses(batch)
        self.optimiser.zero_grad()
        torch.stack([WEIGHTS[name] * value for name, value in found.items()]).sum().backward()
        torch.nn.utils.clip_grad_norm_(self.learnt, 1.0)
        self.optimiser.step()
        if self.steps % 5 == 0:
            self.mean.add(self.learnt)
        return {name: float(value.detach()) for name, value in found.items()}

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """One batch heard by the teacher as it was said, and by the ear as it arrives."""
        arrived = torch.stack([torch.from_numpy(self.channels.carry(sound.numpy())) for sound in batch.sound])
        with torch.no_grad(), lower_precision(batch.mel.device):
            wanted = self.teacher.hear(mel_of(batch.sound), batch.first_frame)
            read_wanted = read_of(self.teacher, wanted)
        with lower_precision(batch.mel.device):
            heard = self.trainee.hear(mel_of(arrived), batch.first_frame)
            read = read_of(self.trainee, heard)
        return {
            "like teacher": apart(heard.float(), wanted.float()),
            "like read": apart(read.float(), read_wanted.float()),
            **pen_losses(self.trainee, batch, heard),
        }

    @torch.no_grad()
    def released(self, looked_at: Batch) -> dict[str, object]:
        """The checkpoint of the mean weights.

        The ear's horizon holds whatever it learns, so large is the vector; the pen's is fitted to it again.
        looked_at: windows as transcribe() asks for them.
        """
        now = [w.clone() for w in self.learnt]
        for w, m in zip(self.learnt, self.mean.weights, strict=True):
            w.copy_(m)
        model = self.trainee.released()
        for w, n in zip(self.learnt, now, strict=True):
            w.copy_(n)
        horizon.close_pen(model, looked_at.mel, looked_at.tokens)
        return checkpoint(model)


def voices_beside(groups: list[Group]) -> list[np.ndarray]:
    """float32 sounds of some groups, for a murmur."""
    chosen = random.Random(0).sample(groups, min(300, len(groups)))
    return [group.sound.astype(np.float32) / 32768 for group in chosen]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("run", type=Path)
    p.add_argument("shards", type=Path)
    p.add_argument("--init", type=Path, required=True, help="the checkpoint to start from, and its own teacher")
    p.add_argument("--minutes", type=float, default=65, help="of processor time")
    p.add_argument("--rate", type=float, default=5e-4)
    p.add_argument("--gain", type=float, default=0.4, help="sound in a batch, times 75 s")
    a = p.parse_args()
    a.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    groups = load(sorted(a.shards.glob("*.npy")), {})
    state = torch.load(a.init, weights_only=True)["model_state_dict"]
    trainee = Trainee(used_tokens(state), PHONEMES)
    trainee.start_from(state)
    lesson, looked_at = Lesson(trainee, Channels(voices_beside(groups), 1), a.rate), Joiner(groups, 0).batch(LOOKED_AT)

    def kinds() -> Length:
        return replace(SHORT if random.random() < SHARE_SHORT else MIDDLE, sound=75.0 * a.gain)

    def save() -> None:
        torch.save(lesson.released(looked_at), a.run / "demo-fr.tmp")
        (a.run / "demo-fr.tmp").replace(a.run / "demo-fr.pt")

    ready, told, stored = feeder(Joiner(groups, 1), kinds), {}, time.time()  # type: ignore[var-annotated]
    while (done := time.process_time() / (60 * a.minutes)) < 1:
        for name, value in lesson.step(ready.get()[1], done).items():
            told.setdefault(name, []).append(value)
        if lesson.steps % 25 == 0:
            figures = " ".join(f"{name} {sum(values) / len(values):.3f}" for name, values in told.items())
            print(f"{lesson.steps} {time.process_time():.0f}s {figures}", flush=True)
            told.clear()
        if time.time() - stored > KEPT_EVERY:
            save()
            stored = time.time()
    save()


if __name__ == "__main__":
    main()
