"""The benchmark names only engines it can run, and says which one is not installed."""

from __future__ import annotations

from benchmarks import peers, recognition


def test_every_engine_has_a_hearer():
    assert set(recognition.ENGINES) <= set(recognition._HEARERS)


def test_without_whisper_cpp_it_says_so_and_goes_on(monkeypatch, capsys):
    monkeypatch.setattr(peers, "find_spec", lambda _: None)
    assert peers.present(["openai-whisper", "whisper.cpp f16", "ct2"]) == ["openai-whisper", "ct2"]
    assert "whisper.cpp is not installed" in capsys.readouterr().out
    assert peers.whisper_cpp_as_built() == "no whisper.cpp"


def test_nothing_is_said_of_an_engine_nobody_asked_for(monkeypatch, capsys):
    monkeypatch.setattr(peers, "find_spec", lambda _: None)
    assert peers.present(["openai-whisper", "ct2"]) == ["openai-whisper", "ct2"]
    assert not capsys.readouterr().out
