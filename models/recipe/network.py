"""The checkpoint's shape, the ear on any length of sound, and where the pen is shown to look.

In: whisper's model classes. Out: functions and a wrapper for training; nothing here reads or writes files.
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from whisper.model import ModelDimensions, Whisper

WIDTH, VOCABULARY = 256, 51_865
DIMS = ModelDimensions(80, 1500, WIDTH, 4, 4, VOCABULARY, 448, WIDTH, 4, 3)
HORIZON = 550  # frames of 20 ms: what is said later in a window is hidden from the released file (horizon.py)
GUIDED_HEADS = 2  # of each decoder layer: heads 0 and 1
LOOK_BACK, LOOK_AHEAD = (0,), (1, 2)  # decoder layers shown where the last token was spoken, and where the next one is
TIME_SIZE = 0.125  # of a time token's first embedding, against sinusoids of size 1
ALIGNMENT_HEADS = [[layer, head] for layer in LOOK_AHEAD for head in range(GUIDED_HEADS)]


class Trainee(nn.Module):
    """A Whisper whose token table holds only the tokens in use, plus one row that stands for all others.

    The row for the others takes part in the softmax with its true weight (how many tokens it stands for), so that the
    released model, where each of them has that row, gives the probabilities it was trained to give.
    """

    def __init__(self, active: list[int], phonemes: int) -> None:
        super().__init__()
        self.whisper = Whisper(DIMS)
        for weight in self.whisper.parameters():
            if weight.dim() > 1:
                nn.init.xavier_uniform_(weight)
        nn.init.normal_(self.whisper.decoder.positional_embedding, std=0.01)
        self.whisper.decoder.token_embedding.weight.requires_grad_(False)
        self.register_buffer("active", torch.tensor(active))
        row_of = torch.full((VOCABULARY,), len(active))
        row_of[self.active] = torch.arange(len(active))
        self.register_buffer("row_of", row_of)
        self.table = nn.Parameter(torch.randn(len(active) + 1, WIDTH) * WIDTH**-0.5)
        offset = torch.zeros(len(active) + 1)
        offset[-1] = torch.tensor(float(VOCABULARY - len(active))).log()
        self.register_buffer("offset", offset)
        self.frame_head, self.phoneme_head = nn.Linear(WIDTH, phonemes), nn.Linear(WIDTH, phonemes)

    def hear(self, mel: Tensor, first_frame: int = 0) -> Tensor:
        """(batch, 80, 2 n) mel frames -> (batch, n, width); n may be below whisper's 1500, from any first frame on."""
        encoder = self.whisper.encoder
        x = F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel)))).permute(0, 2, 1)
        x = x + encoder.positional_embedding[first_frame : first_frame + x.shape[1]].to(x.dtype)
        for block in encoder.blocks:
            normed = _normed(block.attn_ln, x)
            x = x + block.attn.out(_joined(_attend(block.attn, normed, normed)))
            x = x + block.mlp(_normed(block.mlp_ln, x))
        return _normed(encoder.ln_post, x)

    def read(self, tokens: Tensor, heard: Tensor, first_token: int = 0) -> tuple[Tensor, list[Tensor]]:
        """The decoder: states (batch, length, width) and, a layer, where guided heads look (batch, 2, length, n)."""
        decoder, looks = self.whisper.decoder, []
        places = decoder.positional_embedding[first_token : first_token + tokens.shape[1]]
        x = F.embedding(self.row_of[tokens], self.table) + places
        x = x.to(heard.dtype)  # no dropout: hardly a window is ever met twice
        for block in decoder.blocks:
            normed = _normed(block.attn_ln, x)
            x = x + block.attn.out(_joined(_attend(block.attn, normed, normed, causal=True)))
            cross, normed = block.cross_attn, _normed(block.cross_attn_ln, x)
            query, key, value = (
                _heads(cross, cross.query(normed)),
                _heads(cross, cross.key(heard)),
                _heads(cross, cross.value(heard)),
            )
            weights = (query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(-1)
            looks.append(weights[:, :GUIDED_HEADS])
            x = x + cross.out(_joined(weights @ value))
            x = x + block.mlp(_normed(block.mlp_ln, x))
        return _normed(decoder.ln, x), looks

    def write(self, states: Tensor) -> Tensor:
        """Logits of states (any, width) over the rows of the table."""
        return F.linear(states, self.table.to(states.dtype)).float() + self.offset

    def looking_away(self, looks: list[Tensor], places: Tensor, spread: float) -> Tensor:
        """How unlikely (-log) the guided heads' attention makes the place where a token is spoken.

        The logarithm pulls hardest where a head looks elsewhere altogether. The first layer is to find the token just
        written, the others the one to write: from there it is one step.
        places: (batch, length + 1) frames of 20 ms, negative where unknown. spread: frames.
        """
        total = torch.zeros((), device=places.device)
        frame = torch.arange(looks[0].shape[-1], device=places.device).float()
        near = torch.exp(-(((frame - places[..., None]) / spread) ** 2) / 2).to(looks[0].dtype)
        for layer, look in enumerate(looks):
            part = slice(None, -1) if layer in LOOK_BACK else slice(1, None)
            known = places[:, part] >= 0
            found = (look * near[:, None, part]).sum(-1, dtype=torch.float32)
            total = total - (found.clamp(min=1e-4).log().mean(1) * known).sum() / known.sum()
        return total / len(looks)

    @torch.no_grad()
    def start_from(self, state: dict[str, Tensor]) -> None:
        """Take the weights of a released checkpoint (openai-whisper names)."""
        self.whisper.load_state_dict({name: value.float() for name, value in state.items()})
        rows = self.whisper.decoder.token_embedding.weight
        self.table[:-1] = rows[self.active]
        unused = torch.ones(VOCABULARY, dtype=torch.bool)
        unused[self.active.cpu()] = False
        self.table[-1] = rows[unused].mode(0).values  # the row all unused tokens share in a released checkpoint
        strange = rows.abs().sum(1) == 0
        new = strange[self.active]
        self.table[:-1][new] = torch.randn(int(new.sum()), WIDTH) * WIDTH**-0.5

    @torch.no_grad()
    def lay_out_times(self, first: int) -> None:
        """Before the first step: each time token gets the shape of the ear's own position at that time.

        Any one of the 1,501 times is met too seldom to be learnt alone; like this, neighbours teach each other.
        first: the token of 0.00 s.
        """
        rows = self.row_of[first : first + 1501].to(self.table.device)
        places = self.whisper.encoder.positional_embedding
        self.table[rows] = TIME_SIZE * torch.cat([places, places[-1:]]).to(self.table.device)

    @torch.no_grad()
    def quiet_others(self, mel: Tensor, tokens: Tensor) -> None:
        """Before the first step: give the row of the unused tokens a logit far below those of the used ones."""
        self.eval()
        usual = self.read(tokens, self.hear(mel))[0].flatten(0, 1).mean(0)
        self.train()
        self.table[-1] = -16 * usual / usual.square().sum()

    @torch.no_grad()
    def released(self) -> Whisper:
        """A copy of the whole model in whisper's own form, every token with its row."""
        model = copy.deepcopy(self.whisper).cpu().eval()
        rows = self.table[-1].repeat(VOCABULARY, 1)
        rows[self.active] = self.table[:-1]
        model.decoder.token_embedding.weight.copy_(rows)
        return model


def used_tokens(state: dict[str, Tensor]) -> list[int]:
    """The tokens of a released checkpoint that have a row of their own."""
    rows = state["decoder.token_embedding.weight"].float()
    return torch.nonzero((rows != rows.mode(0).values).any(1))[:, 0].tolist()


def checkpoint(model: Whisper) -> dict[str, object]:
    """openai-whisper's checkpoint: dims and weights in half precision, nothing else."""
    return {"dims": dict(DIMS.__dict__), "model_state_dict": {k: w.half() for k, w in model.state_dict().items()}}


def _normed(norm: nn.LayerNorm, x: Tensor) -> Tensor:
    """Layer norm that stays in the half precision it is given: whisper's own goes through single precision and back."""
    return F.layer_norm(x, norm.normalized_shape, norm.weight.to(x.dtype), norm.bias.to(x.dtype), norm.eps)


def _heads(attention: nn.Module, x: Tensor) -> Tensor:
    return x.unflatten(-1, (attention.n_head, -1)).transpose(1, 2)


def _joined(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)


def _attend(attention: nn.Module, x: Tensor, to: Tensor, causal: bool = False) -> Tensor:
    """Attention of one kind of block, (batch, heads, length, width / heads); fused where the sound is long."""
    query, key, value = (_heads(attention, y) for y in (attention.query(x), attention.key(to), attention.value(to)))
    if causal or to.shape[1] > 700:
        return F.scaled_dot_product_attention(query, key, value, is_causal=causal)
    return (query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(-1) @ value
