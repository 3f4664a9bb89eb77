"""How texts are disturbed while a run trains. A row of the table is an adversary. No torch here.

x is what enters the part that learns: a text's vector where the encoder is frozen, the vectors of its words
where it learns (with `last_k`, those that the frozen layers give). r is added to it, separately for each
distinct text of a step; |r| is measured in lengths of x, so that `eps` means the same for every encoder. g is
the gradient of the tasks' losses, times the user's weights, at x; u = g / |g|.
"""

from dataclasses import dataclass

from mtrec_core.objective.method_options import AscentOptions, FgmOptions, NoOptions, Options
from mtrec_core.settings import unknown_name


@dataclass(frozen=True, kw_only=True)
class AdversaryChoice:
    """One row of the table of adversaries."""

    key: str
    title: str
    use: str
    """When to take it, in one sentence."""
    formula: str
    """The loss of a task that is trained, from L, the task's loss at what is in brackets."""
    source: str
    target: str
    """module:class that only the training process imports."""
    options: type[Options] = NoOptions
    cost: str = "None."


TORCH_SIDE = "mtrec_core.objective.adversarial:"

ADVERSARIES: dict[str, AdversaryChoice] = {
    choice.key: choice
    for choice in (
        AdversaryChoice(
            key="none",
            title="None",
            use="The default: texts are trained on as they are.",
            formula="L(x)",
            source="-",
            target=f"{TORCH_SIDE}Plain",
        ),
        AdversaryChoice(
            key="fgm",
            title="FGM: one step uphill",
            use="The one to try first: the cheapest, and half of what is trained stays clean.",
            formula="(L(x) + L(x + r)) / 2, r = eps u",
            source="Miyato et al., ICLR 2017",
            target=f"{TORCH_SIDE}Fgm",
            options=FgmOptions,
            cost="A second forward pass, and a third backward pass down to the texts alone.",
        ),
        AdversaryChoice(
            key="pgd",
            title="PGD: several steps uphill",
            use="When one step is too easy to learn away; nothing clean is trained, so that clean metrics "
            "may suffer.",
            formula="L(x + r), r from 0 by K = steps times r <- P(r + eps step_size u)",
            source="Madry et al., ICLR 2018",
            target=f"{TORCH_SIDE}Pgd",
            options=AscentOptions,
            cost="`steps` more forward passes, and as many backward passes down to the texts alone.",
        ),
        AdversaryChoice(
            key="freelb",
            title="FreeLB: every step counts",
            use="As PGD, and what is met on the way uphill is trained too: gentler on clean metrics.",
            formula="mean of L(x + r) over K = steps points, r <- P(r + eps step_size u), r random at first",
            source="Zhu et al., ICLR 2020",
            target=f"{TORCH_SIDE}FreeLb",
            options=AscentOptions,
            cost="`steps` forward and backward passes, whose graphs are in memory together.",
        ),
    )
}


def adversary_choice(key: str) -> AdversaryChoice:
    """The row of that key; SettingError lists the known ones."""
    if key not in ADVERSARIES:
        raise unknown_name("value of objective.adversary", key, list(ADVERSARIES))
    return ADVERSARIES[key]
