"""The few exceptions whose text a user reads. Each message says what, where and how to mend it."""


class MtrecError(Exception):
    """Base of every error that ends in a sentence for the user instead of a traceback."""

    exit_code = 1


class UserError(MtrecError):
    """The input, the command or a setting is at fault; the message says how to mend it."""

    exit_code = 2


class DataError(UserError):
    """A table, a `dataset.toml` or a row in them can't be used as it is."""


class SettingError(UserError):
    """A setting has an unknown name or a value outside its range."""


class StorageError(MtrecError):
    """The disk or the database refused a write; nothing half-written is left behind."""
