"""Columns of text made a hundred thousand rows at a time, as the exports write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]

DAY = 86_400
# The instant, in seconds, of what does not happen.
NEVER = np.iinfo(np.int64).max // 2
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Four digits are written at a time.
FOUR_DIGITS = np.frombuffer(
    "".join(f"{number:04d}" for number in range(10_000)).encode(), dtype=np.uint8
).reshape(10_000, 4)
CLOCK = np.frombuffer(
    "".join(
        f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        for second in range(DAY)
    ).encode(),
    dtype=np.uint8,
).reshape(DAY, 8)


def seconds_of(instant: datetime) -> int:
    """An instant as seconds since 1970, UTC."""
    return int((instant - EPOCH).total_seconds())


def _text_of(letters: NDArray[np.uint8]) -> Any:
    """A row of letters each, all equally long, as a column of text."""
    count, length = letters.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(length)
    return pa.StringArray.from_buffers(
        count, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters))
    )


def _write(letters: NDArray[np.uint8], at: int, text: str) -> None:
    letters[:, at : at + len(text)] = np.frombuffer(text.encode(), dtype=np.uint8)


def keys(prefix: str, numbers: Integers, width: int, suffix: str = "") -> Any:
    """Ids: a prefix and the number with zeros before it, so many digits wide."""
    padded = -(-width // 4) * 4
    digits = np.empty((len(numbers), padded), dtype=np.uint8)
    left = numbers
    for at in range(padded - 4, -1, -4):
        left, group = np.divmod(left, 10_000)
        digits[:, at : at + 4] = FOUR_DIGITS[group]
    letters = np.empty(
        (len(numbers), len(prefix) + width + len(suffix)), dtype=np.uint8
    )
    _write(letters, 0, prefix)
    letters[:, len(prefix) : len(prefix) + width] = digits[:, padded - width :]
    _write(letters, len(prefix) + width, suffix)
    return _text_of(letters)


@cache
def _calendar(first_day: int, last_day: int) -> NDArray[np.uint8]:
    days = (EPOCH + timedelta(days=day) for day in range(first_day, last_day + 1))
    texts = "".join(f"{day:%Y-%m-%d}" for day in days)
    return np.frombuffer(texts.encode(), dtype=np.uint8).reshape(-1, 10)


def _days_as_letters(days: Integers) -> NDArray[np.uint8]:
    # Whole decades are kept, so that every chunk finds the same calendar.
    first_day = int(days.min()) // 3_660 * 3_660
    last_day = (int(days.max()) // 3_660 + 1) * 3_660
    return _calendar(first_day, last_day)[days - first_day]


def instants(seconds: Integers, present: Flags | None = None) -> Any:
    """Instants as the systems write them, UTC; none of NEVER or the absent."""
    return _instants(seconds, present, "T", "Z")


def local_instants(seconds: Integers) -> Any:
    """Instants in the company's own time, without an offset."""
    return _instants(seconds + local_offsets(seconds), None, " ", "")


def _instants(seconds: Integers, present: Flags | None, middle: str, end: str) -> Any:
    if len(seconds) == 0:
        return pa.array([], pa.string())
    told, present = _only_told(seconds, present)
    days, clock = np.divmod(told, DAY)
    letters = np.empty((len(told), 19 + len(end)), dtype=np.uint8)
    letters[:, :10] = _days_as_letters(days)
    _write(letters, 10, middle)
    letters[:, 11:19] = CLOCK[clock]
    _write(letters, 19, end)
    return only_where(present, _text_of(letters))


def dates(seconds: Integers, present: Flags | None = None) -> Any:
    """The days, UTC, of instants; empty for NEVER and where not present."""
    if len(seconds) == 0:
        return pa.array([], pa.string())
    told, present = _only_told(seconds, present)
    return only_where(present, _text_of(_days_as_letters(told // DAY)))


def _only_told(
    seconds: Integers, present: Flags | None
) -> tuple[Integers, Flags | None]:
    happens = seconds < NEVER
    if present is not None:
        happens &= present
    return (
        (seconds, None) if happens.all() else (np.where(happens, seconds, 0), happens)
    )


def local_offsets(seconds: Integers) -> Integers:
    """How many seconds the company's clock is ahead of UTC at instants."""
    changes, offsets = _clock_changes()
    return offsets[np.searchsorted(changes, seconds, side="right")]


@cache
def _clock_changes() -> tuple[Integers, Integers]:
    """The instants at which the clock was moved, and the offsets around them."""
    zone = ZoneInfo("Europe/Amsterdam")
    changes, offsets = [], [3_600]
    at = datetime(2020, 1, 1, tzinfo=UTC)
    while at.year < 2040:
        offset = int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds())
        if offset != offsets[-1]:
            changes.append(seconds_of(at))
            offsets.append(offset)
        at += timedelta(hours=1)
    return np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64)


def words(options: Sequence[str | None], codes: Integers) -> Any:
    """Words by their number in a list; empty for a number below 0."""
    return pc.take(
        pa.array(options, pa.string()),
        pa.array(codes, mask=codes < 0),
    )


def same(text: str, count: int) -> Any:
    """One word over and over."""
    return pa.repeat(pa.scalar(text, pa.string()), count)


def whole_numbers(numbers: Integers) -> Any:
    """Whole numbers as text, without zeros before them."""
    return pc.cast(pa.array(numbers), pa.string())


def cents(amounts: Numbers) -> Any:
    """Amounts with two decimals."""
    whole, rest = np.divmod(np.rint(amounts * 100).astype(np.int64), 100)
    return joined(whole_numbers(whole), ".", keys("", rest, 2))


def flags(truths: Flags) -> Any:
    """`true` and `false`."""
    return words(["false", "true"], truths.astype(np.int64))


def joined(*parts: Any) -> Any:
    """Text of several columns and words one after the other."""
    return pc.binary_join_element_wise(*parts, "")


def only_where(present: Flags | None, texts: Any) -> Any:
    """The texts where they are present, else nothing."""
    if present is None:
        return texts
    return pc.if_else(pa.array(present), texts, pa.scalar(None, pa.string()))


def either(chosen: Flags, texts: Any, others: Any) -> Any:
    """The first text where it is chosen, else the other."""
    return pc.if_else(pa.array(chosen), texts, others)
