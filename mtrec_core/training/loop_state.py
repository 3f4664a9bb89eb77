"""What a loop writes to go on later, and how it goes on from that."""

from typing import TYPE_CHECKING

from mtrec_core.training.checkpoint import (
    Checkpoint,
    learned_state,
    load_learned_state,
    load_optimizer_tensors,
    load_random_state,
    optimizer_tensors,
    part_of,
    random_part,
    random_state,
    save_checkpoint,
)

if TYPE_CHECKING:
    from mtrec_core.training.loop import Loop


def save_best(loop: "Loop") -> None:
    """Keeps the model as it stands as the best so far."""
    save_checkpoint(loop.folder / "best", loop.step, {"model": learned_state(loop.model)}, {})


def save_state(loop: "Loop", seconds: float) -> None:
    """Everything that training has built up; `seconds` of it so far. All processes take part, the main one
    writes."""
    own = random_state(loop.accelerator.device)
    random = {name: loop.processes.all_of(state) for name, state in own.items()}
    if not loop.processes.is_main:
        return
    parts = {"model": learned_state(loop.model), "optimizer": optimizer_tensors(loop.optimizer)}
    for rank in range(loop.processes.count):
        parts[random_part(rank)] = {name: states[rank] for name, states in random.items()}
    if loop.average is not None:
        parts["average"] = {str(number): total.cpu() for number, total in enumerate(loop.average.sums)}
    texts = loop.model.features.texts
    if texts.live is not None:  # histories read the vectors of the last validation
        parts["texts"] = {"vectors": texts.vectors_UH.cpu()}
    parts["objective"] = loop.rule.state()
    content = {
        "rows": loop.rows,
        "seconds": seconds,
        "averaged": loop.average.steps if loop.average else 0,
        "selection": loop.selection.state(),
        "weights": loop.rule.weights,
        "more_epochs": loop.more_epochs,
    }
    save_checkpoint(loop.folder / "last", loop.step, parts, content)


def restore_state(loop: "Loop", checkpoint: Checkpoint) -> None:
    """Goes on from what `save_state` wrote, bit for bit on a CPU. Call before `Loop.run`."""
    load_learned_state(loop.model, part_of(checkpoint, "model"))
    load_optimizer_tensors(loop.optimizer, part_of(checkpoint, "optimizer"))
    random = part_of(checkpoint, random_part(loop.processes.rank))
    if random:  # a process that the run did not have before keeps its own
        load_random_state(random, loop.accelerator.device)
    if loop.average is not None:
        loop.average.steps = checkpoint.content["averaged"]
        for number, total in part_of(checkpoint, "average").items():
            loop.average.sums[int(number)].copy_(total)
    for vectors_UH in part_of(checkpoint, "texts").values():
        loop.model.features.texts.vectors_UH.copy_(vectors_UH)
    loop.selection.load_state(checkpoint.content["selection"])
    if loop.more_epochs > checkpoint.content.get("more_epochs", 0.0):
        loop.selection.since_best = 0  # whoever extends a run that ended early wants it to go on
    loop.rule.weights = dict(checkpoint.content.get("weights", loop.rule.weights))
    loop.model.prefer(loop.rule.wanted_preference)
    loop.rule.load_state(part_of(checkpoint, "objective"))
    loop.step = checkpoint.content["step"]
    loop.rows = checkpoint.content["rows"]
    loop.seconds_before = checkpoint.content["seconds"]
