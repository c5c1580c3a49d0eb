"""The mean of several runs' last weights, closed to what lies beyond the horizon, as one checkpoint.

In: folders of train.py that went on from one another (one token table), the shards. Out: a checkpoint for measure.py
and publish.py. One run alone errs here, another there, most of all in when a window ends.

`python -m models.recipe.average OUT.pt SHARDS RUN RUN ...`
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from models.recipe import horizon
from models.recipe.network import Trainee, checkpoint
from models.recipe.train import LOOKED_AT, PHONEMES
from models.recipe.windows import Joiner, load


def mean_of(states: list[dict[str, Any]]) -> Trainee:
    """One model from train.py's states. Raises ValueError when their token tables differ."""
    first = states[0]
    if any(state["active"] != first["active"] for state in states):
        raise ValueError("these runs did not learn the same tokens")
    trainee = Trainee(first["active"], PHONEMES)
    weights = {name: torch.stack([s["whisper"][name].float() for s in states]).mean(0) for name in first["whisper"]}
    trainee.whisper.load_state_dict(weights)
    with torch.no_grad():
        trainee.table.copy_(torch.stack([state["table"] for state in states]).mean(0))
    return trainee


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out", type=Path)
    p.add_argument("shards", type=Path)
    p.add_argument("runs", type=Path, nargs="+")
    a = p.parse_args()
    states = [torch.load(run / "state.pt", weights_only=True) for run in a.runs]
    model = mean_of(states).released()
    if horizon.is_closed(model):
        looked_at = Joiner(load(sorted(a.shards.glob("*.npy")), states[0]["names"]), 0).batch(LOOKED_AT)
        horizon.close_pen(model, looked_at.mel, looked_at.tokens)
    torch.save(checkpoint(model), a.out)


if __name__ == "__main__":
    main()
