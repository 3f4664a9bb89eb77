"""The section of docs/benchmarks.md on the classic recipe. No torch here."""

from benchmarks.markdown import bullets, paragraph, table
from benchmarks.recipe_record import RecipeRecord, breakdown_rows, summary_rows

TITLE = "## One model for all tasks, or the classic recipe"

LEFT_OUT = (
    "Tasks that recommend items to a known user or for an item are left out: a classifier would have to "
    "read every pair of the catalogue."
)
READING = (
    "Metrics are on validation, the same rows for both; a classifier's is that of its best epoch. Our time "
    "also holds the measuring of the untrained model and of the test set and the writing of the model; the "
    "classifiers are spared that."
)


def recipe_section(record: RecipeRecord) -> str:
    """Heading, what was measured and how, the times, the metrics, and where the time goes."""
    head = ("", "A classifier per task", "One model for all")
    rounds = len(record.rounds)
    means = f"Means over {rounds} rounds, the two sides in turns." if rounds > 1 else "One round."
    parts = [
        TITLE,
        paragraph(headline(record)),
        paragraph(
            f"`{record.command}` on {record.made}: {record.machine.text()}, {threads(record)} for both."
        ),
        bullets([classic_side(record), our_side(record)]),
        paragraph(f"{learned(record)} {LEFT_OUT}"),
        table(head, summary_rows(record)),
        paragraph(f"{means} {READING}"),
        paragraph(where_time_goes(record)),
        table(("Seconds in", *head[1:]), breakdown_rows(record)),
    ]
    return "\n\n".join(parts)


def headline(record: RecipeRecord) -> str:
    """The ratio in a sentence."""
    ours = record.mean("ours", lambda side: side.seconds)
    classic = record.mean("classic", lambda side: side.seconds)
    to_best = record.ratio(lambda side: side.seconds_to_best)
    return (
        f"**{record.ratio():.0f} times as fast**: {ours:,.0f} seconds instead of {classic:,.0f}, from the "
        f"tables to the validation metrics of {len(record.tasks)} tasks; {to_best:.0f} times without the "
        "epochs that the classifiers need to notice that they are done."
    )


def threads(record: RecipeRecord) -> str:
    """Such as `2 threads`."""
    return f"{record.threads} thread{'s' if record.threads != 1 else ''}"


def learned(record: RecipeRecord) -> str:
    """The tasks with their training rows."""
    counts = {task.train_rows for task in record.tasks.values()}
    titles = [
        task.title if len(counts) == 1 else f"{task.title} ({task.train_rows} rows)"
        for task in record.tasks.values()
    ]
    each = f", with {counts.pop()} training rows each" if len(counts) == 1 else ""
    return f"Tasks of the sample shop{each}: {'; '.join(titles)}."


def classic_side(record: RecipeRecord) -> str:
    """How a classifier is trained."""
    settings = record.classic
    epochs = sorted({count for one in record.rounds for count in one.classic.epochs.values()})
    ran = str(epochs[0]) if len(epochs) == 1 else f"{epochs[0]} to {epochs[-1]}"
    return (
        f"A classifier per task: {record.encoder} with a linear layer, fine-tuned whole. The texts of "
        "user, item and so on are joined, with all columns, the context and the last purchases written out "
        f"in words, and padded to {settings['max_length']} tokens; fp32, AdamW "
        f"{settings['learning_rate']:g} falling linearly, batch {settings['batch_size']}, at most "
        f"{settings['epochs']} epochs, ended after the first that is no better on validation (here after "
        f"{ran})."
    )


def our_side(record: RecipeRecord) -> str:
    """How the one model is trained."""
    settings = ", ".join(f"`{name}={value}`" for name, value in sorted(record.ours.items()))
    learns = record.ours.get("text.trainable", "heads") != "heads"
    encoder = "the same encoder" if learns else "the same encoder, frozen"
    return (
        f"One model for all: `train` at its defaults but for {settings}; {encoder}, in the precision that "
        "the program chooses by itself. No vector is cached when a round begins."
    )


def where_time_goes(record: RecipeRecord) -> str:
    """The counts that explain the ratio."""
    classic = record.mean("classic", lambda side: side.texts_read)
    ours = record.mean("ours", lambda side: side.texts_read)
    padding = record.mean("classic", lambda side: side.padded_share or 0.0)
    return (
        f"Where the time goes: the classifiers read {classic:,.0f} joined texts, forward and, in training, "
        f"backward through all layers, and {padding:.0%} of their tokens are padding. The one model reads "
        f"{ours:,.0f} different texts once, forward only, sorted by length so that little is padded, and "
        "trains on their vectors."
    )
