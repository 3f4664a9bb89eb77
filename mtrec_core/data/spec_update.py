"""Changes a `dataset.toml` in place: what a person wrote around the changed values stays. No torch here.

tomlkit keeps every sign, but counts the lines between two sections to the upper one. They are hung on the
heading below first, so that a section that comes or goes does not tear comments from what they are about.
What comes out is read again: where it would not say what was asked, the file is written anew.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Item, Key, SingleKey, Table, Whitespace

from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import dataset_spec
from mtrec_core.data.spec_writer import (
    SPEC_FILE,
    dataset_toml,
    section_text,
    sections,
    value_text,
    write_whole,
)
from mtrec_core.errors import DataError

Body = list[tuple[Key | None, Item]]
SectionPath = tuple[str, ...]
Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A section of the file and where it hangs."""

    path: SectionPath
    table: Table
    parent: Container


def update_dataset_spec(spec: DatasetSpec, folder: Path) -> Path:
    """Save a changed declaration over the one in the folder, with the comments and the order of that one.

    DataError where the folder has none that can be read.
    """
    path = folder / SPEC_FILE
    try:
        raw = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} can't be changed: {error}.") from None
    wanted = replace(spec, folder=folder)
    updated = updated_toml(raw.replace("\r\n", "\n"), wanted, folder) or dataset_toml(wanted, folder)
    return write_whole(updated.replace("\n", "\r\n") if "\r\n" in raw else updated, folder)


def updated_toml(text: str, spec: DatasetSpec, folder: Path) -> str | None:
    """The text with what differs changed; None where it can't be done without writing it anew."""
    path, after = folder / SPEC_FILE, sections(spec, folder)
    try:
        written = tomllib.loads(text)
        said = dataset_spec(written, path)
        if said == spec:
            return text
        meant = sections(said, folder)
        # First only what has another meaning. A default that the file spells out may mean something else
        # after that, such as a key column; then each value of the file is held against what is wanted.
        for before in (meant, {at: _values_at(written, at) for at in meant}):
            found = _changed(text, before, after)
            if dataset_spec(tomllib.loads(found), path) == spec:
                return found
    except (tomllib.TOMLDecodeError, TOMLKitError, DataError):
        return None
    return None


def _values_at(written: Mapping[str, Any], path: SectionPath) -> dict[str, object]:
    inside: Any = written
    for name in path:
        inside = inside.get(name, {})
    return {key: value for key, value in inside.items() if path or not isinstance(value, Mapping)}


def _changed(text: str, before: Mapping[SectionPath, Values], after: Mapping[SectionPath, Values]) -> str:
    document = tomlkit.parse(text if text.endswith("\n") else text + "\n")
    end = _hang_comments_on_headings(document)
    before = _rename(document, before, after)
    for path, values in after.items():
        section = (
            document if path == () else next((h.table for h in _headings(document) if h.path == path), None)
        )
        if section is None:
            _add(document, path, values)
        else:
            was = before.get(path, {})
            for key in dict.fromkeys([*was, *values]):
                if _plain(was.get(key)) != _plain(values.get(key)):
                    _set(section, key, values.get(key))
    for path in set(before) - set(after):
        end = _remove(document, path, end)
    return tomlkit.dumps(document) + end


def _headings(container: Container, path: SectionPath = ()) -> Iterator[Heading]:
    """The sections in the order of the file."""
    for key, item in container.body:
        if key is not None and isinstance(item, Table):
            inner = (*path, key.key)
            if not item.is_super_table():
                yield Heading(path=inner, table=item, parent=container)
            yield from _headings(item.value, inner)


def _hang_comments_on_headings(document: Container) -> str:
    """Moves what stands below a section, from the first empty line on, to the next heading; at the end of
    the file it is given back."""
    body: Body = document.body
    for heading in list(_headings(document)):
        heading.table.trivia.indent = _cut_tail(body) + heading.table.trivia.indent
        body = heading.table.value.body
    return _cut_tail(body)


