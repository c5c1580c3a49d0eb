"""Prompt: the words this letter will probably hold, as one French sentence that the model reads before it listens.

Whisper imitates the style of its prompt, so it gets a sentence, never a list; and sometimes it recites it, so `echo`
finds a recitation (listen.py then decodes again without prompt). Only for models trained with prompts. Touches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

MAX_TOKENS = 160  # Whisper keeps at most 223, and the more it reads the sooner it stops listening
ECHO_WORDS = 6  # so many words of the prompt in a row are said by chance in no letter we have seen


def estimate(text: str) -> int:
    """Tokens of `text`, on the high side: French takes about one for three bytes."""
    return -(-len(text.encode()) // 3) + 1


def sentence(
    subject: str, terms: Iterable[str], *, max_tokens: int = MAX_TOKENS, count: Callable[[str], int] = estimate
) -> str:
    """« Compte rendu opératoire du docteur Martin : cholécystectomie, trocart. » from a subject and ranked terms.

    The first terms win; the rest is left out once `max_tokens` are used. Without subject and terms: "".
    """
    chosen: list[str] = []
    for term in dict.fromkeys(clean for raw in terms if (clean := " ".join(raw.split()))):
        if count(_written(subject, [*chosen, term])) > max_tokens:
            break
        chosen.append(term)
    return _written(subject, chosen) if subject.strip() or chosen else ""


def _written(subject: str, terms: list[str]) -> str:
    heading = " ".join(subject.split())
    return (f"{heading}\u00a0: {', '.join(terms)}." if heading and terms else heading or ", ".join(terms)).rstrip(
        "."
    ) + "."


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation, to compare two texts."""
    return re.findall(r"\w+", text.lower())


def echo(text: str, prompt: str) -> int:
    """How many words of `prompt` come back in a row in `text`; 0 when fewer than ECHO_WORDS."""
    said, given = words_of(text), words_of(prompt)
    known = {tuple(given[i : i + ECHO_WORDS]) for i in range(len(given) - ECHO_WORDS + 1)}
    longest = run = 0
    for i in range(len(said) - ECHO_WORDS + 1):
        run = run + 1 if tuple(said[i : i + ECHO_WORDS]) in known else 0
        longest = max(longest, run)
    return longest + ECHO_WORDS - 1 if longest else 0
