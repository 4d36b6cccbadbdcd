#!/usr/bin/env bash
# Builds .venv-fuzz: schemathesis, which makes requests of the OpenAPI document. Apart from the
# environment of development, as it is a program beside the service. Safe to repeat: a stamp names
# what is installed, and a second run ends at once.
set -euo pipefail
cd "$(dirname "$0")/../.."

environment=.venv-fuzz
stamp=$environment/prepared
packages=(schemathesis==4.32.5 'openapi-spec-validator>=0.7,<1')

if [[ ! -f $stamp || $(<"$stamp") != "${packages[*]}" ]]; then
  echo "Building $environment"
  uv venv --quiet --clear "$environment"
  uv pip install --quiet --python "$environment/bin/python" "${packages[@]}"
  echo "${packages[*]}" >"$stamp"
fi
