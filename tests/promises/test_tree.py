"""The tree holds what was written here, and no more than a clone needs."""

import subprocess

LARGEST = 2 << 20  # bytes of a file outside models/; the longest sample dictation has 1.4 MiB
PACKED = (".whl", ".gz", ".bz2", ".xz", ".zip", ".so", ".jar", ".exe", ".onnx", ".ggml")


def test_no_package_and_nothing_large_is_tracked(repository):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=True, text=True)
    tracked = [name for name in listed.stdout.split("\0") if name and not name.startswith("models/")]
    assert "README.md" in tracked
    assert [name for name in tracked if name.endswith(PACKED)] == []
    assert [name for name in tracked if (repository / name).stat().st_size > LARGEST] == []
