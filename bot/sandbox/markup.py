"""Telegram's HTML, read as strictly as Telegram reads it: text and entities, or the reason why not."""

import re
from dataclasses import dataclass, field
from typing import Any

Entity = dict[str, Any]

SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|(?:lt|gt|amp|quot)(?![A-Za-z]));?")
SPECIAL = re.compile(rf"<|{REFERENCE.pattern}")
VALUE = r"""\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+)"""
START_TAG = re.compile(rf"<([^\s>]*)((?:\s+[a-zA-Z-]+(?:{VALUE})?)*)\s*>")
END_TAG = re.compile(r"</([^\s>]*)\s*>")
ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?""")
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
PLAIN = re.compile(
    r"(?P<url>https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]])"
    r"|(?P<bot_command>(?<![\w/<])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<mention>(?<![\w/])@[A-Za-z0-9_]{3,32}(?!\w))"
)


class MarkupError(ValueError):
    """The text is not the HTML that Telegram accepts."""


def units(text: str) -> int:
    """The length as Telegram counts it: UTF-16 code units."""
    return len(text) + sum(ord(letter) > 0xFFFF for letter in text)


def slice_units(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity covers."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    return encoded[2 * offset : 2 * (offset + length)].decode("utf-16-le", "surrogatepass")


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The trimmed text and its entities, in order; raises MarkupError."""
    reader = _Reader(source)
    reader.read()
    return _trimmed("".join(reader.text), reader.entities)


def plain_entities(text: str, taken: list[Entity] | None = None) -> list[Entity]:
    """Commands, mentions and addresses that clients mark by themselves, outside of what is `taken`."""
    closed = [e for e in taken or [] if e["type"] in ("code", "pre", "text_link")]
    found = []
    for match in PLAIN.finditer(text):
        offset, length = units(text[: match.start()]), units(match.group())
        if not any(offset < e["offset"] + e["length"] and e["offset"] < offset + length for e in closed):
            found.append({"type": str(match.lastgroup), "offset": offset, "length": length})
    return found


def in_order(entities: list[Entity]) -> list[Entity]:
    """Outer entities before the ones inside them, as Telegram lists them."""
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    lead = units(text[: len(text) - len(text.lstrip())])
    text = text.strip()
    end = units(text)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        stop = min(end, entity["offset"] + entity["length"] - lead)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    return text, in_order(kept)


def _character(reference: str) -> str:
    name = reference[1:].rstrip(";")
    if not name.startswith("#"):
        return NAMED[name]
    code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    legal = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(code) if legal else reference


def _attributes(source: str) -> dict[str, str]:
    found = {}
    for name, value in ATTRIBUTE.findall(source):
        bare = value[1:-1] if value[:1] in ("'", '"') else value
        found[name.lower()] = REFERENCE.sub(lambda match: _character(match.group()), bare)
    return found


def _entity(name: str, attributes: dict[str, str], at: int) -> Entity:
    """What an opening tag promises; offsets come when it closes."""
    if name == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    if name == "code" and attributes.get("class", "").startswith("language-"):
        return {"type": "code", "language": attributes["class"].removeprefix("language-")}
    if name in SIMPLE:
        return {"type": SIMPLE[name]}
    if name == "a":
        return {"type": "text_link", "url": attributes.get("href", "")}
    if name == "span" and attributes.get("class") == "tg-spoiler":
        return {"type": "spoiler"}
    if name == "span":
        raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    if name == "tg-emoji" and attributes.get("emoji-id", "").isdigit():
        return {"type": "custom_emoji", "custom_emoji_id": attributes["emoji-id"]}
    raise MarkupError(f'Unsupported start tag "{name}" at byte offset {at}')


@dataclass
class _Open:
    name: str
    entity: Entity
    start: int
    first_piece: int


@dataclass
class _Reader:
    """One pass over the source; what is still open is kept on a stack."""

    source: str
    text: list[str] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    length: int = 0

    def read(self) -> None:
        position = 0
        while found := SPECIAL.search(self.source, position):
            self._write(self.source[position : found.start()])
            if found.group() == "<":
                position = self._tag(found.start())
            else:
                self._write(_character(found.group()))
                position = found.end()
        self._write(self.source[position:])
        if self.stack:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].name}"')

    def _write(self, piece: str) -> None:
        self.text.append(piece)
        self.length += units(piece)

    def _tag(self, position: int) -> int:
        at = len(self.source[:position].encode("utf-8", "surrogatepass"))
        closing = self.source.startswith("</", position)
        found = (END_TAG if closing else START_TAG).match(self.source, position)
        if not found:
            kind = "end" if closing else "start"
            raise MarkupError(f"Unclosed {kind} tag at byte offset {at}")
        name = found.group(1).lower()
        if closing:
            self._close(name, at)
        else:
            entity = _entity(name, _attributes(found.group(2)), at)
            self.stack.append(_Open(name, entity, self.length, len(self.text)))
        return found.end()

    def _close(self, name: str, at: int) -> None:
        if not self.stack:
            raise MarkupError(f"Unexpected end tag at byte offset {at}")
        opened = self.stack.pop()
        if opened.name != name:
            wanted = f'expected "</{opened.name}>", found "</{name}>"'
            raise MarkupError(f"Unmatched end tag at byte offset {at}, {wanted}")
        entity = {**opened.entity, "offset": opened.start, "length": self.length - opened.start}
        self._keep(entity, "".join(self.text[opened.first_piece :]))

    def _keep(self, entity: Entity, inside: str) -> None:
        if entity["type"] == "text_link":
            entity["url"] = _address(entity["url"] or inside)
        if entity["type"] == "pre":
            self._take_over_code(entity)
        useless = entity["type"] == "text_link" and not entity["url"]
        if entity["length"] and not useless:
            self.entities.append(entity)

    def _take_over_code(self, pre: Entity) -> None:
        """<pre><code class="language-x"> is one entity, and code alone has no language."""
        span = (pre["offset"], pre["length"])
        if self.entities and self.entities[-1]["type"] == "code":
            code = self.entities[-1]
            if (code["offset"], code["length"]) == span:
                self.entities.pop()
                pre.update({key: code[key] for key in ("language",) if key in code})


def _address(url: str) -> str:
    """The address of a link, or nothing when Telegram would show plain text."""
    url = url.strip()
    if re.match(r"(?:https?|tg)://[^\s/?#]", url):
        return url
    return f"http://{url}" if re.match(r"[\w-]+(?:\.[\w-]+)+(?:[/?#:]\S*)?$", url) else ""
