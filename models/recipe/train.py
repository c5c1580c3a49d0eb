"""Train the small checkpoint: the ear by phonemes, the pen by tokens, attention by where each word is spoken.

On a CPU nine tenths of a step go into the ear. So what it heard is kept for a while, and after each step of both the
pen learns alone from some of the last sixty batches: several of its steps for a little more time.

In: a folder of shards (synthesis.py), perhaps a checkpoint to start from. Out: RUN/state.pt (to go on from) and
RUN/demo-fr.pt (openai-whisper's format, averaged weights), both every few minutes. Touches only RUN.

`python -m models.recipe.train RUN SHARDS [--init IN.pt] [--minutes 120]`; started again with the same RUN it goes on.
A GPU is used when there is one.
"""

from __future__ import annotations

import argparse
import collections
import os
import queue
import random
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import torch
import torch.distributed
import torch.nn.functional as F
from torch import Tensor

from models.recipe import horizon
from models.recipe.network import HORIZON, Trainee, checkpoint
from models.recipe.text import Grammar
from models.recipe.windows import IGNORED, Batch, Joiner, Length, load, tokenizer

PHONEMES = 128
SHORT = Length("short", 1.0, 6.0, 75.0, timed=0.1)
MIDDLE = Length("middle", 6.0, 8.5, 80.0, timed=0.2)
LONG = Length("long", 0.0, 0.0, 88.0, prompted=0.6, stride=4.5)  # as transcribe() asks
LOOKED_AT = replace(LONG, sound=350.0)  # the windows a horizon is fitted to
HEAD_STEPS = 150  # after a checkpoint without phoneme heads: they learn alone first, or their noise would shake the ear
MEAN_OVER = 200  # steps the averaged weights look back over, at most
SPREAD = 12.0  # frames of 20 ms around the place of a token where the guided heads may look
TIME_WEIGHT, SECOND_WEIGHT = 2.0, 8.0
CORRUPTED = 0.05  # share of the pen's own past that is wrong while it learns: it must listen, not remember


def lower_precision(device: torch.device) -> torch.autocast:
    """bfloat16 where the machine multiplies it faster than single precision: a GPU, or a CPU that has it built in."""
    quick = device.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=quick)


def active_tokens(grammar: Grammar) -> list[int]:
    """Tokens the grammar can produce, whisper's own, and all times."""
    pen, dice = tokenizer(), random.Random(0)
    texts = [grammar.line(dice) for _ in range(12_000)] + grammar.words
    used = {token for text in texts for token in pen.encode(" " + text)}
    own = {*pen.sot_sequence, pen.eot, pen.no_timestamps, pen.sot_prev}
    return sorted(used | own | set(range(pen.timestamp_begin, pen.timestamp_begin + 1501)))


def kind_of_step(done: float, shares: list[tuple[float, float, float, float]]) -> Length:
    """Short, middle or long windows by the share of the run that is done: [(until, short, middle, long)]."""
    weights = next((weights for until, *weights in shares if done <= until), shares[-1][1:])
    return random.choices((SHORT, MIDDLE, LONG), weights)[0]


def pen_losses(trainee: Trainee, batch: Batch, heard: Tensor) -> dict[str, Tensor]:
    """What the pen writes of what the ear heard, and where it looked."""
    device = trainee.table.device
    with lower_precision(device):
        tokens, wanted = batch.tokens.to(device), batch.wanted[:, 1:].to(device)
        seen = tokens[:, :-1].clone()
        wrong = (torch.rand(seen.shape, device=device) < CORRUPTED) & batch.wanted[:, :-1].to(device)
        seen[wrong] = trainee.active[torch.randint(len(trainee.active) - 1501, (int(wrong.sum()),), device=device)]
        states, looks = trainee.read(seen, heard, batch.first_token)
        logits = trainee.write(states[wanted])
        attention = trainee.looking_away(looks, batch.places.to(device), SPREAD)
    pen = text_and_times(trainee, logits, tokens[:, 1:][wanted], tokens[:, :-1][wanted])
    return {"pen": pen, "attention": attention}


