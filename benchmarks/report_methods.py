"""Methods side by side in docs/benchmarks.md: mean, spread, and which differences are more than chance. No
torch here."""

from benchmarks.markdown import paragraph, table
from benchmarks.method_record import LEVEL, PLAIN, MethodRecord, Verdict
from mtrec_core.objective.methods import all_methods, setting_of

HEAD = """
`{command}`, {made}, {machine}. {protocol} Mean ± standard deviation of the test metric over {seeds} seeds.
Delta-m is the mean relative gain over the tasks, against plain training (`fixed`, all weights 1) of the same
seed; p is that of a paired t-test over the seeds, corrected for the {count} methods that were tried (Holm).
"""


def methods_section(record: MethodRecord) -> str:
    """The section of a data set."""
    verdicts = record.verdicts()
    order = sorted(verdicts, key=lambda name: -verdicts[name].spread.mean)
    setting = HEAD.format(
        command=record.command,
        made=record.made,
        machine=record.machine.text(),
        protocol=record.protocol,
        seeds=len(record.seeds),
        count=len(verdicts),
    )
    head = ("method", *(f"{task}, {metric}" for task, metric in record.headlines.items()), "Delta-m", "p")
    rows = [(*_numbers(record, PLAIN), "", "")]
    for name in order:
        spread = verdicts[name].spread
        rows.append(
            (
                *_numbers(record, name),
                f"{spread.mean:+.1%} ± {spread.deviation or 0:.1%}",
                f"{verdicts[name].corrected:.2f}",
            )
        )
    parts = [
        f"## Methods: {record.title}",
        paragraph(setting.strip()),
        table(head, rows),
        paragraph(verdict(verdicts)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def verdict(verdicts: dict[str, Verdict]) -> str:
    """Which differences are real, in sentences."""
    titles = {f"{setting_of(row).rpartition('.')[2]} {row.key}": f"`{row.key}`" for row in all_methods()}
    better = [titles[name] for name, one in verdicts.items() if one.is_real and one.spread.mean > 0]
    worse = [titles[name] for name, one in verdicts.items() if one.is_real and one.spread.mean < 0]
    said = [
        f"After the correction {', '.join(better)} "
        f"{'is' if len(better) == 1 else 'are'} better than plain training."
        if better
        else "No method is better than plain training once the number of methods is allowed for.",
        f"Worse {'is' if len(worse) == 1 else 'are'} {', '.join(worse)}." if worse else "",
    ]
    for word, sign in (("better", 1), ("worse", -1)):
        hints = [
            titles[name]
            for name, one in verdicts.items()
            if not one.is_real and one.agree and one.chance < LEVEL and one.spread.mean * sign > 0
        ]
        if hints:
            said.append(
                f"Taken alone, {', '.join(hints)} would pass for {word} (p below {LEVEL:g}); of so many "
                "methods some do by chance, so this is a hint and no result."
            )
    return " ".join(part for part in said if part)


def _numbers(record: MethodRecord, name: str) -> tuple[str, ...]:
    setting, _blank, key = name.partition(" ")
    spreads = [record.spread(name, task) for task in record.headlines]
    return (
        f"`{key}`{' (gradients)' if setting == 'aggregation' else ''}",
        *(f"{spread.mean:.4f} ± {spread.deviation or 0:.4f}" for spread in spreads),
    )
