#!/usr/bin/env bash
# Builds .venv-page, which drives the page in a real browser, and finds that browser. An environment
# of its own, as the browser's driver is 40 MB. Safe to repeat: a stamp names what is installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

environment=.venv-page
stamp=$environment/prepared
packages=('playwright>=1.60,<2' 'axe-playwright-python==0.1.8' 'pytest>=9,<10' 'pytest-timeout>=2.4,<3'
          'anyio>=4,<5' 'hypothesis>=6.150,<7')

if ! command -v chromium >/dev/null; then
  echo 'There is no chromium: apt-get install chromium' >&2
  exit 1
fi
if [[ ! -f $stamp || $(<"$stamp") != "${packages[*]}" ]]; then
  echo "Building $environment (less than a minute)"
  uv venv --quiet --clear "$environment"
  uv pip install --quiet --python "$environment/bin/python" "${packages[@]}"
  echo "${packages[*]}" >"$stamp"
fi
