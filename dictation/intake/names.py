"""Names: what a dropped file is called, made fit to show, to pair and to lie in quarantine.

Raw names in (any bytes, as the system's decoder gives them: undecodable ones are lone surrogates), text out. Touches
nothing. A raw name is only ever used to open the very file it was listed for.
"""

from __future__ import annotations

import os
import re
import unicodedata

SIDECAR_SUFFIX = ".json"
DOCUMENT_SUFFIX = ".pdf"
AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".w64", ".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".oga", ".opus", ".webm", ".flac", ".amr"}
    | {".wma", ".asf", ".dss", ".ds2", ".aif", ".aiff", ".au", ".caf"}
)
QUARANTINE = "quarantaine"
AWAY = ".pris-"  # folders where a file lies between « taken » and « removed »

# What systems, sharing tools and half-finished copies leave behind. Documented in docs/inbox-contract.md.
_JUNK_NAMES = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "lisezmoi.txt", "readme.md", "readme.txt", "icon\r"}
)
_JUNK_STARTS = (".", "~$", "._")
_JUNK_ENDS = (
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".crdownload",
    ".download",
    ".filepart",
    ".!ut",
    "~",
    ".swp",
    ".lnk",
)
_JUNK_STREAM = ":zone.identifier"
_JUNK_FOLDERS = frozenset(
    {"@eadir", "#recycle", "#snapshot", "$recycle.bin", "system volume information", "lost+found"}
)

_SHOWN_CHARACTERS = 200


def is_junk(name: str) -> bool:
    """Whether a file of this name is never a dictation and is left alone."""
    low = name.lower()
    return low in _JUNK_NAMES or low.startswith(_JUNK_STARTS) or low.endswith(_JUNK_ENDS) or low.endswith(_JUNK_STREAM)


def is_junk_folder(name: str) -> bool:
    return name.startswith(".") or name.lower() in _JUNK_FOLDERS


def stem(name: str) -> str:
    """The name without its last suffix: `dictée.2026.wav` gives `dictée.2026`."""
    return os.path.splitext(name)[0]  # noqa: PTH122  # a raw name may hold what Path would read as folders


def suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122


def alike(name: str) -> str:
    """Equal for names that people hold to be the same: composed or decomposed accents, capitals or not."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def shown(name: str) -> str:
    """The name for a page or a log reader: one line, nothing invisible, nothing that turns the reading direction.

    Bytes that are no UTF-8 show as \\xE9, control and format characters as \\n or \\u202e. At most 200 characters:
    the middle of a longer name is left out, its end says what kind of file it is.
    """
    text = "".join(_shown_character(character) for character in unicodedata.normalize("NFC", name))
    if len(text) > _SHOWN_CHARACTERS:
        text = f"{text[: _SHOWN_CHARACTERS - 60]}…{text[-59:]}"
    return text


def _shown_character(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02X}"
    if unicodedata.category(character)[0] == "C" or character in "\u2028\u2029":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(
            character, f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02X}"
        )
    return character


def safe(name: str, limit_bytes: int = 100) -> str:
    """A name every system can hold and every command line can take: letters, digits, `.`, `_` and `-` only.

    Never empty, never with a leading dash or dot; the suffix survives. Not unique: the caller puts an id before it.
    """
    kept = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", name).encode("utf-8", "replace").decode("utf-8"))
    body, ending = stem(kept), suffix(kept)
    ending = ending if re.fullmatch(r"\.[a-z0-9]{1,8}", ending) else ""
    body = (body if ending else kept).strip("._-") or "fichier"
    return body.encode("utf-8")[: limit_bytes - len(ending)].decode("utf-8", "ignore") + ending
