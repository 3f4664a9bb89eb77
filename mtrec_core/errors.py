"""The few exceptions whose text a user reads. Each message says what, where and how to mend it."""


class MtrecError(Exception):
    """Base of every error that ends in a sentence for the user instead of a traceback."""

    exit_code = 1


class UserError(MtrecError):
    """The input, the command or a setting is at fault; the message says how to mend it."""

    exit_code = 2


class DataError(UserError):
    """A table, a `dataset.toml` or a row in them can't be used as it is."""


class EmptyTableError(DataError):
    """A table has no rows of data."""


class WrongCellsError(DataError):
    """Cells of a column are not of the type that is needed."""

    def __init__(self, message: str, *, rows: tuple[int, ...], cells: tuple[str, ...], count: int) -> None:
        super().__init__(message)
        self.rows = rows
        """The first rows concerned, as the message counts them."""
        self.cells = cells
        """What stands in these rows."""
        self.count = count
        """How many rows are concerned in all."""


class SettingError(UserError):
    """A setting has an unknown name or a value outside its range."""


class StorageError(MtrecError):
    """The disk or the database refused a write; nothing half-written is left behind."""
