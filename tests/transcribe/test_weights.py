"""Only the very file that the manifest promises is ever loaded, and no code in it runs."""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest

from transcribe import WeightsMissing
from transcribe.engine import EngineInfo
from transcribe.reference import ReferenceEngine, published, read_shape
from transcribe.weights import Published, add, fetch, listed, locate


@pytest.fixture
def models(tmp_path, small_checkpoint):
    """A folder with a manifest of one small model."""
    folder = tmp_path / "models"
    folder.mkdir()
    data = small_checkpoint.read_bytes()
    (folder / "small.pt").write_bytes(data)
    (folder / "manifest.toml").write_text(
        f"""
[[model]]
name = "small"
file = "small.pt"
sha256 = "{hashlib.sha256(data).hexdigest()}"
size_bytes = {len(data)}
licence = "Apache-2.0"
good_for = "« les tests », rien d’autre"
alignment_heads = [[1, 0], [1, 1]]
max_window_seconds = 12.5
unsure_below = 0.7
"""
    )
    return folder


def refused(call, *arguments, **options):
    with pytest.raises(WeightsMissing) as error:
        call(*arguments, **options)
    assert error.value.code == "E_WEIGHTS_MISSING"
    return str(error.value)


def test_a_manifest_gives_a_verified_file(models):
    model = locate(models)
    assert model == locate(models, "small")
    assert model.path == models / "small.pt"
    assert model.alignment_heads == ((1, 0), (1, 1))
    assert model.max_window_seconds == 12.5
    assert model.unsure_below == 0.7
    assert EngineInfo.of("ct2", model).unsure_below == 0.7
    assert not model.prompts


def test_a_changed_file_is_refused(models):
    file = models / "small.pt"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    assert "SHA-256" in refused(locate, models)


def test_a_truncated_an_absent_and_an_unknown_model_are_refused(models, tmp_path):
    file = models / "small.pt"
    file.write_bytes(file.read_bytes()[:-1])
    assert "bytes" in refused(locate, models, verify=False)
    file.unlink()
    assert "absent" in refused(locate, models)
    assert "not listed" in refused(locate, models, "turbo")
    assert "no model" in refused(locate, tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text",
    [
        "[[model]\n",
        '[[model]]\nname = "x"\n',
        f'[[model]]\nname = "x"\nfile = "../x.pt"\nsha256 = "{"0" * 64}"\nsize_bytes = 1\n',
        '[[model]]\nname = "x"\nfile = "x.pt"\nsha256 = "0"\nsize_bytes = 1\n',
        f'[[model]]\nname = "x"\nfile = "x.pt"\nsha256 = "{"0" * 64}"\nsize_bytes = 1\nalignment_heads = [1, 2]\n',
    ],
)
def test_a_wrong_manifest_is_refused_and_says_which_file(models, text):
    (models / "manifest.toml").write_text(text)
    assert "manifest.toml" in refused(listed, models)


def test_a_hospital_adds_its_own_model(models, small_checkpoint, tmp_path):
    brought = tmp_path / "notre modèle.pt"
    brought.write_bytes(small_checkpoint.read_bytes())
    added = add(models, brought, "notre", licence="interne", good_for="« orthopédie »", alignment_heads=[[0, 1]])
    assert brought.exists()
    assert locate(models, "notre") == added
    assert added.alignment_heads == ((0, 1),)
    assert added.good_for == "« orthopédie »"
    assert locate(models).name == "small"  # until somebody makes it the default
    add(models, brought, "autre")
    add(models, brought, "notre", licence="nouvelle")
    assert sorted(listed(models)) == ["autre", "notre", "small"]
    assert locate(models, "notre").licence == "nouvelle"
    assert not list(models.glob("*.part"))


def test_a_default_can_be_named_and_stays(models, small_checkpoint):
    add(models, small_checkpoint, "notre")
    local = models / "local.toml"
    local.write_text('default = "notre"\n' + local.read_text("utf-8"), "utf-8")
    assert locate(models).name == "notre"
    add(models, small_checkpoint, "autre")
    assert locate(models).name == "notre"


