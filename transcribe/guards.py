"""Guards: does what was written agree with what was heard?

One window's hypothesis, its words on the recording's time and its spans of speech in; flags out, each with figures as
evidence and never a dictated word. A guard drops nothing and corrects nothing: listen.py may try again, and what
remains is flagged for the proofreader's ear.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence

from transcribe.engine import Hypothesis
from transcribe.prompt import echo, words_of
from transcribe.transcript import Flag, Word
from transcribe.vad import Span, Window

MAX_COMPRESSION = 2.4  # openai-whisper's own limit: above, the text says the same again and again
MIN_LOGPROB = -1.0  # openai-whisper's own limit for a whole window
UNSURE_WORDS = 3  # of fewer a mean says little
MAX_COLD = 0.4  # above this temperature a text is a guess, however well it reads
UNCOVERED_SECONDS = 1.0  # speech that no word accounts for; shorter is a hesitation
STRETCHED_SECONDS = 0.6  # speech inside one word beyond what this speaker needs for it; shorter is an emphasis
PACED_WORDS = 8  # words of a window from which a speaker's pace can be told
MAX_LETTERS_PER_SECOND = 32.0  # the fastest French we know of stays below 25
REPEATS = {1: 6.0, 2: 4.0, 3: 4.0}  # words in a phrase: how often is too often; a phone number has « zéro zéro zéro »
LONG_REPEATS = 2.6  # a long phrase, twice and begun a third time: nobody corrects himself so
LONGEST_PHRASE = 12  # words

# What Whisper has learnt to write over silence from the subtitles it was trained on (whisper.cpp #2660 and others).
_CREDITS = re.compile(
    r"sous-?titr|amara\.org|radio-canada|merci d.avoir (regard|visionn)|abonnez-vous|n.oubliez pas de vous abonner",
    re.IGNORECASE,
)


def judge(
    hypothesis: Hypothesis, words: Sequence[Word], speech: Sequence[Span], window: Window, prompt: str = ""
) -> tuple[Flag, ...]:
    """All that is doubtful about one window, in no order. Empty: nothing to say against it.

    words, speech: within the window, on the recording's time, in order.
    """
    text = hypothesis.text
    found: list[tuple[str, float, float, str]] = []
    whole = window.start, window.end
    if times := repeats([word.text for word in words]):
        found.append(("loop", *whole, f"the same words {times:.1f} times in a row"))
    elif (ratio := compression(text)) > MAX_COMPRESSION:
        found.append(("loop", *whole, f"compression {ratio:.1f}"))
    elif not hypothesis.finished:
        found.append(("early_end", *whole, f"cut off after {len(hypothesis.tokens)} tokens"))
    if words and (hypothesis.average_logprob < MIN_LOGPROB or hypothesis.temperature > MAX_COLD):
        figures = f"log probability {hypothesis.average_logprob:.2f}, temperature {hypothesis.temperature:.1f}"
        found.append(("low_confidence", *whole, figures))
    if prompt and (recited := echo(text, prompt)):
        found.append(("prompt_echo", *whole, f"{recited} words of the prompt in a row"))
    if _CREDITS.search(text):
        found.append(("words_without_speech", *whole, "a phrase of film subtitles"))
    found += _unspoken(words, speech)
    found += _unwritten(words, speech)
    return tuple(Flag(*flag) for flag in found)


def unsure(words: Sequence[Word], window: Window, below: float) -> tuple[Flag, ...]:
    """A window whose words are on average less sure than `below`: in noise a recogniser goes on writing as ever.

    Not among what `judge` says, because to hear it again gains nothing: noise stays noise.
    """
    if len(words) < UNSURE_WORDS:
        return ()
    mean = sum(word.probability for word in words) / len(words)
    if mean >= below:
        return ()
    return (Flag("low_confidence", window.start, window.end, f"{len(words)} words, {mean:.2f} sure on average"),)


def repeats(words: Sequence[str]) -> float:
    """How many times in a row the worst phrase is said, when that is more than anybody says it; else 0."""
    plain = words_of(" ".join(words))
    worst = 0.0
    for length in range(1, min(LONGEST_PHRASE, len(plain) // 2) + 1):
        run = 0  # words that equal the one a phrase earlier
        for i in range(length, len(plain)):
            run = run + 1 if plain[i] == plain[i - length] else 0
            times = run / length + 1
            if times >= REPEATS.get(length, LONG_REPEATS):
                worst = max(worst, times)
    return worst


def compression(text: str) -> float:
    """How well a text compresses: 2 for prose, more for repetition. 0 for a text too short to say."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if len(raw) > 80 else 0.0


def _weight(text: str) -> float:
    """Letters a word takes to say; a digit is a word of its own (« 2026 » is « deux mille vingt-six »)."""
    return sum(5.0 if letter.isdigit() else 1.0 for letter in text if letter.isalnum())


