"""Tokens: text to the numbers that Whisper reads and writes, and back; the same for every engine and for prompts.

Reads openai-whisper's own tokenizer module and vocabulary file from the installed package, without importing the
package: that would load torch. Nothing else is touched.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from transcribe.engine import HeardWord
from transcribe.errors import WeightsMissing

MULTILINGUAL = 51_865  # tokens; openai-whisper's own test for a model that reads French
_TEXT_AND_COMMANDS = 51_765  # tokens that are no language, one less than a multilingual vocabulary without any


@functools.cache
def whisper_folder() -> Path:
    """Where openai-whisper's files lie. Raises WeightsMissing."""
    found = importlib.util.find_spec("whisper")  # does not run the package
    for folder in (found.submodule_search_locations or []) if found else []:
        return Path(folder)
    raise WeightsMissing(detail="openai-whisper is not installed: no vocabulary, no mel filters")


@functools.cache
def _module() -> ModuleType:
    name = "transcribe._whisper_tokenizer"
    spec = importlib.util.spec_from_file_location(name, whisper_folder() / "tokenizer.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # its dataclass looks there for its own annotations
    spec.loader.exec_module(module)
    return module


@functools.cache
def tokenizer(vocabulary: int = MULTILINGUAL, language: str = "fr") -> Any:
    """openai-whisper's Tokenizer for a model with so many tokens, set to transcribe `language`."""
    multilingual = vocabulary >= MULTILINGUAL
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its vocabulary file to be closed by chance
        return _module().get_tokenizer(
            multilingual,
            num_languages=vocabulary - _TEXT_AND_COMMANDS - int(multilingual),
            language=language,
            task="transcribe",
        )


def count(text: str) -> int:
    """Tokens of a prompt, as the model will read it. Every multilingual Whisper shares the vocabulary of text."""
    return len(prompt_tokens(tokenizer(), text))


def prompt_tokens(known: Any, prompt: str) -> list[int]:
    """A prompt as openai-whisper encodes it; words that look like commands are read as words."""
    return list(known.encode(" " + prompt.strip(), disallowed_special=())) if prompt.strip() else []


def suppressed(known: Any) -> list[int]:
    """Tokens no text holds: sounds, speakers, commands. The list that openai-whisper suppresses by default."""
    commands = known.transcribe, known.translate, known.sot, known.sot_prev, known.sot_lm, known.no_speech
    return sorted({*known.non_speech_tokens, *commands})


def vocabulary_strings(known: Any, size: int) -> list[str]:
    """Each token as CTranslate2 stores it: printable stand-ins for bytes, as GPT-2 wrote its vocabulary."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    stand_in = {byte: chr(byte) for byte in plain}
    for byte in range(256):
        stand_in.setdefault(byte, chr(256 + len(stand_in) - len(plain)))
    special = {number: text for text, number in known.special_tokens.items()}
    found = []
    for number in range(size):
        if number in special:
            found.append(special[number])
        else:
            raw = known.encoding.decode_single_token_bytes(number)
            found.append("".join(stand_in[byte] for byte in raw))
    return found


def to_words(pieces: Sequence[str], edges: Sequence[tuple[float, float]], sure: Sequence[float]) -> list[HeardWord]:
    """Pieces of text with their times (seconds) and weakest tokens become words without blanks.

    Whisper cuts « l'échographie » and « 2,4 » in pieces; what has no blank before it belongs to the word before.
    """
    words: list[HeardWord] = []
    for text, (start, end), probability in zip(pieces, edges, sure, strict=True):
        bare = "".join(text.split())
        if not bare:
            continue
        alone = not any(letter.isalnum() for letter in bare)
        if words and (alone or not text[:1].isspace()):
            before = words[-1]
            # A comma takes no time.
            last = before.end if alone else max(before.end, end)
            words[-1] = HeardWord(before.text + bare, before.start, last, min(before.probability, probability))
        else:
            words.append(HeardWord(bare, start, max(start, end), probability))
    return words
