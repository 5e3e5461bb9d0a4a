"""Is this .xlsx safe to give to openpyxl? Looks at every part once, as a stream, and builds nothing.

openpyxl builds a tree of a whole row, and of a whole part when it is not a sheet. A 30 KB file can therefore
ask for gigabytes inside one call where no deadline is looked at. So the elements are counted here first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from openpyxl.utils import column_index_from_string
from openpyxl.xml.constants import SHEET_MAIN_NS

from bot.spreadsheets.limits import LAST_ROW, MAX_COLUMNS, MAX_PARTS, MAX_UNPACKED, BadFile, Deadline

CHUNK = 64 * 1024
LONGEST_TAG = 256 * 1024  # bytes of a single tag, from "<" to ">"
ALL_NODES = 2_500_000  # elements and attributes of the whole file: about 100 bytes each in a tree
ROW_NODES = 200_000  # ... of one row or one shared text; a full styled row of 16,384 cells has about 100,000
LOOSE_NODES = 100_000  # ... outside rows and texts, where openpyxl makes an object of each
ROW_TAGS = 100_000  # rows with or without content; Excel writes a tag for a row that only has a height
NAMES = 2_000  # different tag and attribute names; the parser remembers each of them
DEPTH = 100

ROW, CELL, FORMULA, VALUE, INLINE, TEXT = (f"{SHEET_MAIN_NS}}}{tag}" for tag in ("row", "c", "f", "v", "is", "si"))


@dataclass
class Findings:
    """What was seen in the sheets: no fault yet, because the sheet may not be the one that is read."""

    formulas: dict[str, tuple[int, int]] = field(default_factory=dict)  # part -> first formula: row, column
    too_wide: dict[str, int] = field(default_factory=dict)  # part -> first row with text too far right


@dataclass
class _Counts:
    nodes: int = 0
    loose: int = 0
    rows: int = 0
    names: set[str] = field(default_factory=set)


def inspect(archive: ZipFile, file: str, deadline: Deadline) -> Findings:
    """Refuse what is dangerous; say where the formulas are."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise BadFile("unpacks_too_big", file=file, limit=str(MAX_PARTS), what="parts")
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise BadFile("unpacks_too_big", file=file, limit=str(MAX_UNPACKED), what="bytes")
    if any(part.flag_bits & 0x1 for part in parts):
        raise BadFile("encrypted", file=file)
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise BadFile("damaged", file=file, reason="compression")  # the others may ask for any memory

    findings, counts = Findings(), _Counts()
    for part in parts:
        _Part(part.filename, file, counts, findings).read(archive, part, deadline)
    return findings


class _Part:
    def __init__(self, name: str, file: str, counts: _Counts, findings: Findings) -> None:
        self.name, self.file, self.counts, self.findings = name, file, counts, findings
        self.depth = 0
        self.inside = 0  # the depth of the row or shared text around us; 0 when there is none
        self.inside_nodes = 0
        self.row = self.column = 0

    def read(self, archive: ZipFile, part: ZipInfo, deadline: Deadline) -> None:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.StartDoctypeDeclHandler = self.doctype
        fed = 0
        with archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                deadline.check()
                if not fed:
                    self.look_at_head(chunk[:4096])
                fed += len(chunk)
                try:
                    parser.Parse(chunk)
                except expat.ExpatError:
                    return  # a picture, or damaged: openpyxl does not open it, or stops at the same byte
                if fed - parser.CurrentByteIndex > LONGEST_TAG:
                    raise self.too_big("tag", LONGEST_TAG)

    def look_at_head(self, head: bytes) -> None:
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            self.doctype()
        if head.startswith(b"PK\x03\x04"):
            raise BadFile("unsafe_part", file=self.file, part=self.name, reason="archive")

    def doctype(self, *_: object) -> None:
        raise BadFile("unsafe_part", file=self.file, part=self.name, reason="dtd")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        self.count(tag, attributes)
        if tag == CELL:
            letters = attributes.get("r", "").rstrip("0123456789")
            self.column = column_index_from_string(letters) if letters else self.column + 1
        elif tag in (ROW, TEXT):
            self.enter(tag, attributes)
        elif self.inside and tag == FORMULA:
            self.findings.formulas.setdefault(self.name, (self.row, self.column))
        elif self.column > MAX_COLUMNS and tag in (VALUE, INLINE):
            self.findings.too_wide.setdefault(self.name, self.row)

    def end(self, _tag: str) -> None:
        if self.depth == self.inside:
            self.inside = 0
        self.depth -= 1

    def enter(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self.inside:
            self.inside, self.inside_nodes = self.depth, 0
        if tag == TEXT:
            return
        number = int(float(attributes.get("r", self.row + 1)))
        if not self.row < number <= LAST_ROW:  # openpyxl would leave such a row out without a word
            raise BadFile("damaged", file=self.file, reason="row_order")
        self.row, self.column = number, 0
        self.counts.rows += 1
        if self.counts.rows > ROW_TAGS:
            raise self.too_big("rows", ROW_TAGS)

    def count(self, tag: str, attributes: Mapping[str, str]) -> None:
        counts, nodes = self.counts, 1 + len(attributes)
        counts.names.add(tag)
        counts.names.update(attributes)
        counts.nodes += nodes
        if self.inside:
            self.inside_nodes += nodes
        elif tag not in (ROW, TEXT):
            counts.loose += nodes
        for what, seen, limit in (
            ("nodes", counts.nodes, ALL_NODES),
            ("row", self.inside_nodes, ROW_NODES),
            ("loose", counts.loose, LOOSE_NODES),
            ("names", len(counts.names), NAMES),
            ("depth", self.depth, DEPTH),
        ):
            if seen > limit:
                raise self.too_big(what, limit)

    def too_big(self, what: str, limit: int) -> BadFile:
        return BadFile("unpacks_too_big", file=self.file, limit=str(limit), what=what)