def test_a_file_that_already_lies_there_is_not_copied(models, small_checkpoint):
    laid = models / "Hopital v3.pt"
    laid.write_bytes(small_checkpoint.read_bytes())
    assert add(models, laid, "hopital-v3").path == laid
    assert sorted(file.name for file in models.glob("*.pt")) == ["Hopital v3.pt", "small.pt"]


@pytest.mark.parametrize("name", ["small", "../x", "a/b", "", "-x", "É", "x" * 80])
def test_a_name_can_neither_leave_the_folder_nor_hide_a_shipped_model(models, small_checkpoint, name):
    before = (models / "small.pt").read_bytes()
    assert "name" in refused(add, models, small_checkpoint, name)
    assert (models / "small.pt").read_bytes() == before
    assert sorted(listed(models)) == ["small"]


class Trap:
    """Unpickling it would run a command."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


def test_code_hidden_in_a_checkpoint_does_not_run(models, tmp_path):
    trap = tmp_path / "trap.pt"
    trap.write_bytes(pickle.dumps({"dims": {}, "model_state_dict": Trap(tmp_path / "sprung")}, protocol=2))
    assert "not a Whisper checkpoint" in refused(add, models, trap, "trap")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("change", ["text", "empty", "dims", "huge", "tensor", "list"])
def test_what_is_no_whisper_checkpoint_is_refused(change, models, small_checkpoint, tmp_path):
    import torch

    checkpoint = torch.load(small_checkpoint, weights_only=True)
    file = tmp_path / "wrong.pt"
    if change == "text":
        file.write_text("ceci n’est pas un modèle")
    elif change == "empty":
        file.write_bytes(b"")
    else:
        if change == "dims":
            checkpoint["dims"]["n_mels"] = 40
        elif change == "huge":
            checkpoint["dims"]["n_audio_state"] = 10**9
        elif change == "tensor":
            checkpoint["model_state_dict"].pop("decoder.ln.weight")
        torch.save(checkpoint if change != "list" else [1, 2], file)
    refused(add, models, file, "wrong")
    assert sorted(listed(models)) == ["small"]


def test_an_alignment_head_that_does_not_exist_is_refused(models):
    manifest = models / "manifest.toml"
    manifest.write_text(manifest.read_text().replace("[[1, 0], [1, 1]]", "[[7, 0]]"))
    assert "alignment head" in refused(ReferenceEngine.load, locate(models))


def test_the_shape_of_a_checkpoint_is_read(small_checkpoint):
    shape = read_shape(small_checkpoint)
    assert (shape.n_mels, shape.n_text_layer, shape.n_text_head, shape.multilingual) == (80, 2, 2, True)


@pytest.fixture
def server(tmp_path_factory):
    """A web server on loopback, with its folder."""
    folder = tmp_path_factory.mktemp("published")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


def test_fetch_takes_the_promised_file_and_no_other(models, server, small_checkpoint):
    folder, address = server
    data = small_checkpoint.read_bytes()
    (folder / "base.pt").write_bytes(data)
    promised = hashlib.sha256(data).hexdigest()
    good = {"base": Published(address + "base.pt", promised, ((1, 1),))}
    fetched = fetch(models, "base", good)
    assert locate(models, "base") == fetched
    assert fetched.prompts
    bad = {"tiny": Published(address + "base.pt", "0" * 64, ())}
    assert "SHA-256" in refused(fetch, models, "tiny", bad)
    assert "not published" in refused(fetch, models, "turbo", good)
    with pytest.raises(OSError, match="404"):
        fetch(models, "tiny", {"tiny": Published(address + "nothing.pt", promised, ())})
    assert sorted(listed(models)) == ["base", "small"]
    assert not list(models.glob("*.download"))


def test_the_published_list_states_digests_and_heads():
    known = published()
    assert {"tiny", "small", "turbo"} <= set(known)
    assert not any(name.endswith(".en") for name in known)
    for found in known.values():
        assert found.url.startswith("https://")
        assert len(found.sha256) == 64
        assert found.alignment_heads
    assert all(layer < 4 and head < 20 for layer, head in known["turbo"].alignment_heads)
    assert all(layer < 12 and head < 12 for layer, head in known["small"].alignment_heads)
