"""The table of checks: what each looks for and where it stands. No torch here.

A check is a function from the `Material` of a dataset to its findings. To add one: a row here, the function
in the family's file, and a planted fault in `tests/data/checks/test_contract.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Check:
    """One row of the table of checks."""

    key: str
    """Also the `code` of the issues that it finds."""
    title: str
    looks_for: str
    """One sentence for the page that lists the checks."""
    target: str
    """`module:function`; takes a `Material`, yields issues."""


CHECKS: dict[str, Check] = {
    check.key: check
    for check in (
        # Whether the tables can be used at all.
        Check(
            key="missing_table",
            title="Table not there",
            looks_for="A file that the dataset names and that is not in its folder.",
            target="mtrec_core.data.checks.tables:missing_table",
        ),
        Check(
            key="unreadable_table",
            title="Table unreadable",
            looks_for="A file that is broken, of an unknown format or locked.",
            target="mtrec_core.data.checks.tables:unreadable_table",
        ),
        Check(
            key="empty_table",
            title="Table empty",
            looks_for="A file without rows of data.",
            target="mtrec_core.data.checks.tables:empty_table",
        ),
        Check(
            key="missing_column",
            title="Column not there",
            looks_for="A column that the dataset names and that its table has not.",
            target="mtrec_core.data.checks.tables:missing_column",
        ),
        Check(
            key="no_rows",
            title="No rows for a task",
            looks_for="A task whose `where` no row of its table fulfils.",
            target="mtrec_core.data.checks.tables:no_rows",
        ),
        # Values of the wrong type.
        Check(
            key="label_type",
            title="Labels of the wrong type",
            looks_for="Labels that are not numbers, or not yes and no, where the kind of task needs them.",
            target="mtrec_core.data.checks.value_types:label_type",
        ),
        Check(
            key="number_type",
            title="Features that are not numbers",
            looks_for="Text in a column that is declared as numeric.",
            target="mtrec_core.data.checks.value_types:number_type",
        ),
        Check(
            key="time_type",
            title="Times that can't be read",
            looks_for="Cells of a time column that are neither a date nor a number.",
            target="mtrec_core.data.checks.value_types:time_type",
        ),
        # Labels.
        Check(
            key="one_class",
            title="Only one label",
            looks_for="A task whose labels are all the same, so that there is nothing to learn.",
            target="mtrec_core.data.checks.labels:one_class",
        ),
        Check(
            key="few_positives",
            title="Few positives",
            looks_for="A yes/no task with fewer than 20 rows of its rarer answer in train.",
            target="mtrec_core.data.checks.labels:few_positives",
        ),
        Check(
            key="small_classes",
            title="Small classes",
            looks_for="Classes with fewer than 10 rows.",
            target="mtrec_core.data.checks.labels:small_classes",
        ),
        Check(
            key="rare_tags",
            title="Rare tags",
            looks_for="Tags that too few rows carry to be predicted.",
            target="mtrec_core.data.checks.labels:rare_tags",
        ),
        Check(
            key="missing_labels",
            title="Missing labels",
            looks_for="Rows without a label.",
            target="mtrec_core.data.checks.labels:missing_labels",
        ),
        # Keys and entities.
        Check(
            key="missing_keys",
            title="Missing keys",
            looks_for="Rows with an empty key cell.",
            target="mtrec_core.data.checks.keys:missing_keys",
        ),
        Check(
            key="unknown_keys",
            title="Unknown keys",
            looks_for="Keys of facts or histories that the entity's table does not have.",
            target="mtrec_core.data.checks.keys:unknown_keys",
        ),
        Check(
            key="duplicate_keys",
            title="Duplicate keys",
            looks_for="Keys that stand more than once in an entity's own table.",
            target="mtrec_core.data.checks.entities:duplicate_keys",
        ),
        Check(
            key="conflicting_features",
            title="Conflicting features",
            looks_for="An inline entity whose text or features differ from row to row.",
            target="mtrec_core.data.checks.entities:conflicting_features",
        ),
        # Texts.
        Check(
            key="empty_text",
            title="Empty texts",
            looks_for="Entities whose text template comes out empty.",
            target="mtrec_core.data.checks.texts:empty_text",
        ),
        Check(
            key="long_text",
            title="Texts over the encoder's limit",
            looks_for="More than a fifth of an entity's texts longer than 256 tokens.",
            target="mtrec_core.data.checks.texts:long_text",
        ),
        # Facts.
        Check(
            key="duplicate_rows",
            title="Duplicate rows",
            looks_for="Rows of a fact table that are the same in every column.",
            target="mtrec_core.data.checks.facts:duplicate_rows",
        ),
        Check(
            key="purchase_without_click",
            title="A purchase without its click",
            looks_for="Pairs that were bought and never clicked or viewed, where both are tasks.",
            target="mtrec_core.data.checks.facts:purchase_without_click",
        ),
        # Leakage.
        Check(
            key="label_among_features",
            title="The label among the features",
            looks_for="The label's own column in a text template, a feature list or the context.",
            target="mtrec_core.data.checks.leaks:label_among_features",
        ),
        Check(
            key="revealing_column",
            title="A column that gives the label away",
            looks_for="A feature that alone predicts the label on held-out rows (AUC over 0.99, or as good).",
            target="mtrec_core.data.checks.leaks:revealing_column",
        ),
        # Time.
        Check(
            key="implausible_time",
            title="Implausible dates",
            looks_for="Dates before 1990 or after tomorrow.",
            target="mtrec_core.data.checks.times:implausible_time",
        ),
        Check(
            key="missing_times",
            title="Missing times",
            looks_for="Empty cells in a time column.",
            target="mtrec_core.data.checks.times:missing_times",
        ),
        Check(
            key="constant_time",
            title="Time never changes",
            looks_for="A time column with one value, by which nothing can be ordered.",
            target="mtrec_core.data.checks.times:constant_time",
        ),
        Check(
            key="untimed_history",
            title="History without time",
            looks_for="A history without a time column beside tasks that have one: it would show the future.",
            target="mtrec_core.data.checks.histories:untimed_history",
        ),
        Check(
            key="history_target",
            title="History of unknown things",
            looks_for="A history whose item column belongs to no entity.",
            target="mtrec_core.data.checks.histories:history_target",
        ),
        Check(
            key="empty_history",
            title="Histories that are always empty",
            looks_for="A task whose rows nearly all have no event before them.",
            target="mtrec_core.data.checks.histories:empty_history",
        ),
        # Splits, of the compiled dataset.
        Check(
            key="not_prepared",
            title="Dataset can't be prepared",
            looks_for="Any other reason why the tables can't be turned into training rows.",
            target="mtrec_core.data.checks.splits:not_prepared",
        ),
        Check(
            key="few_rows",
            title="Too few rows",
            looks_for="A train, validation or test part that is empty or too small to measure on.",
            target="mtrec_core.data.checks.splits:few_rows",
        ),
        Check(
            key="unseen_classes",
            title="Classes missing from train",
            looks_for="Classes that occur in validation or test and never in train.",
            target="mtrec_core.data.checks.splits:unseen_classes",
        ),
        Check(
            key="split_overlap",
            title="Train and test overlap",
            looks_for="Test rows whose inputs train has too, or whose pair another task trains on.",
            target="mtrec_core.data.checks.overlap:split_overlap",
        ),
        Check(
            key="cold_start",
            title="Cold start",
            looks_for="Validation and test rows whose user or item never occurs in train.",
            target="mtrec_core.data.checks.splits:cold_start",
        ),
    )
}
