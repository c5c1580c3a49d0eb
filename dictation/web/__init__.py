"""Web: the pages where letters are proofread, signed and followed. Django is met here and in store/, nowhere else.

Requests in, pages and moves of the ledger out. The rules live in dictation/proofread.py; a view checks who asks, calls
one verb, and shows what came of it. Parts come from compose through parts.install().
"""