def _longest_to_say(text: str) -> float:
    """Seconds a slow speaker needs; longer words hide speech that was not written."""
    return 0.5 + 0.12 * _weight(text)


def _overlaps(spans: Iterable[Span], start: float, end: float) -> list[Span]:
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]


def _unspoken(words: Sequence[Word], speech: Sequence[Span]) -> list[tuple[str, float, float, str]]:
    """Words where nobody speaks, and more words than anybody can say."""
    found: list[tuple[str, float, float, str]] = []
    silent: list[Word] = []
    for word in [*words, None]:
        if word is not None and not _overlaps(speech, word.start - 0.1, word.end + 0.1):
            silent.append(word)
        elif silent:
            found.append(("words_without_speech", silent[0].start, silent[-1].end, f"{len(silent)} words in a pause"))
            silent = []
    for i in range(len(words) - 4):
        run = words[i : i + 5]
        spoken = sum(b - a for a, b in _overlaps(speech, run[0].start, run[-1].end))
        rate = sum(_weight(word.text) for word in run) / max(spoken, 0.02)
        if rate > 2 * MAX_LETTERS_PER_SECOND:  # five words may be badly placed; twice the limit is not
            found.append(("words_without_speech", run[0].start, run[-1].end, f"{rate:.0f} letters a second"))
            return found
    heard = sum(b - a for a, b in speech)
    letters = sum(_weight(word.text) for word in words)
    if words and letters / max(heard, 0.1) > MAX_LETTERS_PER_SECOND:
        found.append(
            ("words_without_speech", words[0].start, words[-1].end, f"{letters:.0f} letters in {heard:.1f} s of speech")
        )
    return found


def _unwritten(words: Sequence[Word], speech: Sequence[Span]) -> list[tuple[str, float, float, str]]:
    """Stretches of speech that no word accounts for. One that runs to the end is an early end."""
    found: list[tuple[str, float, float, str]] = []
    holes = uncovered(words, speech)
    holes += [(a, b) for a, b in stretched(words, speech) if not _overlaps(holes, a, b)]
    for start, end in sorted(holes):
        last = speech[-1][1] - end < 0.3
        seconds = sum(b - a for a, b in _overlaps(speech, start, end))
        found.append(("early_end" if last else "speech_without_words", start, end, f"{seconds:.1f} s of speech"))
    return found


def uncovered(words: Sequence[Word], speech: Sequence[Span]) -> list[Span]:
    """Stretches with more than UNCOVERED_SECONDS of speech and no word.

    Alignment stretches a word over what was skipped after it, so a word covers no more speech than it takes to say.
    """
    left = list(speech)
    for word in words:
        allowance = _longest_to_say(word.text)
        for start, end in _overlaps(speech, word.start, word.end):
            if allowance <= 0:
                break
            end = min(end, start + allowance)
            allowance -= end - start
            left = _without(left, start, end)
    joined: list[list[Span]] = []
    for span in left:  # pieces between the same two words belong together
        apart = not joined or any(joined[-1][-1][1] - 1e-3 <= word.start < span[0] - 1e-3 for word in words)
        if apart:
            joined.append([span])
        else:
            joined[-1].append(span)
    return [(group[0][0], group[-1][1]) for group in joined if sum(b - a for a, b in group) > UNCOVERED_SECONDS]


def stretched(words: Sequence[Word], speech: Sequence[Span]) -> list[Span]:
    """The second part of words that last longer than this speaker takes to say them: something was skipped there.

    The pace is the window's own: the median over its words of the speech in each against what a word of its letters
    takes. Too few words: no judgement beyond that of `uncovered`.
    """
    heard = [sum(b - a for a, b in _overlaps(speech, word.start, word.end)) for word in words]
    usual = [_usually(word.text) for word in words]
    paces = sorted(seconds / needed for seconds, needed in zip(heard, usual, strict=True) if seconds > 0.05)
    if len(paces) < PACED_WORDS:
        return []
    pace = min(2.0, max(0.7, paces[len(paces) // 2]))
    found = []
    for word, seconds, needed in zip(words, heard, usual, strict=True):
        longest = 1.3 * pace * needed  # said slowly
        if seconds - longest > STRETCHED_SECONDS:
            found.append((word.start + longest, word.end))
    return found


def _usually(text: str) -> float:
    """Seconds a word takes at an ordinary pace, by its letters."""
    return 0.12 + 0.055 * _weight(text)


def _without(spans: Sequence[Span], start: float, end: float) -> list[Span]:
    kept: list[Span] = []
    for a, b in spans:
        if b <= start or a >= end:
            kept.append((a, b))
            continue
        if a < start:
            kept.append((a, start))
        if b > end:
            kept.append((end, b))
    return kept
