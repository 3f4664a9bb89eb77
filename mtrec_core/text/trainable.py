"""How much of the encoder learns, and the encoder run on the texts of one step.

Shape suffixes: U = texts of the step, L = tokens (padded), H = numbers in a text vector, E = numbers per
token.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from transformers import PreTrainedModel

from mtrec_core.errors import SettingError
from mtrec_core.text.cache import TextCache
from mtrec_core.text.config import TextSettings
from mtrec_core.text.distinct import TokenRows, batches_by_length
from mtrec_core.text.encoder import TextEncoder, pool, transformer_layers


def make_trainable(encoder: TextEncoder, settings: TextSettings) -> None:
    """Sets which of the encoder's parameters learn, by `settings.trainable`. Word vectors stay frozen unless
    asked."""
    encoder.requires_grad_(False)
    if settings.trainable == "lora":
        lora = LoraConfig(
            r=settings.lora_rank,
            lora_alpha=settings.lora_alpha,
            target_modules="all-linear",
            exclude_modules=".*pooler.*",
        )
        with warnings.catch_warnings():
            # peft warns of what it sets right by itself: GPT-2's transposed layers, a model without a pooler.
            warnings.simplefilter("ignore")
            encoder.model = get_peft_model(encoder.model, lora)  # type: ignore[assignment]
        return
    if settings.trainable == "full":
        encoder.requires_grad_(True)
        encoder.model.get_input_embeddings().requires_grad_(settings.train_word_embeddings)
    elif settings.trainable == "last_k":
        layers = layers_of(encoder)
        if settings.last_k >= len(layers):
            raise SettingError(
                f"text.last_k is {settings.last_k}, but the encoder has {len(layers)} layers; "
                f"give at most {len(layers) - 1}, or set text.trainable=full."
            )
        for layer in list(layers)[-settings.last_k :]:
            layer.requires_grad_(True)
    pooler = getattr(encoder.model, "pooler", None)
    if pooler is not None:
        pooler.requires_grad_(False)


def layers_of(encoder: TextEncoder) -> nn.ModuleList:
    """The transformer's layers, bottom first."""
    return transformer_layers(encoder.model, int(encoder.model.config.num_hidden_layers))


CPU_STEP_TOKENS = 1024
GPU_STEP_TOKENS = 16_384
"""Tokens, padding included, that a learning encoder reads at a time. With gradients, 64 questions of a bank's
customers take 1.2 s so on a CPU, padded together 2.0 s; 64 long reviews 4.2 s, together 5.6 s. A GPU wants
larger pieces."""


Shift = Callable[[Tensor, Tensor], Tensor]
"""From the vectors of tokens [U, L, E] and their mask [U, L], 1 where there is one, to those that are read in
their place."""


@contextmanager
def shifted_words(model: PreTrainedModel, shift: Shift | None, mask_UL: Tensor) -> Iterator[None]:
    """Word vectors pass through `shift` on their way into the first layer; None changes nothing."""
    if shift is None:
        yield
        return
    hook = model.get_input_embeddings().register_forward_hook(lambda table, ids, out: shift(out, mask_UL))
    try:
        yield
    finally:
        hook.remove()


class LiveEncoder(nn.Module):
    """The learning encoder: vectors of the texts of a step with gradients, and of all texts without."""

    def __init__(self, encoder: TextEncoder, tokens: TokenRows) -> None:
        super().__init__()
        self.encoder = encoder
        self.tokens = tokens

    @property
    def device(self) -> torch.device:
        """Where the encoder computes."""
        return next(self.encoder.parameters()).device

    def forward(self, rows: np.ndarray, shift: Shift | None = None) -> Tensor:
        """[U, H] for rows of the token store, each text once; texts of similar length are read together."""
        if not len(rows):
            return self.read(rows)
        limit = CPU_STEP_TOKENS if self.device.type == "cpu" else GPU_STEP_TOKENS
        batches = batches_by_length(self.tokens.lengths_U[rows], limit)
        place_U = torch.from_numpy(np.argsort(np.concatenate(batches))).to(self.device)
        return torch.cat([self.read(rows[batch], shift) for batch in batches])[place_U]

    def read(self, rows: np.ndarray, shift: Shift | None = None) -> Tensor:
        """[U, H] for rows of the token store, in one call of the encoder; `shift` sees the word vectors."""
        ids_UL, mask_UL = self.tokens.padded(rows, self.encoder.pad_id)
        mask = torch.from_numpy(mask_UL).to(self.device)
        with shifted_words(self.encoder.model, shift, mask):
            return self.encoder(torch.from_numpy(ids_UL).to(self.device), mask)

    def vectors_of(self, rows: np.ndarray, tokens_per_batch: int) -> np.ndarray:
        """float32 [len(rows), H] as the encoder stands now, without gradients."""
        vectors_UH = np.empty((len(rows), self.encoder.width), dtype=np.float32)
        was_training = self.encoder.training
        self.encoder.eval()
        with torch.inference_mode():
            for batch in batches_by_length(self.tokens.lengths_U[rows], tokens_per_batch):
                vectors_UH[batch] = self.read(rows[batch]).float().cpu().numpy()
        self.encoder.train(was_training)
        return vectors_UH


