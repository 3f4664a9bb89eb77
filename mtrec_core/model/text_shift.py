"""What is added to the texts of one forward pass where they enter the part that learns.

Shape suffixes: U = texts read together, L = tokens (1 where a text is one vector), E = numbers of each.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


class TextShift:
    """Adds to each text a share of its own length, and keeps what was added as leaves that take gradients.

    Texts come in pieces, in the same order in every pass over the same rows. Without shares nothing is added,
    but gradients are still to be had.
    """

    def __init__(
        self,
        shares: Sequence[Tensor] | None = None,
        drawn: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        """`shares`: a piece [U, L, E] each, in lengths of their text. `drawn`: without them, each number is
        drawn from -drawn / sqrt(n) to drawn / sqrt(n), n the numbers of a text, by `generator` (on the
        CPU)."""
        self.shares = shares
        self.drawn = drawn
        self.generator = generator
        self.pieces: list[Tensor] = []
        """What was added, as shares: [U, L, E] each."""

    def __call__(self, entering_ULE: Tensor, mask_UL: Tensor) -> Tensor:
        """The texts with what is added; `mask_UL` is 0 at padding, to which nothing is."""
        there_UL1 = mask_UL.unsqueeze(-1).float()
        held_ULE = entering_ULE.detach().float() * there_UL1
        length_U11 = held_ULE.flatten(1).norm(dim=1)[:, None, None]
        if self.shares is not None:
            share_ULE = self.shares[len(self.pieces)]
        elif self.drawn:
            numbers_U11 = there_UL1.sum(dim=(1, 2), keepdim=True) * held_ULE.shape[-1]
            even_ULE = torch.rand(held_ULE.shape, generator=self.generator).to(held_ULE.device) * 2 - 1
            share_ULE = even_ULE * there_UL1 * self.drawn / numbers_U11.sqrt().clamp(min=1)
        else:
            share_ULE = torch.zeros_like(held_ULE)
        leaf_ULE = share_ULE.detach().requires_grad_()
        self.pieces.append(leaf_ULE)
        return entering_ULE + (leaf_ULE * length_U11 * there_UL1).to(entering_ULE.dtype)

    def again(self) -> "TextShift":
        """The same additions for another pass."""
        return TextShift(self.pieces)
