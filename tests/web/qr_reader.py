"""Reads a QR code back from its picture as a phone would, but for the correction of errors: ISO/IEC 18004, level M.

Written from the standard and apart from the library that draws: what it reads, a phone reads.
"""

from __future__ import annotations

import io

from PIL import Image

QUIET = 4  # modules of white on each side
BLOCKS = {1: (1, 16), 2: (1, 28), 3: (1, 44), 4: (2, 32), 5: (2, 43), 6: (4, 27)}  # version: blocks, data bytes in each
MASKS = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: y % 2 == 0,
    lambda y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)


def text_of(png: bytes) -> str:
    """The text of a picture that shows the code and its white border, nothing else. AssertionError: not a code."""
    dark = modules(png)
    size = len(dark)
    version = (size - 17) // 4
    blocks, each = BLOCKS[version]
    edge = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    told = int("".join(str(int(dark[y][x])) for y, x in edge), 2) ^ 0b101010000010010
    assert told >> 13 == 0, "level M"
    mask = MASKS[told >> 10 & 7]
    bits = "".join(str(int(dark[y][x] ^ mask(y, x))) for y, x in way(size))
    words = [int(bits[i : i + 8], 2) for i in range(0, blocks * each * 8, 8)]
    data = [words[i * blocks + block] for block in range(blocks) for i in range(each)]
    bits = "".join(f"{word:08b}" for word in data)
    assert bits[:4] == "0100", "bytes"
    length = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * i : 20 + 8 * i], 2) for i in range(length)).decode()


def modules(png: bytes) -> list[list[bool]]:
    """The squares of the code, True where dark, looked at in their middles."""
    picture = Image.open(io.BytesIO(png)).convert("L")
    width, height = picture.size
    assert abs(width - height) <= 1, "a square"
    # from the corner inwards along the diagonal to the first finder; the outermost pixels may be the page's
    seen = next(x for x in range(2, width) if picture.getpixel((x, x)) < 128)
    end = seen
    while picture.getpixel((end, seen + 1)) < 128:  # the upper edge of its finder: seven squares
        end += 1
    square = (end - seen) / 7
    size = round(width / square) - 2 * QUIET
    assert size % 4 == 1, f"{size} squares"
    square = width / (size + 2 * QUIET)
    return [
        [
            picture.getpixel((int((x + QUIET + 0.5) * square), int((y + QUIET + 0.5) * square))) < 128
            for x in range(size)
        ]
        for y in range(size)
    ]


def way(size: int) -> list[tuple[int, int]]:
    """Where the bits lie, in order: two columns at a time from the right, up and down, around the fixed patterns."""

    def fixed(y: int, x: int) -> bool:
        corner = (y < 9 and (x < 9 or x >= size - 8)) or (y >= size - 8 and x < 9)
        aligned = size > 21 and abs(y - size + 7) <= 2 and abs(x - size + 7) <= 2
        return corner or aligned or y == 6 or x == 6

    out, up = [], True
    for right in [*range(size - 1, 6, -2), 5, 3, 1]:
        for y in range(size - 1, -1, -1) if up else range(size):
            out += [(y, x) for x in (right, right - 1) if not fixed(y, x)]
        up = not up
    return out
