"""Does a folder of raw exports fit the warehouse?

Everything that a build would stumble over is told at once, by file, row and value, with
what to do about it. Values are not judged: staging parses them, and keeps what it
cannot read in `quarantined_rows`.
"""

from __future__ import annotations

import csv
import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from one_funnel.exports.catalogue import RawTable

ERROR = "error"
WARNING = "warning"

EXPORTED_AT = "_exported_at"
SUFFIXES = (".csv", ".parquet")
# A dump that lost so much of the one before it was most likely cut off.
GREATEST_LOSS = 0.6
# Beyond these, more of the same findings in one file help no one.
SHOWN_PER_FILE = 5
# The csv module refuses fields over 128 KiB; a long message in a form is fine.
LONGEST_FIELD = 2**24
EPOCH_MILLISECONDS_LENGTH = 13


@dataclass(frozen=True)
class ExportFinding:
    """Something about an export that needs attention.

    `row` is a line of the file, counted from 1 for the header; None when the finding is
    of the whole file. `value` is what was found there. An error stops a build or loses
    rows; a warning is for a person to judge.
    """

    file: str
    row: int | None
    value: str | None
    severity: str
    problem: str
    advice: str


@dataclass(frozen=True)
class ExportCheck:
    """What was found in a folder, and how much of it was read."""

    findings: tuple[ExportFinding, ...]
    file_count: int
    row_count: int

    @property
    def errors(self) -> tuple[ExportFinding, ...]:
        """The findings that stop a build or lose rows."""
        return tuple(found for found in self.findings if found.severity == ERROR)


@dataclass(frozen=True)
class _FileContent:
    """What one file holds: its findings, and its rows by the instant of export."""

    findings: tuple[ExportFinding, ...]
    rows_by_export: Counter[str]


def check_exports(folder: Path, catalogue: Iterable[RawTable]) -> ExportCheck:
    """Check a folder of raw exports, CSV or Parquet, against the catalogue."""
    tables = {table.name: table for table in catalogue}
    files_by_table: dict[str, list[Path]] = {name: [] for name in tables}
    findings: list[ExportFinding] = []
    for path in _files(folder):
        table_name = table_of(path, tables)
        if table_name is None:
            findings.append(_not_read(path, tables))
        else:
            files_by_table[table_name].append(path)
    rows = 0
    for name, files in files_by_table.items():
        table = tables[name]
        if not files and not table.is_optional:
            findings.append(_missing_file(table, folder, tables))
        contents = [(path, _read_file(path, table)) for path in files]
        for _, content in contents:
            findings.extend(content.findings)
            rows += content.rows_by_export.total()
        findings.extend(_shrunk_dump(table, contents))
    return ExportCheck(
        findings=tuple(findings),
        file_count=sum(len(files) for files in files_by_table.values()),
        row_count=rows,
    )


