"""Feedback: the verb. What came back about our letters is recorded, each message exactly once.

The reply mailbox in, counts out. Touches the content store (every message is kept whole), the store, and the mailbox's
flags. A message is kept, then recorded together with all it changes in one transaction, then marked in the mailbox:
killed anywhere in between, the next round finds it recorded, or records it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from dictation.disk import ContentStore, failpoint
from dictation.domain.replies import Reply
from dictation.errors import TryAgainLater
from dictation.send.mailbox_reader import ReplyMailbox
from dictation.send.receipts import MAX_WORDS, read_reply
from dictation.send.smime_reply import Opener, Unopened

MOST_AT_ONCE = 500  # messages in one round: a full mailbox must not keep one thread for an hour


class Book(Protocol):
    """What feedback needs of the store."""

    def seen(self, mailbox: str, validity: int) -> set[int]: ...
    def take(self, reply: Reply, message_sha256: str, *, mailbox: str, validity: int, uid: int) -> bool | None: ...
    def catch_up(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Polled:
    """One round: messages recorded, those of them that wait for a person, letters that moved."""

    recorded: int
    unmatched: int
    moved: int


def poll(mailbox: ReplyMailbox, book: Book, blobs: ContentStore, opener: Opener | None = None) -> Polled:
    """Look once. Raises what ReplyMailbox.open raises; what was recorded until then stays recorded.

    opener: with the key of the mailbox, for what was encrypted to us. What is kept is what came, sealed or not.
    """
    opener = opener or Opener()
    recorded = unmatched = 0
    try:
        with mailbox.open() as box:
            known = book.seen(box.key, box.validity)
            for uid in box.uids():
                if uid in known:
                    if mailbox.delete_recorded:
                        box.recorded(uid)  # a crash came between the record and the mark
                    continue
                if recorded >= MOST_AT_ONCE:
                    break
                content = box.fetch(uid)
                if content is None:
                    continue
                sha256 = blobs.put(content)
                failpoint("feedback-kept")
                reply = _read(content, opener)
                try:
                    matched = book.take(reply, sha256, mailbox=box.key, validity=box.validity, uid=uid)
                except TryAgainLater as error:
                    if error.code != "E_STILL_SENDING":
                        raise
                    continue  # it stays in the mailbox as it is, and the next round meets it again
                failpoint("feedback-recorded")
                box.recorded(uid)
                recorded += 1
                unmatched += matched is False
    finally:
        moved = book.catch_up()
    return Polled(recorded, unmatched, moved)


def _read(content: bytes, opener: Opener) -> Reply:
    """What a message says, once opened. One that stays closed is for a person, with the letter its headers name."""
    try:
        opened = opener.open(content)
        reply = read_reply(opened.content)
        words = f"{opened.signature} – {reply.words}" if opened.signature else reply.words
        return replace(reply, words=words[:MAX_WORDS])
    except Unopened as why:
        return replace(read_reply(content), kind=None, words=str(why), text="")
    except Exception as error:  # the standard parser meets what spam and broken programs write: a person looks instead
        return replace(read_reply(content), kind=None, words=f"message illisible ({type(error).__name__})")
