"""A Whisper in Hugging Face's format is rewritten tensor by tensor; official files get their alignment heads back."""

from __future__ import annotations

import json

import pytest

from transcribe import WeightsMissing, weights
from transcribe.huggingface import _AROUND, _IN_LAYER, to_checkpoint
from transcribe.reference import published
from transcribe.weights import add, locate


def theirs(name):
    """openai-whisper's name of a tensor in Hugging Face's words."""
    if name.endswith("positional_embedding"):
        return f"model.{name.split('.')[0]}.embed_positions.weight"
    place, _, kind = name.rpartition(".")
    for their, our in _AROUND.items():
        if place == our:
            return f"model.{their}.{kind}"
    side, _, number, *rest = place.split(".")
    part = {our: their for their, our in _IN_LAYER.items()}[".".join(rest)]
    return f"model.{side}.layers.{number}.{part}.{kind}"


def write_safetensors(file, tensors):
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        raw = tensor.numpy().tobytes()
        header[name] = {
            "dtype": "F16",
            "shape": list(tensor.shape),
            "data_offsets": [len(body), len(body) + len(raw)],
        }
        body += raw
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + body)


@pytest.fixture
def folder(tmp_path, small_checkpoint):
    """The small checkpoint as Hugging Face would save it, in two parts, with the tied projection."""
    import torch

    checkpoint = torch.load(small_checkpoint, weights_only=True)
    dims, state = checkpoint["dims"], checkpoint["model_state_dict"]
    made = tmp_path / "distil-fr"
    made.mkdir()
    config = {
        "model_type": "whisper",
        "num_mel_bins": dims["n_mels"],
        "max_source_positions": dims["n_audio_ctx"],
        "d_model": dims["n_audio_state"],
        "encoder_attention_heads": dims["n_audio_head"],
        "encoder_layers": dims["n_audio_layer"],
        "vocab_size": dims["n_vocab"],
        "max_target_positions": dims["n_text_ctx"],
        "decoder_attention_heads": dims["n_text_head"],
        "decoder_layers": dims["n_text_layer"],
    }
    (made / "config.json").write_text(json.dumps(config))
    (made / "generation_config.json").write_text(json.dumps({"alignment_heads": [[1, 1]]}))
    renamed = {theirs(name): tensor for name, tensor in state.items()}
    renamed["proj_out.weight"] = state["decoder.token_embedding.weight"]
    names = sorted(renamed)
    half = len(names) // 2
    write_safetensors(made / "model-00001-of-00002.safetensors", {name: renamed[name] for name in names[:half]})
    write_safetensors(made / "model-00002-of-00002.safetensors", {name: renamed[name] for name in names[half:]})
    return made


def test_every_tensor_finds_its_place(folder, small_checkpoint, tmp_path):
    import torch

    heads = to_checkpoint(folder, tmp_path / "made.pt")
    made = torch.load(tmp_path / "made.pt", weights_only=True)
    wanted = torch.load(small_checkpoint, weights_only=True)
    assert made["dims"] == wanted["dims"]
    assert set(made["model_state_dict"]) == set(wanted["model_state_dict"])
    assert all(torch.equal(made["model_state_dict"][k], v) for k, v in wanted["model_state_dict"].items())
    assert heads == ((1, 1),)


def test_a_folder_is_added_like_a_file(folder, tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    added = add(models, folder, "distil-fr")
    assert locate(models, "distil-fr") == added
    assert added.alignment_heads == ((1, 1),)
    assert sorted(file.name for file in models.iterdir()) == ["distil-fr.pt", "local.toml"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b'{"model_type": "bert"}'),
        ("config.json", b"{"),
        ("model-00001-of-00002.safetensors", (1 << 40).to_bytes(8, "little")),
        (
            "model-00001-of-00002.safetensors",
            (70).to_bytes(8, "little") + b'{"a.b": {"dtype": "F16", "shape": [9], "data_offsets": [0, 99]}}'.ljust(70),
        ),
    ],
)
def test_what_is_no_such_folder_is_refused_and_nothing_stays(folder, tmp_path, file, content):
    (folder / file).write_bytes(content)
    models = tmp_path / "models"
    models.mkdir()
    with pytest.raises(WeightsMissing):
        add(models, folder, "distil-fr")
    assert list(models.iterdir()) == []


def test_an_official_file_is_known_by_its_digest(small_checkpoint, tmp_path, monkeypatch):
    official = published()["small"]
    monkeypatch.setattr(weights, "file_digest", lambda file: official.sha256)
    assert add(tmp_path, small_checkpoint, "bought").alignment_heads == official.alignment_heads