def _files(folder: Path) -> list[Path]:
    """The files of a folder and of those in it, but not the hidden ones."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )


def table_of(path: Path, names: Iterable[str]) -> str | None:
    """The table that a file belongs to by its name, or None.

    A table may come in several files, as in `raw_salesforce__lead_2026-10.csv`. The
    longest name that fits wins, so that file is not one of another table whose name
    merely begins likewise, as `raw_salesforce__lead_history.csv` would be.
    """
    if path.suffix.lower() not in SUFFIXES:
        return None
    fitting = [name for name in names if path.stem.startswith(name)]
    return max(fitting, key=len, default=None)


def _not_read(path: Path, names: Iterable[str]) -> ExportFinding:
    return ExportFinding(
        file=path.name,
        row=None,
        value=None,
        severity=WARNING,
        problem="the file belongs to no raw table, so it is not read",
        advice=_rename_advice(path.stem, names)
        or "take it out of the folder, or give it the name of a raw table, such as "
        + next(iter(names)),
    )


def _rename_advice(stem: str, names: Iterable[str]) -> str | None:
    close = difflib.get_close_matches(stem.lower(), list(names), n=1)
    return f"was it meant as {close[0]}.csv? then rename it" if close else None


def _missing_file(table: RawTable, folder: Path, names: Iterable[str]) -> ExportFinding:
    strangers = [path.stem for path in _files(folder) if table_of(path, names) is None]
    close = difflib.get_close_matches(table.name, strangers, n=1)
    return ExportFinding(
        file=f"{table.name}.csv",
        row=None,
        value=None,
        severity=ERROR,
        problem=f"the file is missing from {folder}",
        advice=(
            f"rename {close[0]}, which looks like it"
            if close
            else "export the table, or put a file with its header alone there: "
            + ",".join(table.columns)
        ),
    )


def _read_file(path: Path, table: RawTable) -> _FileContent:
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path, table)
    wrong_encoding = _wrong_encoding(path)
    if wrong_encoding is not None:
        return _FileContent((wrong_encoding,), Counter())
    return _read_csv(path, table)


def _wrong_encoding(path: Path) -> ExportFinding | None:
    """What is wrong with the bytes of a file, if they are not UTF-8."""
    with path.open("rb") as lines:
        head = lines.read(1024)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head:
            return ExportFinding(
                file=path.name,
                row=1,
                value=None,
                severity=ERROR,
                problem="the file is UTF-16, as Excel's 'Unicode text' is",
                advice="save it as 'CSV UTF-8 (comma delimited)', or convert it with "
                f"iconv -f utf-16 -t utf-8 {path.name}",
            )
        lines.seek(0)
        for row, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return ExportFinding(
                    file=path.name,
                    row=row,
                    value=repr(line[max(error.start - 10, 0) : error.end + 10]),
                    severity=ERROR,
                    problem="the row is not UTF-8",
                    advice="export it as UTF-8, or convert it from the encoding that "
                    "it is in, often windows-1252, with "
                    f"iconv -f windows-1252 -t utf-8 {path.name}",
                )
    return None


def _read_csv(path: Path, table: RawTable) -> _FileContent:
    csv.field_size_limit(LONGEST_FIELD)
    # A byte order mark before the header is fine, and so are lines that end in CRLF.
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, strict=True)
        header = [column.strip() for column in next(reader, [])]
        findings = list(_header_findings(path, table, header))
        if findings:
            return _FileContent(tuple(findings), Counter())
        exported_at = [column.lower() for column in header].index(EXPORTED_AT)
        rows_by_export: Counter[str] = Counter()
        last_row = reader.line_num
        try:
            for fields in reader:
                # A row may hold line breaks, and is named by the line it begins on.
                row, last_row = last_row + 1, reader.line_num
                if not fields:
                    continue
                if len(fields) != len(header):
                    findings.append(_wrong_width(path, row, fields, header))
                    continue
                instant = fields[exported_at]
                if instant not in rows_by_export and _instant(instant) is None:
                    findings.append(_no_instant(path, row, instant))
                rows_by_export[instant] += 1
        except csv.Error as error:
            findings.append(
                ExportFinding(
                    file=path.name,
                    row=last_row + 1,
                    value=str(error),
                    severity=ERROR,
                    problem="the row cannot be parsed as CSV, and none after it was "
                    "read",
                    advice="look for a quote that is not closed or not doubled in "
                    "this row or the one before it",
                )
            )
    return _FileContent(tuple(_shortened(path, findings)), rows_by_export)


def _header_findings(
    path: Path, table: RawTable, header: list[str]
) -> Iterator[ExportFinding]:
    if not header:
        yield ExportFinding(
            file=path.name,
            row=1,
            value=None,
            severity=ERROR,
            problem="the file is empty, without even a header",
            advice="export it again; a table without rows has its header: "
            + ",".join(table.columns),
        )
        return
    for delimiter, name in ((";", "a semicolon"), ("\t", "a tab")):
        if len(header) == 1 and delimiter in header[0]:
            yield ExportFinding(
                file=path.name,
                row=1,
                value=header[0][:80],
                severity=ERROR,
                problem=f"the columns are divided by {name} and not by a comma",
                advice="export it with commas; Excel goes by the list separator of "
                "the machine's region",
            )
            return
    known = {column.lower() for column in table.columns}
    if not known & {column.lower() for column in header}:
        yield ExportFinding(
            file=path.name,
            row=1,
            value=",".join(header)[:80],
            severity=ERROR,
            problem="the first line is not a header: none of its values is a column",
            advice="put the names of the columns on the first line: "
            + ",".join(table.columns),
        )
        return
    for column, count in Counter(column.lower() for column in header).items():
        if count > 1:
            yield ExportFinding(
                file=path.name,
                row=1,
                value=column,
                severity=ERROR,
                problem=f"the column {column} occurs {count} times",
                advice="leave one of them out of the export",
            )
    yield from _missing_columns(path, table, header)


def _missing_columns(
    path: Path, table: RawTable, found: list[str]
) -> Iterator[ExportFinding]:
    """A column is known by its name in any case, and may stand anywhere."""
    expected = dict.fromkeys((*table.columns, EXPORTED_AT))
    known = {column.lower() for column in expected}
    present = {column.lower() for column in found}
    spare = {column.lower(): column for column in found if column.lower() not in known}
    for column in expected:
        if column.lower() in present:
            continue
        close = difflib.get_close_matches(column.lower(), list(spare), n=3)
        yield ExportFinding(
            file=path.name,
            row=1,
            value=None,
            severity=ERROR,
            problem=f"the column {column} is missing; found are {', '.join(found)}",
            advice=(
                "was it renamed? "
                + ", ".join(repr(spare[name]) for name in close)
                + " looks like it"
                if close
                else "add the column to the export; empty values are fine"
            ),
        )


def _wrong_width(
    path: Path, row: int, fields: list[str], header: list[str]
) -> ExportFinding:
    return ExportFinding(
        file=path.name,
        row=row,
        value=",".join(fields)[:80],
        severity=ERROR,
        problem=f"the row has {len(fields)} values where the header has {len(header)}",
        advice="put a value that holds a comma, a quote or a line break in quotes",
    )


def _no_instant(path: Path, row: int, value: str) -> ExportFinding:
    return ExportFinding(
        file=path.name,
        row=row,
        value=value,
        severity=ERROR,
        problem=f"{EXPORTED_AT} is no instant, so no one can tell when this was true",
        advice="write the instant of the export, such as 2026-10-05T05:00:00Z",
    )


def _instant(text: str) -> datetime | None:
    """An instant as exports write it, or None; one without a zone counts as UTC."""
    text = text.strip().removesuffix(" UTC")
    try:
        if len(text) == EPOCH_MILLISECONDS_LENGTH and text.isdigit():
            return datetime.fromtimestamp(int(text) / 1000, tz=UTC)
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _shortened(path: Path, findings: list[ExportFinding]) -> Iterator[ExportFinding]:
    """The findings of a file, with no more than a few of the same severity."""
    yield from findings[:SHOWN_PER_FILE]
    rest = len(findings) - SHOWN_PER_FILE
    if rest > 0:
        yield ExportFinding(
            file=path.name,
            row=None,
            value=None,
            severity=ERROR,
            problem=f"{rest} more rows of this file have a problem",
            advice="mend the export as a whole, and check again",
        )


def _read_parquet(path: Path, table: RawTable) -> _FileContent:
    with duckdb.connect() as connection:
        try:
            found = connection.execute(
                "select * from read_parquet($path) limit 0", {"path": str(path)}
            ).description
            header = [str(column[0]) for column in found or []]
            findings = list(_missing_columns(path, table, header))
            if findings:
                return _FileContent(tuple(findings), Counter())
            rows = connection.execute(
                f"""
                select cast({EXPORTED_AT} as varchar), count(*)
                from read_parquet($path)
                group by 1
                """,
                {"path": str(path)},
            ).fetchall()
        except duckdb.Error as error:
            finding = ExportFinding(
                file=path.name,
                row=None,
                value=str(error).splitlines()[0],
                severity=ERROR,
                problem="the file cannot be read as Parquet",
                advice="export it again",
            )
            return _FileContent((finding,), Counter())
    return _FileContent((), Counter({str(at): count for at, count in rows}))


def _shrunk_dump(
    table: RawTable, contents: list[tuple[Path, _FileContent]]
) -> Iterator[ExportFinding]:
    """Warn when the newest full dump lost most of the one before it."""
    if table.kind != "dump":
        return
    rows: Counter[datetime] = Counter()
    file_of: dict[datetime, str] = {}
    for path, content in contents:
        for text, count in content.rows_by_export.items():
            instant = _instant(text)
            if instant is not None:
                rows[instant] += count
                file_of.setdefault(instant, path.name)
    if len(rows) < 2:
        return
    previous, newest = sorted(rows)[-2:]
    if rows[newest] < rows[previous] * (1 - GREATEST_LOSS):
        yield ExportFinding(
            file=file_of[newest],
            row=None,
            value=f"{rows[newest]} rows after {rows[previous]}",
            severity=WARNING,
            problem=f"the dump of {newest.isoformat()} has over {GREATEST_LOSS:.0%} "
            f"fewer rows than that of {previous.isoformat()}; what is missing from it "
            "counts as deleted",
            advice="if the system did not lose these rows, the export was cut off: "
            "make it again",
        )


def render_check(check: ExportCheck) -> str:
    """The findings as text: what, where and what to do, errors and warnings alike."""
    lines: list[str] = []
    for found in check.findings:
        place = found.file if found.row is None else f"{found.file}, row {found.row}"
        lines.append(f"{found.severity}: {place}: {found.problem}")
        if found.value is not None:
            lines.append(f"    found: {found.value}")
        lines.append(f"    do: {found.advice}")
    warnings = len(check.findings) - len(check.errors)
    lines.append(
        f"{check.file_count} files with {check.row_count:,} rows: "
        f"{len(check.errors)} errors, {warnings} warnings"
    )
    return "\n".join(lines)
