"""Choice: which engine hears best on this machine, and why.

A name or nothing in; a loaded engine with its reason out. Reads what the processor and the memory offer; where two
engines are worth trying it times both once (processor time) and keeps the figures in the cache of converted models.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transcribe.engine import ENGINES, FORMER_NAMES, Engine
from transcribe.errors import WeightsMissing
from transcribe.processor import UNITS, fields_of, this_processor
from transcribe.weights import Model, locate

OPENVINO_EXTRA_BYTES = 600 << 20  # OpenVINO itself, and what is heard in the windows read together
OPENVINO_SHARE = 2.0  # of the checkpoint's size: its encoder in bfloat16, its decoder in 8 bits, both being prepared
ROUNDS, TOKENS = 3, 16  # of a measurement
MEASURES = "measured.json"
MOST_CORES = 8  # of a large server, unless told otherwise: other programs live there too


@dataclass(frozen=True, slots=True)
class Machine:
    """What the choice depends on."""

    processor: str
    flags: frozenset[str]
    free_bytes: int
    graphics: bool  # whether CTranslate2 sees a CUDA device
    converts: bool = True  # whether CTranslate2 is installed
    openvino: bool = True  # whether OpenVINO is


@dataclass(frozen=True, slots=True)
class Plan:
    """Which engines to try, best guess first, and why: one of WHY."""

    candidates: tuple[str, ...]
    why: str


WHY = {
    "asked": "asked for by name",
    "asked_in_vain": "openvino was asked for, and the processor has no units for bfloat16 or 8 bits",
    "no_converter": "ctranslate2 is not installed",
    "graphics": "a CUDA device is present",
    "no_units": "the processor has no units for bfloat16 or 8 bits",
    "no_openvino": "openvino is not installed",
    "little_memory": "too little free memory for OpenVINO",
    "to_measure": "the processor has units for bfloat16 or 8 bits: the thriftier engine of the two",
    "not_converted": "the checkpoint could not be converted",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """A loaded engine and, for the log, why this one."""

    engine: Engine[Any]
    reason: str
    seconds: Mapping[str, float] = field(default_factory=dict)  # of processor for one window, when it was measured


def select_engine(
    name: str | None = None,
    model: str | None = None,
    *,
    models: Path = Path("models"),
    cache: Path | None = None,
    threads: int | None = None,
    lanes: int | None = None,
    machine: Machine | None = None,
) -> Selection:
    """Load an engine with a verified model.

    name: one of ENGINES, or a former name of one; None for the best on this machine.
    model: a name in the manifest; None for its default.
    cache: where converted models are kept; None for `converted/` among the models.
    threads: cores for all of it; None for what `usable_cores` says.
    lanes: windows heard at once (lanes.py), which share the threads; None for two, one on a single core. `reference`
        and `cuda` have one.
    Raises WeightsMissing, and ValueError for a name that is no engine.
    """
    name = FORMER_NAMES.get(name, name) if name else None
    if name not in (None, *ENGINES):
        raise ValueError(f"no engine {name!r}: choose one of {', '.join(ENGINES)}")
    threads = threads or usable_cores()
    lanes = lanes or min(2, threads)
    found = locate(models, model)
    cache = cache or models / "converted"
    machine = machine or this_machine()
    plan = _asked(name, machine) if name else plan_for(machine, found)
    seconds: dict[str, float] = {}
    remark = ""
    try:
        if len(plan.candidates) == 1:
            engine = _load(plan.candidates[0], found, cache, threads, lanes)
        else:
            engine, seconds, remark = _faster(plan.candidates, found, cache, threads, lanes, machine)
    except (WeightsMissing, OSError) as error:
        if name:
            raise _as_missing(error, found) from error
        engine = _load("reference", found, cache, threads)
        plan = Plan(("reference",), "not_converted")
        return Selection(engine, f"{_reason(engine, found, plan)}: {_as_missing(error, found).detail}")
    return Selection(engine, _reason(engine, found, plan, seconds) + remark, seconds)


def _asked(name: str, machine: Machine) -> Plan:
    """The engine of that name, but for OpenVINO where it would hear less well than `ct2` and cost as much."""
    if name == "openvino" and not machine.flags & UNITS:
        return Plan(("ct2",), "asked_in_vain")
    return Plan((name,), "asked")


def _as_missing(error: Exception, model: Model) -> WeightsMissing:
    if isinstance(error, WeightsMissing):
        return error
    return WeightsMissing(detail=f"{model.name}: {type(error).__name__}")


def _reason(engine: Engine[Any], model: Model, plan: Plan, seconds: Mapping[str, float] | None = None) -> str:
    figures = ", ".join(f"{name} {spent:.2f} s" for name, spent in (seconds or {}).items())
    return f"{engine.info.engine} with {model.name}: {WHY[plan.why]}" + (f" ({figures} a window)" if figures else "")


def plan_for(machine: Machine, model: Model) -> Plan:
    """Which engines are worth trying for this model here. Loads nothing."""
    if not machine.converts:
        return Plan(("reference",), "no_converter")
    if machine.graphics:
        return Plan(("cuda",), "graphics")
    if not machine.flags & UNITS:
        return Plan(("ct2",), "no_units")
    if not machine.openvino:
        return Plan(("ct2",), "no_openvino")
    if machine.free_bytes < OPENVINO_EXTRA_BYTES + OPENVINO_SHARE * model.size_bytes:
        return Plan(("ct2",), "little_memory")
    return Plan(("openvino", "ct2"), "to_measure")


def _load(name: str, model: Model, cache: Path, threads: int, lanes: int = 1) -> Engine[Any]:
    if name == "reference":
        from transcribe.reference import ReferenceEngine

        return ReferenceEngine.load(model, threads=threads)
    if name == "openvino":
        from transcribe.ov import OpenVinoEngine

        return OpenVinoEngine.load(model, cache=cache, threads=threads, lanes=lanes)
    from transcribe.ct2 import Ct2Engine

    if name == "cuda":
        return Ct2Engine.load(model, cache=cache, threads=threads, quantisation="float16", device="cuda")
    return Ct2Engine.load(model, cache=cache, threads=threads, lanes=lanes)


def _faster(
    names: tuple[str, ...], model: Model, cache: Path, threads: int, lanes: int, machine: Machine
) -> tuple[Engine[Any], dict[str, float], str]:
    """The engine that spends least on a window, by a measurement made once on this machine.

    Turn and turn about, and in processor time: what else runs then must not decide. One that cannot be loaded here is
    left out, which is said, and tried again at the next start. Raises what the last one raised when none can.
    """
    known = measured(cache, model, threads, machine)
    decided = set(known) >= set(names)
    engines: dict[str, Engine[Any]] = {}
    failed: list[Exception] = []
    for name in sorted(names, key=known.__getitem__) if decided else names:
        try:
            engines[name] = _load(name, model, cache, threads, lanes)
        except (WeightsMissing, OSError) as error:
            failed.append(error)
        else:
            if decided:
                break
    if not engines:
        raise failed[-1]
    if failed:
        (left,) = engines.values()
        return left, {}, f", the other could not be loaded: {_as_missing(failed[0], model).detail}"
    if decided:
        (best,) = engines.values()
        return best, known, ""
    rounds = [{name: _seconds_to_hear(engine) for name, engine in engines.items()} for _ in range(ROUNDS)]
    known = {name: min(spent[name] for spent in rounds) for name in names}
    _remember(cache, _key(model, threads, machine), known)
    return engines[min(known, key=known.__getitem__)], known, ""


def _seconds_to_hear(engine: Engine[Any]) -> float:
    """Processor time of one full window, heard and read to TOKENS tokens at most."""
    import numpy as np

    from transcribe.audio import RATE
    from transcribe.engine import DecodeOptions
    from transcribe.vad import Window

    length = engine.info.max_window_seconds
    sound = (0.1 * np.random.default_rng(1).standard_normal(round(length * RATE))).astype(np.float32)
    started = time.process_time()
    engine.decode(engine.encode(sound, Window(((0.0, length),))), DecodeOptions(max_tokens=TOKENS))
    return round(time.process_time() - started, 3)


def measured(cache: Path, model: Model, threads: int | None, machine: Machine) -> dict[str, float]:
    """Processor seconds for one window, by engine, as measured earlier on this machine; empty when never."""
    return _measures(cache).get(_key(model, threads or usable_cores(), machine), {})


def _key(model: Model, threads: int, machine: Machine) -> str:
    from transcribe.convert import VERSION  # with numpy, which the command's help does without

    units = ",".join(sorted(machine.flags & UNITS))
    return f"{machine.processor}|{units}|{threads}|{model.sha256[:20]}|v{VERSION}"


def _measures(cache: Path) -> dict[str, dict[str, float]]:
    try:
        return dict(json.loads((cache / MEASURES).read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def _remember(cache: Path, key: str, seconds: dict[str, float]) -> None:
    part = cache / f"{MEASURES}.{os.getpid()}.part"
    part.write_text(json.dumps(_measures(cache) | {key: seconds}, indent=1), "utf-8")
    part.replace(cache / MEASURES)


def usable_cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Cores this process may use, 1 to MOST_CORES: what the system and a container's limit (`quota`) leave it."""
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    try:
        allowed, period = quota.read_text("ascii").split()
        cores = min(cores, float(allowed) / float(period))
    except (OSError, ValueError, ZeroDivisionError):  # no limit: "max 100000", or no such file
        pass
    return max(1, min(int(cores), MOST_CORES))


@functools.cache
def this_machine() -> Machine:
    """What this machine offers, as Linux says; elsewhere nothing is promised."""
    processor = this_processor()
    memory = fields_of(Path("/proc/meminfo")).get("MemAvailable", "0 kB")
    converts = importlib.util.find_spec("ctranslate2") is not None
    return Machine(
        processor=processor.name,
        flags=processor.flags,
        free_bytes=int(memory.split()[0]) << 10,
        graphics=converts and _sees_graphics(),
        converts=converts,
        openvino=importlib.util.find_spec("openvino") is not None,
    )


def _sees_graphics() -> bool:
    if not any(Path("/dev").glob("nvidia[0-9]*")):  # cheap, and spares the import where there is none
        return False
    import ctranslate2

    return bool(ctranslate2.get_cuda_device_count())
