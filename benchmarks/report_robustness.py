"""What adversarial training did, for docs/benchmarks.md and docs/methods.md. No torch here."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.markdown import paragraph, table
from benchmarks.records import read_record
from benchmarks.robustness_record import STUDIES, AttackedTask, RobustnessRecord
from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.evaluation.text_attacks import ATTACKS, Attack
from mtrec_core.objective.adversaries import ADVERSARIES

INTRODUCTION = """
Trained plainly and with an adversary, the same seeds, everything else alike; then measured on test rows whose
texts are attacked, as `python -m mtrec_core robustness` does. What a row's inputs say is attacked; catalogues
and histories stay as they are. Numbers are means over the seeds; the difference is adversarial less plain,
its interval a paired bootstrap over test users of that mean.
"""


def robustness_records(folder: Path) -> list[RobustnessRecord]:
    """Those that a folder holds, in the order of the studies, then by name."""
    paths = sorted(folder.glob("robustness_*.json"))
    records = [RobustnessRecord.from_json(read_record(path)) for path in paths]
    return sorted(records, key=lambda record: list(STUDIES).index(record.study))


def robustness_section(records: Sequence[RobustnessRecord]) -> str:
    """Heading, protocol, and each study's verdict and numbers."""
    if not records:
        return ""
    attacks = " ".join(f"{row.title}: {row.meaning}" for row in ATTACKS.values())
    parts = ["## Adversarial training", paragraph(INTRODUCTION.strip()), paragraph(attacks)]
    for record in records:
        parts += [f"### {name_of(record)} on {STUDIES[record.study].title}", measured(record)]
        parts += [verdict(record), numbers(record)]
    return "\n\n".join(parts)


def measured(record: RobustnessRecord) -> str:
    """Command, day, machine, seeds, settings."""
    settings = ", ".join(f"`{name}={value}`" for name, value in sorted(record.settings.items()))
    seeds = ", ".join(map(str, range(record.seeds)))
    rows = f", at most {record.rows:,} test rows or lists of each task" if record.rows else ""
    return paragraph(
        f"`{record.command}` on {record.made}: {record.machine.text()}. Seeds {seeds}{rows}. "
        + (f"Set apart from the defaults: {settings}." if settings else "")
    )


def name_of(record: RobustnessRecord) -> str:
    """`FGM with eps=0.2`."""
    return f"{ADVERSARIES[record.adversary].title.partition(':')[0]} with {record.options}"


def verdict(record: RobustnessRecord) -> str:
    """The honest sentences: in how many comparisons metrics rise or fall, and where that may be chance."""
    groups = {
        "under attacks on vectors": [one for one in record.numbers if _on(one) == "vectors"],
        "under attacks on words": [one for one in record.numbers if _on(one) == "words"],
        "on clean rows": [one for one in record.numbers if not one.attack],
    }
    parts = [f"{where} {_counted(group)}" for where, group in groups.items() if group]
    return paragraph(
        f"{name_of(record)} on {STUDIES[record.study].title}: {', '.join(parts)}; the other differences may "
        "be chance."
    )


def _on(one: AttackedTask) -> str:
    """words, vectors, or "" for clean rows."""
    return ATTACKS[one.attack.partition("=")[0]].on if one.attack else ""


def _counted(group: Sequence[AttackedTask]) -> str:
    better, worse = (sum(one.verdict == word for one in group) for word in ("better", "worse"))
    return f"{better} of {len(group)} metrics are better and {worse} worse"


def numbers(record: RobustnessRecord) -> str:
    """A row per task and attack."""
    rows = []
    for one in record.numbers:
        arrow = "" if METRICS[one.metric].higher_is_better else " ↓"
        own = ("", "") if one.attack else (one.title, f"{METRICS[one.metric].title}{arrow}")
        rows.append(
            (
                *own,
                attack_words(one.attack),
                f"{one.plain:.4f}",
                f"{one.adversarial:.4f}",
                f"{one.difference:+.4f} [{one.low:+.4f}, {one.high:+.4f}]",
                one.verdict,
            )
        )
    head = ("Task", "Metric", "Attack", "Plain", ADVERSARIES[record.adversary].key.upper())
    return table((*head, "Difference, 95 % interval", ""), rows)


def attack_words(name: str) -> str:
    """Such as `typos, 10%`."""
    if not name:
        return "none"
    key, _, amount = name.partition("=")
    choice = Attack(key=key, amount=float(amount)).choice
    size = f"{float(amount):.0%}" if choice.on == "words" else f"{float(amount):g} of the length"
    return f"{choice.title.lower()}, {size}"
