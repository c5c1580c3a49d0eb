# Two commands on a bare Debian or Ubuntu machine: `make demo` and `make test`. The others are for those who work here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

# What the program needs from the system, and what only its tests need.
RUN_PACKAGES := python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 openssl \
	fonts-sil-gentiumplus fonts-lato fonts-dejavu-core
# The PDFs are judged by a validator of its own (PDFBox Preflight), the pages by a real browser. Postfix is installed
# without a configuration, so that no mail server starts: the tests bring theirs, and start it as root (through sudo).
TEST_PACKAGES := chromium default-jre-headless libpdfbox2-java libcommons-logging-java libjaxb-api-java dovecot-imapd \
	postfix postgresql

.PHONY: demo test check lint format screenshots scores scores-voices bench fuzz-audio faults two-senders bench-typing bench-rows bench-worklist bench-directory clean

demo: $(VENV)/.ready  ## the main job on real recordings, end to end
	$(BIN)/dictation demo

test: $(VENV)/.ready $(VENV)/.test-packages  ## every test
	$(BIN)/pytest -m "not browser" --numprocesses=auto --dist=loadscope  # a file's tests share what they started
	$(BIN)/pytest -m browser --numprocesses=auto --dist=loadscope  # apart: the browser's driver keeps an event loop running

check: lint test  ## what continuous integration runs

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: $(VENV)/.ready $(VENV)/.test-packages  ## every screen at three sizes, from the sample cases
	$(BIN)/python -m tests.web.screenshots

scores: $(VENV)/.ready  ## how good it is, one table, kept in scores/results/
	$(BIN)/python -m scores

scores-voices: $(VENV)/.ready  ## word errors by voice and channel; needs espeak-ng and SVOX Pico
	$(BIN)/python -m scores.voices

bench: $(VENV)/.ready  ## how fast each engine is beside its peers, kept in benchmarks/results/ (about ten minutes)
	-$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: pywhispercpp==1.5.1  # a peer: benchmarks/README.md
	$(BIN)/python -m benchmarks.recognition

fuzz-audio: $(VENV)/.ready  ## 500 damaged recordings: each decoded or refused with its reason
	$(BIN)/python -m benchmarks.fuzz_audio

faults: $(VENV)/.ready $(VENV)/.test-packages  ## 240 faults on the way to a real Postfix; writes benchmarks/faults.md
	$(BIN)/python -m benchmarks.faults

two-senders: $(VENV)/.ready $(VENV)/.test-packages  ## 1,000 letters on each database, two senders killed at random
	$(BIN)/python -m benchmarks.two_senders

bench-typing: $(VENV)/.ready $(VENV)/.test-packages  ## what a key costs in a five-minute letter, in Chromium (four minutes)
	$(BIN)/python -m benchmarks.typing

bench-rows: $(VENV)/.ready $(VENV)/.test-packages  ## how soon a list of 300 letters is painted, in Chromium
	$(BIN)/python -m benchmarks.rows

MILLION ?= $(or $(TMPDIR),/tmp)/worklist-million
bench-worklist: $(VENV)/.ready  ## the worklist with a million letters, kept in MILLION for the next time (ten minutes, then three)
	$(BIN)/python -m benchmarks.worklist --home $(MILLION) --keep

bench-directory: $(VENV)/.ready  ## the whole national directory: seconds and memory
	$(BIN)/python -m benchmarks.directory

clean:
	rm -rf $(VENV) build *.egg-info

# torch first and pinned: unpinned, it pulls gigabytes of GPU libraries. openai-whisper without its dependencies: one of
# them serves GPUs only and weighs a gigabyte; the others are in requirements.lock. openvino without its telemetry.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory packages PACKAGES="$(RUN_PACKAGES)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps openai-whisper==20250625 openvino==2026.4.1
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.test-packages: Makefile
	@$(MAKE) --no-print-directory packages PACKAGES="$(TEST_PACKAGES)"
	touch $@

# Installs only what is missing, so that a prepared machine needs no root.
.PHONY: packages
packages:
	@missing=$$(for p in $(PACKAGES); do dpkg -s $$p 2>/dev/null | grep -q '^Status: install ok' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "Installing system packages:" $$missing; \
	  case "$$missing" in *postfix*) \
	    echo "postfix postfix/main_mailer_type select No configuration" | $(SUDO) debconf-set-selections ;; \
	  esac; \
	  $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