def _cut_tail(body: Body) -> str:
    """Cuts off what stands behind the last value, but for the comments right below it."""
    end = _end(body)
    tables = next((place for place in range(end, len(body)) if body[place][0] is not None), len(body))
    text = "".join(item.as_string() for _key, item in body[end:tables])
    own, gap, rest = f"\n{text}".partition("\n\n")
    for place in range(end, tables):  # tomlkit counts places, so none may go
        body[place] = (None, Whitespace(""))
    if end < tables:
        body[end] = (None, Whitespace((own + gap[:1])[1:]))
    return gap[1:] + rest


def _end(body: Body) -> int:
    """Behind the last value that is no section."""
    values = [at for at, (key, item) in enumerate(body) if key is not None and not isinstance(item, Table)]
    return values[-1] + 1 if values else 0


def _rename(
    document: Container, before: Mapping[SectionPath, Values], after: Mapping[SectionPath, Values]
) -> Mapping[SectionPath, Values]:
    """Renames what is called otherwise but stands at the same place; what was before, by the new names."""
    names = dict(zip(before, after, strict=True)) if len(before) == len(after) else {}
    names = {
        old: new
        for old, new in names.items()
        if old[:-1] == new[:-1] and old not in after and new not in before
    }
    for heading in list(_headings(document)):
        if heading.path in names:
            heading.parent._replace(heading.path[-1], names[heading.path][-1], heading.table)
        if heading.path[:2] in names:
            heading.table.display_name = None  # else the name that was read is written again
    return {names.get(path, path): values for path, values in before.items()}


def _plain(value: object) -> object:
    """A value without the difference between lists and tuples."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _set(section: Any, key: str, value: object) -> None:
    """Sets a value, or takes it out for None; within a table only what differs."""
    if value is None:
        section.pop(key, None)
    elif isinstance(value, Mapping) and isinstance(section.get(key), Table | InlineTable):
        inside = section[key]
        for name in dict.fromkeys([*inside, *value]):
            if _plain(inside.get(name)) != _plain(value.get(name)):
                _set(inside, name, value.get(name))
    elif key in section or isinstance(section, InlineTable):
        section[key] = tomlkit.value(value_text(value))
    else:
        _append(section if isinstance(section, Container) else section.value, key, value)


def _append(container: Container, key: str, value: object) -> None:
    """A key behind the others, its sign of equality below theirs."""
    names = [name for name, item in container.body if name is not None and not isinstance(item, Table)]
    width = len(names[-1].as_string()) + names[-1].sep.index("=") if names else 0
    sep = " " * max(1, width - len(SingleKey(key).as_string())) + "= "
    made, item, place = SingleKey(key, sep=sep), tomlkit.value(value_text(value)), _end(container.body)
    if place == len(container.body):
        container.append(made, item)
    else:
        container._insert_at(place, made, item)


def _add(document: Container, path: SectionPath, values: Values) -> None:
    """A new section behind those of its kind."""
    made = tomlkit.parse(section_text(path, values) + "\n")
    (heading,) = _headings(made)
    heading.table.trivia.indent = "\n"
    alike = [found for found in _headings(document) if found.path[:-1] == path[:-1] and path[1:]]
    (alike[-1].parent if alike else document).append(path[-1], heading.table)


def _remove(document: Container, path: SectionPath, end: str) -> str:
    """Takes a section out with the comment right above it; what stands alone above that goes to the next."""
    inside = [found for found in _headings(document) if found.path[: len(path)] == path]
    alone = inside[0].table.trivia.indent.rpartition("\n\n")[0] if inside else ""
    following = [*_headings(document)]
    place = following.index(inside[-1]) + 1 if inside else 0
    for found in inside[:1]:
        found.parent.remove(path[-1])
    if alone.strip() and place < len(following):
        following[place].table.trivia.indent = alone + "\n" + following[place].table.trivia.indent
    return alone + "\n" + end if alone.strip() and place == len(following) else end