def text_and_times(trainee: Trainee, logits: Tensor, target: Tensor, before: Tensor) -> Tensor:
    """Cross-entropy; a time token counts TIME_WEIGHT times, and its neighbours within 0.1 s are nearly as right.

    The second of two times counts SECOND_WEIGHT times: where a text ends after the first alone, openai-whisper's loop
    takes all thirty seconds for read. target, before: the token to write and the one just written.
    """
    zero, likely = tokenizer().timestamp_begin, logits.log_softmax(-1)
    loss = -likely.gather(1, trainee.row_of[target][:, None])[:, 0]
    timed = target >= zero
    if not bool(timed.any()):
        return loss.mean()
    near = torch.arange(-10, 11, device=target.device)
    around = (target[timed][:, None] + near).clamp(zero, zero + 1500)
    share = torch.exp(-((near / 4.0) ** 2) / 2)
    soft = -(likely[timed].gather(1, trainee.row_of[around]) * (share / share.sum())).sum(-1)
    weight = torch.where(before[timed] >= zero, SECOND_WEIGHT, TIME_WEIGHT)
    return (loss[~timed].sum() + (weight * soft).sum()) / ((~timed).sum() + weight.sum())


def ear_losses(trainee: Trainee, batch: Batch, heard: Tensor) -> dict[str, Tensor]:
    """Phonemes in their order (CTC), and in each frame where espeak-ng told its place."""
    device, found = trainee.table.device, {}
    with lower_precision(device):
        phoneme_logits, frame_logits = trainee.phoneme_head(heard).float(), trainee.frame_head(heard).float()
    found["phonemes"] = F.ctc_loss(
        phoneme_logits.log_softmax(-1).transpose(0, 1),
        torch.cat(batch.phonemes).to(device),
        batch.lengths,
        torch.tensor([len(p) for p in batch.phonemes]),
        zero_infinity=True,
    )
    labels = batch.labels.to(device)
    if bool((labels >= 0).any()):
        found["frames"] = F.cross_entropy(frame_logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
    return found


WEIGHTS = {"pen": 1.0, "phonemes": 0.5, "frames": 0.3, "attention": 0.8}


class Mean:
    """Weights averaged over the last steps."""

    def __init__(self, weights: list[Tensor]) -> None:
        self.weights = [w.detach().clone() for w in weights]
        self.steps = 0

    @torch.no_grad()
    def add(self, weights: list[Tensor]) -> None:
        self.steps += 1
        torch._foreach_lerp_(
            self.weights, [w.detach() for w in weights], max(1 / MEAN_OVER * 5, 1 / (1 + self.steps / 5))
        )


def join_workers() -> tuple[int, int]:
    """Rank and number of processes learning together (RANK and WORLD_SIZE, as torchrun sets them).

    On a busy machine one process a core gets further than one process with many threads, which wait for each other at
    every matrix product; these wait once a step: each learns
    alone, then all go on from the mean of their weights.
    """
    rank, workers = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if workers > 1:
        torch.distributed.init_process_group("gloo", rank=rank, world_size=workers)
    return rank, workers


@torch.no_grad()
def share_weights(weights: list[Tensor]) -> None:
    """Each weight becomes its mean over the processes."""
    flat = torch.cat([w.flatten() for w in weights])
    torch.distributed.all_reduce(flat)
    flat /= torch.distributed.get_world_size()
    for weight, part in zip(weights, flat.split([w.numel() for w in weights]), strict=True):
        weight.copy_(part.view_as(weight))


def going_on(wanted: bool, workers: int) -> bool:
    """Whether all processes want another step."""
    if workers == 1:
        return wanted
    flag = torch.tensor(float(wanted))
    torch.distributed.all_reduce(flag, op=torch.distributed.ReduceOp.MIN)
    return bool(flag)


def feeder(joiner: Joiner, kinds, depth: int = 3) -> queue.Queue:  # type: ignore[no-untyped-def]
    """Batches made in a thread while the last one is learnt."""
    ready: queue.Queue = queue.Queue(depth)

    def fill() -> None:
        while True:
            kind = kinds()
            ready.put((kind, joiner.batch(kind)))

    threading.Thread(target=fill, daemon=True).start()
    return ready


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("run", type=Path)
    p.add_argument("shards", type=Path)
    p.add_argument("--init", type=Path, help="a checkpoint to start from")
    p.add_argument("--minutes", type=float, default=120, help="length of the whole run, restarts included")
    p.add_argument("--until", type=float, help="instead: seconds since 1970 at which the run ends")
    p.add_argument("--ear-steps", type=int, default=60, help="steps in which only the ear learns")
    p.add_argument("--pen-steps", type=int, default=6, help="further steps of the pen alone, on sounds heard before")
    p.add_argument(
        "--ear-every", type=int, default=1, help="once the ear hears well: it learns in every n-th step only, 0 never"
    )
    p.add_argument("--rate", type=float, default=9e-4)
    p.add_argument("--gain", type=float, default=1, help="sound in a batch, times this (a GPU takes 8 or more)")
    p.add_argument("--shares", default="0.25:75,25,0;0.6:45,45,10;1:65,28,7")
    a = p.parse_args()
    a.run.mkdir(parents=True, exist_ok=True)
    rank, workers = join_workers()
    torch.manual_seed(0)  # all processes start from the same weights
    shares = [(float(u), *map(float, w.split(","))) for u, w in (part.split(":") for part in a.shares.split(";"))]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    state_path, began = a.run / "state.pt", time.time()
    saved = torch.load(state_path, weights_only=True) if state_path.exists() else None
    given = torch.load(a.init, weights_only=True) if a.init and not saved else {}
    names: dict[str, int] = saved["names"] if saved else given.get("names", {})
    groups = load(sorted(a.shards.glob("*.npy")), names)
    active = sorted({*active_tokens(Grammar()), *(t for g in groups for t in g.tokens)})
    trainee = Trainee(active, PHONEMES)
    step, first, heads_until = 0, began, 0
    if saved:
        step, first, heads_until = saved["step"], saved["first"], saved["heads_until"]
        trainee.whisper.load_state_dict(saved["whisper"])
        trainee.frame_head.load_state_dict(saved["frame_head"])
        trainee.phoneme_head.load_state_dict(saved["phoneme_head"])
        old = {t: i for i, t in enumerate(saved["active"])}
        with torch.no_grad():
            for i, token in enumerate(active):
                if token in old:
                    trainee.table[i] = saved["table"][old[token]]
            trainee.table[-1] = saved["table"][-1]
    elif given:
        trainee.start_from(given["model_state_dict"])
        heads_until = 0 if "phoneme_head" in given or not a.ear_every else HEAD_STEPS
        for head in ("frame_head", "phoneme_head"):  # a checkpoint of a training run brings its phonemes along
            if head in given:
                getattr(trainee, head).load_state_dict(given[head])
    looked_at = Joiner(groups, 0).batch(LOOKED_AT)
    if a.init and not saved and not a.ear_every and not horizon.is_closed(trainee.whisper):
        horizon.close_ear(trainee.whisper, looked_at.mel, HORIZON)
    if horizon.is_closed(trainee.whisper):
        if not saved:
            closed = trainee.released()
            horizon.close_pen(closed, looked_at.mel, looked_at.tokens)
            trainee.whisper.load_state_dict(closed.state_dict())
        horizon.hold_own_rows(trainee.whisper)
    trainee.to(device).train()
    if not saved and not a.init:  # a checkpoint brings the times and the quiet row it has learnt
        trainee.lay_out_times(tokenizer().timestamp_begin)
        first_batch = Joiner(groups, 0).batch(SHORT)
        trainee.quiet_others(first_batch.mel.to(device), first_batch.tokens[:, :-1].to(device))
    learnt = [w for w in trainee.parameters() if w.requires_grad]
    optimiser = torch.optim.AdamW(learnt, lr=a.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    resumed = bool(saved and saved["active"] == active)
    if resumed:
        optimiser.load_state_dict(saved["optimiser"])
    mean = Mean(learnt)
    last = a.until or first + 60 * a.minutes
    print(f"{len(groups)} groups, {len(active)} tokens, {len(names)} phonemes, {device}, step {step}", flush=True)

    def done() -> float:
        return min(1.0, (time.time() - first) / max(1.0, last - first))

    def kinds() -> Length:
        kind = kind_of_step(done(), shares)
        return replace(kind, sound=kind.sound * a.gain)

    def save() -> None:
        with torch.no_grad():
            now = [w.detach().clone() for w in learnt]
            for w, m in zip(learnt, mean.weights, strict=True):
                w.copy_(m)
            model = trainee.released()
            if horizon.is_closed(model):
                horizon.close_pen(model, looked_at.mel, looked_at.tokens)
            torch.save(checkpoint(model), a.run / "demo-fr.tmp")
            (a.run / "demo-fr.tmp").replace(a.run / "demo-fr.pt")
            for w, n in zip(learnt, now, strict=True):
                w.copy_(n)
        torch.save(
            {
                "step": step,
                "first": first,
                "heads_until": heads_until,
                "names": names,
                "active": active,
                "table": trainee.table.detach(),
                "whisper": trainee.whisper.state_dict(),
                "frame_head": trainee.frame_head.state_dict(),
                "phoneme_head": trainee.phoneme_head.state_dict(),
                "optimiser": optimiser.state_dict(),
            },
            a.run / "state.tmp",
        )
        (a.run / "state.tmp").replace(state_path)

    def learn(found: dict[str, Tensor]) -> None:
        optimiser.zero_grad()
        sum(WEIGHTS[name] * value for name, value in found.items()).backward()
        torch.nn.utils.clip_grad_norm_([w for w in learnt if w.grad is not None], 1.0)
        optimiser.step()

    spent: dict[str, list[float]] = {}
    last_tick = [time.time(), time.process_time()]

    def clock(part: str) -> None:
        now = [time.time(), time.process_time()]
        spent[part] = [s + n - t for s, n, t in zip(spent.get(part, [0.0, 0.0]), now, last_tick, strict=True)]
        last_tick[:] = now

    remembered: collections.deque[tuple[Tensor, Batch]] = collections.deque(maxlen=60)
    ready, told, stored, since = feeder(Joiner(groups, random.randrange(1 << 30)), kinds), {}, time.time(), 0
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    stopped = threading.Event()
    torch.manual_seed(step * 8 + rank)
    while going_on(done() < 1 and not stopped.is_set(), workers):
        step, since = step + 1, since + 1
        clock("rest")
        kind, batch = ready.get()
        clock("wait")
        warm = min(1.0, since / (20 if resumed else 100))
        for group in optimiser.param_groups:
            group["lr"] = a.rate * warm * max(0.03, min(1.0, (1 - done()) / 0.4))
        heads_learn = step <= heads_until
        ear_learns = not heads_learn and (step <= a.ear_steps or (a.ear_every > 0 and step % a.ear_every == 0))
        with torch.set_grad_enabled(ear_learns), lower_precision(device):
            heard = trainee.hear(batch.mel.to(device), batch.first_frame)
        found = ear_losses(trainee, batch, heard) if ear_learns or heads_learn else {}
        if step > a.ear_steps:
            found |= pen_losses(trainee, batch, heard)
            remembered.append((heard.detach(), batch))
        learn(found)
        clock("both")
        for _ in range(a.pen_steps if len(remembered) > 4 else 0):
            heard, old = random.choice(remembered)
            learn(pen_losses(trainee, old, heard))
        clock("pen")
        if workers > 1:
            share_weights(learnt)
        clock("share")
        if step % 5 == 0:
            mean.add(learnt)
        for name, value in found.items():
            told.setdefault((kind.name, name), []).append(float(value.detach()))
        if step % 25 == 0 and not rank:
            figures = " ".join(f"{k[0]}.{k[1]} {sum(v) / len(v):.3f}" for k, v in sorted(told.items()))
            print(f"{step} {time.time() - first:.0f}s {figures}", flush=True)
            print("    " + " ".join(f"{k} {w:.0f}/{c:.0f}s" for k, (w, c) in spent.items()), flush=True)
            spent.clear()
            told.clear()
        if time.time() - stored > 180 and not rank:
            save()
            stored = time.time()
    if not rank:
        save()


if __name__ == "__main__":
    main()
