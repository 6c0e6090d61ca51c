"""Rows of a CSV file as spreadsheets write it: UTF-8, commas or semicolons, named columns."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from faceaccess.core.errors import KnownError

_MOST_BYTES = 256 * 1024 * 1024


def csv_rows(
    source: Path, columns: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row that is not empty: its line number and its fields by column.

    Names of columns are trimmed and compared in lower case; further columns are passed on. A row
    that is too short has empty fields.

    Args:
        source: the file; a byte order mark at its start is skipped.
        columns: those that must be there.
        optional: those that an error names besides.

    Raises:
        KnownError: if the file is too large, no UTF-8 text, no proper CSV, or lacks a column.
        OSError: if it cannot be read.
    """
    if source.stat().st_size > _MOST_BYTES:
        raise KnownError(f"{source} is too large for a list of pictures.", "Split it.")
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise KnownError(f"{source} is not UTF-8 text.", "Save it as CSV in UTF-8.") from None
    header = text.split("\n", 1)[0]
    delimiter = ";" if ";" in header and "," not in header else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        found = [column.strip().lower() for column in next(reader, [])]
        missing = [column for column in columns if column not in found]
        if missing:
            raise KnownError(
                f"{source} has no column {' and no column '.join(missing)}.",
                _first_line(columns, optional),
            )
        for fields in reader:
            if any(value.strip() for value in fields):
                padded = fields + [""] * (len(found) - len(fields))
                yield reader.line_num, dict(zip(found, padded, strict=False))
    except csv.Error as error:
        raise KnownError(
            f"{source} is not proper CSV at line {reader.line_num}: {error}.",
            "Save it as CSV anew.",
        ) from error


def _first_line(columns: Sequence[str], optional: Sequence[str]) -> str:
    shortest = f"The first line must be {','.join(columns)}"
    return f"{shortest} or {','.join((*columns, *optional))}." if optional else f"{shortest}."
