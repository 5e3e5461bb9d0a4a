"""Our own small grammar: templates of words and slots are tables, and a phrase must be covered by them as a whole.

A template is a line such as `"[the] end of [the|this] <unit>"`: words, `|` between choices, `_` inside a choice of
several words, `[…]` for what may be missing, `<slot>` for a value. All templates of a language are one tree of words,
so that a phrase is read once from left to right, whatever the number of templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.policy.phrases.atoms import Atom, Reading, role
from bot.policy.phrases.tokens import WORD, Token
from storage.records import fold

Found = Atom | tuple[Atom, ...] | None
Rules = Sequence[tuple[str, Callable[..., Found] | Found]]

MOST_EDGES = 2
NOTHING: frozenset[str] = frozenset()
SEPARATOR = ","  # may stand between two atoms


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value: figures of one kind within bounds, or words from a table (value: its words)."""

    kind: int = WORD
    low: int = 0
    high: int = 0
    words: Mapping[Any, str] = field(default_factory=dict)

    def figures(self, token: Token) -> Any:
        """The value of figures; None when they are not meant."""
        if token.kind == WORD or token.kind != self.kind:
            return None
        if not self.high:
            return token
        return token.numbers[0] if self.low <= token.numbers[0] <= self.high else None


@dataclass(slots=True)
class Node:
    """A place in the tree of templates: where a word or a slot leads, and what is complete here."""

    words: dict[str, Node] = field(default_factory=dict)
    slots: dict[str, Node] = field(default_factory=dict)
    made: list[Any] = field(default_factory=list)

    def step(self, element: str) -> Node:
        """The place after a word or a slot, new if need be."""
        if element.startswith("<"):
            return self.slots.setdefault(element[1:-1], Node())
        return self.words.setdefault(element, Node())


def plant(root: Node, template: str, made: Any) -> None:
    """Put a template into the tree."""
    ends = [root]
    for element in template.split():
        ends = [_walk(end, choice) for end in ends for choice in _choices(element)]
    for end in ends:
        end.made.append(made)


def _choices(element: str) -> list[list[str]]:
    inner = element[1:-1] if element.startswith("[") else element
    found = [choice.split("_") for choice in inner.split("|")]
    return [*found, []] if element.startswith("[") else found


def _walk(node: Node, elements: list[str]) -> Node:
    for element in elements:
        node = node.step(element)
    return node


class Grammar:
    """One language."""

    def __init__(self, rules: Rules, slots: Mapping[str, Slot]) -> None:
        self._rules, self._slots = rules, slots

    @cached_property
    def tree(self) -> Node:
        """All templates; made when the first phrase is read."""
        root = Node()
        for template, made in self._rules:
            plant(root, template, made)
        return root

    @cached_property
    def values(self) -> dict[str, Node]:
        """The words of the slots."""
        found = {name: Node() for name in self._slots}
        for name, slot in self._slots.items():
            for value, words in slot.words.items():
                plant(found[name], words, value)
        return found

    @cached_property
    def _folded(self) -> dict[str, frozenset[str]]:
        """The words behind a word that was typed without its accents: several where accents tell them apart."""
        found: dict[str, set[str]] = {}
        places = [self.tree, *self.values.values()]
        while places:
            node = places.pop()
            places += [*node.words.values(), *node.slots.values()]
            for word in (*node.words, SEPARATOR):
                found.setdefault(fold(word), set()).add(word)
        return {bare: frozenset(words) for bare, words in found.items()}

    def readings(self, tokens: Sequence[Token]) -> Iterator[Reading]:
        """Every way in which the templates cover the whole phrase; none when a word of it is unknown."""
        meant = [*self._meant(tokens)]
        if any(token.kind == WORD and not words for token, words in zip(tokens, meant, strict=True)):
            return iter(())
        return _Reader(self.tree, self.values, self._slots, meant, tokens).whole()

    def _meant(self, tokens: Sequence[Token]) -> Iterator[frozenset[str]]:
        """The words each token can be. Whoever types accents means a word without them as it stands."""
        accents = any(token.accented for token in tokens)
        for token in tokens:
            words = self._folded.get(fold(token.text) if token.accented else token.text, NOTHING)
            exact = token.accented or (accents and token.text in words)
            yield words & {token.text} if exact else words


@dataclass(slots=True)
class _Reader:
    """One phrase being read."""

    tree: Node
    values: dict[str, Node]
    slots: Mapping[str, Slot]
    meant: list[frozenset[str]]
    tokens: Sequence[Token]
    filled: dict[tuple[str, int], list[tuple[Any, int]]] = field(default_factory=dict)

    def whole(self) -> Iterator[Reading]:
        count = len(self.tokens)
        steps: list[list[tuple[Reading, int]]] = [[] for _ in range(count + 1)]
        good = [False] * count + [True]  # from here the end can be reached: nothing is tried twice in vain
        for start in reversed(range(count)):
            steps[start] = [(atoms, end) for atoms, end in self._atoms(start) if good[end]]
            good[start] = bool(steps[start])
        return self._join(steps, 0, ())

    def _join(self, steps: list[list[tuple[Reading, int]]], start: int, before: Reading) -> Iterator[Reading]:
        if start == len(self.tokens):
            yield before
        for atoms, end in steps[start]:
            if _fits(before + atoms):
                yield from self._join(steps, end, before + atoms)

    def _atoms(self, start: int) -> Iterator[tuple[Reading, int]]:
        if self.tokens[start].text == SEPARATOR:
            yield (), start + 1
            return
        for made, values, end in self._follow(self.tree, start, ()):
            found = made(*values) if callable(made) else made
            if found is not None:
                yield (found if isinstance(found, tuple) else (found,)), end

    def _follow(self, node: Node, at: int, values: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...], int]]:
        for made in node.made:
            yield made, values, at
        if at == len(self.tokens):
            return
        for word in self.meant[at]:
            if word in node.words:
                yield from self._follow(node.words[word], at + 1, values)
        for name, after in node.slots.items():
            for value, end in self._fill(name, at):
                yield from self._follow(after, end, (*values, value))

    def _fill(self, name: str, at: int) -> list[tuple[Any, int]]:
        if (name, at) not in self.filled:
            found = [(value, end) for value, _, end in self._follow(self.values[name], at, ())]
            figures = self.slots[name].figures(self.tokens[at])
            self.filled[name, at] = [(figures, at + 1), *found] if figures is not None else found
        return self.filled[name, at]


def _fits(atoms: Reading) -> bool:
    """Whether nothing but an edge is said twice."""
    roles = [role(atom) for atom in atoms]
    edges = roles.count("edge")
    return edges <= MOST_EDGES and len({*roles}) == len(roles) - max(0, edges - 1)
