"""python -m transcribe: quick to answer, French, and honest in its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from transcribe import __main__ as command
from transcribe import choice
from transcribe.audio import decode
from transcribe.errors import SENTENCES
from transcribe.scripted import ScriptedEngine
from transcribe.vad import Detector

ROOT = Path(__file__).parents[2]


def python(*arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, **options
    )


def test_help_answers_without_loading_anything_heavy():
    program = (
        "import sys, runpy; sys.argv = ['transcribe', '--help']\n"
        "try: runpy.run_module('transcribe', run_name='__main__')\n"
        "except SystemExit as end: print('status', end.code)\n"
        "print('heavy', sorted({'torch', 'whisper', 'av', 'onnxruntime', 'numpy', 'numba'} & set(sys.modules)))"
    )
    answer = python("-c", program)
    assert "usage: python -m transcribe" in answer.stdout
    assert "status 0" in answer.stdout
    assert "heavy []" in answer.stdout


def test_importing_the_package_loads_nothing_heavy():
    answer = python("-c", "import sys, transcribe; print({'torch', 'whisper', 'av', 'numpy'} & set(sys.modules))")
    assert answer.stdout.strip() == "set()"


@pytest.mark.parametrize("arguments", [(), ("--unknown",), ("x.wav", "--engine", "magic")])
def test_a_wrong_command_line_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(arguments)
    assert end.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.fixture
def scripted(monkeypatch, cases):
    """The command with a prepared engine instead of weights; it says little of what the recording holds."""
    engine = ScriptedEngine.reading("bonjour point à la ligne", Detector().speech(decode(cases[3]).samples)[:2])

    def select(name=None, model=None, **_):
        return choice.Selection(engine, "for a test")

    monkeypatch.setattr("transcribe.select_engine", select)
    return engine


def test_an_unreadable_file_ends_with_1_and_a_french_sentence(scripted, tmp_path, capsys):
    file = tmp_path / "dictee.ds2"
    file.write_bytes(b"\3ds2" + bytes(1000))
    assert command.main([str(file)]) == 1
    assert capsys.readouterr().err.startswith(SENTENCES["E_AUDIO_DS2"])
    assert command.main([str(tmp_path / "absent.wav")]) == 1
    assert "Le fichier ne peut pas être lu" in capsys.readouterr().err


def test_missing_weights_end_with_1_and_a_french_sentence(tmp_path, capsys):
    assert command.main(["x.wav", "--models", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(SENTENCES["E_WEIGHTS_MISSING"])


def test_text_or_json_comes_out(scripted, cases, capsys):
    assert command.main([str(cases[3])]) == 0
    said = capsys.readouterr()
    assert said.out.split() == scripted_words(scripted)
    assert "Passages à réécouter" in said.err
    assert command.main([str(cases[3]), "--json"]) == 0
    raw = json.loads(capsys.readouterr().out)
    assert [word["text"] for word in raw["words"]] == scripted_words(scripted)
    assert raw["engine"] == "scripted"


def scripted_words(engine):
    return [said.text for said in engine.script]
