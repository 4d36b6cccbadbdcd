#!/usr/bin/env bash
# Builds .venv-clients: programs of others that drive the service, as their users run them. An
# environment of its own, as they bring half a hundred packages. Safe to repeat: a stamp names what
# is installed, and a second run ends at once.
set -euo pipefail
cd "$(dirname "$0")/../.."

environment=.venv-clients
stamp=$environment/prepared
# tenacity is of lm-eval's extra `api`, whose other packages are for OpenAI's own models.
packages=(lm-eval==0.4.13 'tenacity>=9,<10')

if [[ ! -f $stamp || $(<"$stamp") != "${packages[*]}" ]]; then
  echo "Building $environment (less than a minute)"
  uv venv --quiet --clear "$environment"
  uv pip install --quiet --python "$environment/bin/python" "${packages[@]}"
  echo "${packages[*]}" >"$stamp"
fi