class TopLayers(LiveEncoder):
    """Only the top layers run: what the frozen ones below give for a text is cached, once ever.

    The model is called as a whole with its lower layers taken out; a hook hands the cached hidden states to
    the first layer that is left. So masks and positions are made by the model itself, whatever its family.
    """

    def __init__(
        self,
        encoder: TextEncoder,
        tokens: TokenRows,
        keys: np.ndarray,
        last_k: int,
        cache_folder: Path,
        tokens_per_batch: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        super().__init__(encoder, tokens)
        layers = layers_of(encoder)
        below = len(layers) - last_k
        self.cache = TextCache(
            cache_folder / f"{encoder.fingerprint}-below{below}", encoder.token_width, "float16"
        )
        self.keys = keys
        missing = np.flatnonzero(~self.cache.has(keys))
        self.read_now = len(missing)
        if len(missing):
            self._fill(layers, below, missing, tokens_per_batch, progress)
        del layers[:below]
        self._hidden_ULE: Tensor | None = None
        layers[0].register_forward_pre_hook(self._hand_over, with_kwargs=True)

    def _hand_over(self, layer: nn.Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        if args:
            return (self._hidden_ULE, *args[1:]), kwargs
        return args, {**kwargs, "hidden_states": self._hidden_ULE}

    def _fill(
        self,
        layers: nn.ModuleList,
        below: int,
        missing: np.ndarray,
        tokens_per_batch: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        """Runs the frozen layers on the texts that the cache lacks."""
        top = list(layers)[below:]
        del layers[below:]
        caught: dict[str, Tensor] = {}
        hook = layers[-1].register_forward_hook(
            lambda layer, args, output: caught.update(
                hidden=output[0] if isinstance(output, tuple) else output
            )
        )
        device = next(self.encoder.parameters()).device
        self.encoder.eval()
        done = 0
        shard: list[tuple[int, np.ndarray]] = []
        with torch.inference_mode():
            for batch in batches_by_length(self.tokens.lengths_U[missing], tokens_per_batch):
                rows = missing[batch]
                ids_UL, mask_UL = self.tokens.padded(rows, self.encoder.pad_id)
                self.encoder.model(
                    input_ids=torch.from_numpy(ids_UL).to(device),
                    attention_mask=torch.from_numpy(mask_UL).to(device),
                )
                hidden_ULE = caught["hidden"].half().cpu().numpy()
                shard += [
                    (row, hidden_ULE[place, : self.tokens.lengths_U[row]]) for place, row in enumerate(rows)
                ]
                done += len(rows)
                if progress:
                    progress(done, len(missing))
                if sum(len(part) for _, part in shard) > 500_000 or done == len(missing):
                    kept = np.array([row for row, _ in shard])
                    self.cache.add(
                        self.keys[kept],
                        self.tokens.lengths_U[kept],
                        np.concatenate([p for _, p in shard]),
                        self.tokens.cut_U[kept],
                    )
                    shard = []
        hook.remove()
        layers.extend(top)

    def read(self, rows: np.ndarray, shift: Shift | None = None) -> Tensor:
        """[U, H] for rows of the token store, through the top layers alone; `shift` sees what enters them."""
        device = self.device
        ids_UL, mask_UL = self.tokens.padded(rows, self.encoder.pad_id)
        hidden_ULE = np.zeros((*ids_UL.shape, self.encoder.token_width), dtype=np.float32)
        for place, row in enumerate(rows):
            part = self.cache.read(self.keys[row])
            hidden_ULE[place, : len(part)] = part
        mask = torch.from_numpy(mask_UL).to(device)
        self._hidden_ULE = torch.from_numpy(hidden_ULE).to(device)
        if shift is not None:
            self._hidden_ULE = shift(self._hidden_ULE, mask)
        output = self.encoder.model(input_ids=torch.from_numpy(ids_UL).to(device), attention_mask=mask)
        self._hidden_ULE = None
        return pool(output.last_hidden_state, mask, self.encoder.pooling)
