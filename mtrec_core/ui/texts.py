"""Every text a page shows passes through `_`; `terms` are the tooltips of words that not everyone knows.

No torch here. English stands in the code; another language is a catalogue,
`locale/LANGUAGE/LC_MESSAGES/mtrec.mo` beside this file, and `MTREC_LANGUAGE=LANGUAGE`.
"""

import gettext
import os
from pathlib import Path

DOMAIN = "mtrec"
CATALOGUES = Path(__file__).parent / "locale"


def translations(language: str, catalogues: Path = CATALOGUES) -> gettext.NullTranslations:
    """The texts in a language such as `de`; English where its catalogue, or a text in it, is missing."""
    languages = [language] if language else []
    return gettext.translation(DOMAIN, catalogues, languages=languages, fallback=True)


_chosen = translations(os.environ.get("MTREC_LANGUAGE", ""))
_ = _chosen.gettext
"""A text in the reader's language. What varies is a named place: `_("Run {name} ended").format(name=...)`."""
n_ = _chosen.ngettext
"""A text that counts: `n_("{n} run", "{n} runs", count).format(n=count)`."""


def plain(text: str) -> str:
    """A text out of a table, without what Markdown would take for markup."""
    return _escaped(text, "\\`*_{}[]()#+-.!|~<>$:")


def sentence(text: str) -> str:
    """A sentence of the program, or a run's name, without formulas, tags and stars of Markdown; what stands
    between backticks stays code."""
    parts = text.split("`")
    return "`".join(part if place % 2 else _escaped(part, "*$<~") for place, part in enumerate(parts))


def _escaped(text: str, signs: str) -> str:
    return "".join(f"\\{sign}" if sign in signs else sign for sign in text)


terms: dict[str, str] = {
    "step": _("One update of the model's parameters."),
    "epoch": _("One pass over the training rows of all tasks together."),
    "loss": _("What training makes small: how wrong the model is on a task. Losses of different tasks have "
              "different scales, so compare a curve with itself."),
    "headline": _("The one number that stands for a task, such as AUC or NDCG@10."),
    "share": _("A task's part of the total loss after weighting, between 0 and 1."),
    "weight": _("How much a task's loss counts in the total: L = alpha L_a + beta L_b + ..."),
    "conflict": _("1: two tasks want the same change of the shared parameters. 0: neither cares about the "
                  "other. Below 0: what helps one hurts the other. The encoder itself doesn't count."),
    "learning_rate": _("How far one step moves the parameters."),
    "best_step": _("The step that validation liked best; its parameters are the ones that are kept."),
    "baseline": _("The best of the simple methods (majority or mean, popularity, TF-IDF + linear, last item) "
                  "on the test set. A model that doesn't pass it isn't worth its cost."),
    "patience": _("How many more validations without a new best the run will wait before it ends early."),
    "sign_of_life": _("When the training process last reported. It does so about once a second."),
    "validation": _("Rows kept from training, on which the best step is chosen."),
    "test": _("Rows looked at once, at the end; no choice was made by them."),
    "seed": _("Start values, dropout and the order of rows follow from it."),
    "slot": _("A place where one run can train: a GPU, or the CPU."),
    "supervisor": _("The process that takes runs from the queue, starts them and watches over them. It "
                    "goes on when this page is closed."),
    "ndcg@10": _("How near the top the relevant items stand among the first 10. 1 is perfect."),
    "auc": _("Chance that a yes scores above a no. 0.5 is a coin, 1 is perfect."),
    "rmse": _("Root of the mean squared error, in the unit of the label. Lower is better."),
    "map": _("Mean average precision. 1 is perfect."),
    "accuracy": _("Share of rows that get the right answer."),
}  # fmt: skip
"""Key -> one or two sentences, for `help=`."""
