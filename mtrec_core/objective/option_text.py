"""The options of a method as the text of a setting, and back. No torch here.

They stand as `name=value`, with blanks between: `alpha=1.5 learning_rate=0.01`.
"""

from mtrec_core.errors import SettingError
from mtrec_core.objective.method_options import Options
from mtrec_core.settings import SettingField, convert, setting_fields, unknown_name


def option_fields(kind: type) -> tuple[SettingField, ...]:
    """The options of a method, in their order."""
    return setting_fields(kind)


def read_options(kind: type[Options], text: str, setting: str) -> Options:
    """The options that a setting's text names; the rest keep their defaults. SettingError on an unknown name,
    a value outside its range, or a word that is no `name=value`."""
    fields = {item.name: item for item in option_fields(kind)}
    values = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals:
            raise SettingError(
                f"{setting} holds {word!r}; write name=value with blanks between, such as "
                f"{example_of(kind)!r}."
            )
        if name not in fields:
            known = list(fields)
            if not known:
                raise SettingError(f"{setting} holds {name}, but the method has no options; leave it empty.")
            raise unknown_name(f"option in {setting}:", name, known)
        values[name] = convert(fields[name], value)
        bounds = fields[name].bounds
        if isinstance(values[name], int | float) and not bounds.hold(values[name]):
            raise SettingError(f"{setting} has {name}={value}; allowed: {bounds.words}. {fields[name].help}")
    return kind(**values)


def options_text(options: Options) -> str:
    """What `read_options` reads: the options that are not their defaults."""
    return " ".join(
        f"{item.name}={getattr(options, item.name)}"
        for item in option_fields(type(options))
        if getattr(options, item.name) != item.default
    )


def example_of(kind: type[Options]) -> str:
    """All options of a method with their defaults."""
    return " ".join(f"{item.name}={item.default}" for item in option_fields(kind))
