#!/usr/bin/env bash
# Takes docker/Dockerfile's steps without a container engine and checks what the images promise.
# The context, install script, command, health check and user are read from the files docker reads.
# usage: docker/steps.sh api|embedded|sandbox ...     (PYTHON=... chooses the interpreter)
# Needs Linux, and strip of binutils. As root it also tries the user and the read-only root.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly limit_mb=250 base_mb=130 # in 10^6 bytes, as docker counts; python:slim is below 130

work=$(mktemp -d /var/tmp/fathom-image.XXXXXX) # not in /tmp: the server gets a /tmp of its own
chmod 755 "$work"
outcomes=/tmp/${work##*/}.db # in the server's own /tmp, if it has one
server=
engine=
cleanup() {
  if [ -n "$server" ]; then kill -KILL "$server" 2>/dev/null || true; fi
  if [ -n "$engine" ]; then kill "$engine" 2>/dev/null || true; fi
  chmod -R u+w "$work" && rm -rf "$work" "$outcomes"*
}
trap cleanup EXIT

pass() { echo "ok    $target: $*"; }
fail() {
  echo "FAIL  $target: $*" >&2
  if [ -f "$work/log" ]; then grep -v ' is ignored: ' "$work/log" | tail -n 30 >&2; fi
  exit 1
}

user=$(sed -n 's/^USER \([0-9]*\):.*/\1/p' docker/Dockerfile | sort -u)
image_python=$(sed -n 's/^FROM python:\([0-9.]*\).*/\1/p' docker/Dockerfile)

as_user() { # the image's user with no capability, where this script may become somebody else
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
      --bounding-set=-all --inh-caps=-all "$@"
  fi
  exec "$@"
}

locked_down() { # a root file system that cannot be written, with a fresh /tmp
  cd /
  if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
    export -f as_user
    export user
    # shellcheck disable=SC2016 # expanded by the inner bash
    exec unshare --mount bash -euc '
      mount -t tmpfs -o mode=1777 tmpfs /tmp
      mount -o remount,bind,ro /
      if touch /fathom-wrote-here 2>/dev/null; then echo "the root is writable" >&2; exit 1; fi
      as_user "$@"' locked-down "$@"
  fi
  as_user "$@"
}

find_python() { # the image's version if there is one, and one that the image's user may run
  local candidate
  for candidate in ${PYTHON:-"python$image_python" python3.13 python3.12 python3.11 python3 \
    /usr/bin/python3}; do
    if (as_user "$candidate" -c 'if True:
      import ensurepip, sys
      assert sys.version_info >= (3, 11)
      print(sys._base_executable)') 2>/dev/null; then
      return
    fi
  done
  echo "user $user can run no Python 3.11 or newer with venv: name one in PYTHON" >&2
  return 1
}

words_of() { # words_of 'CMD': the JSON array after that instruction, a word a line
  local stage found
  for stage in "$target" runtime; do # the target's own, or what it has from its base
    found=$(awk -v stage="$stage" '/^FROM /{here = ($4 == stage)} here' docker/Dockerfile |
      sed -n "s/^$1 *\(\[.*\]\)\$/\1/p")
    if [ -n "$found" ]; then
      "$python" -c 'import json, sys; print(*json.loads(sys.argv[1]), sep="\n")' "$found"
      return
    fi
  done
}

free_port() {
  "$python" -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

copy_context() {
  mkdir "$work/context"
  sed -n 's/^!//p' .dockerignore |
    xargs git ls-files -z --cached --others --exclude-standard -- |
    tar --create --null --files-from=- | tar --extract --directory "$work/context"
}

check_size() {
  local venv_mb
  venv_mb=$(($(du -sb "$prefix" | cut -f1) / 1000000))
  echo "      $target: the environment takes $venv_mb MB, with the base about $((venv_mb + base_mb)) MB"
  if [ "$target" = api ]; then
    [ $((venv_mb + base_mb)) -le $limit_mb ] || fail "above $limit_mb MB"
    pass "below $limit_mb MB"
  fi
}

check_libraries() { # what the slim base has, and what the Dockerfile installs for this target
  local known='ld-linux.*|linux-vdso|libc|libdl|libgcc_s|libm|libpthread|librt|libstdc\+\+|libz'
  local missing
  if [ "$target" = embedded ]; then known+='|libgomp'; fi
  missing=$(find "$prefix" -name '*.so*' -type f -exec ldd {} + 2>/dev/null |
    awk -v venv="$prefix/" '/^\t/ && !/statically linked/ && index($0, venv) == 0 {print $1}' | sed 's|.*/||' | sort -u |
    grep -Ev "^($known)\.so" || true)
  [ -z "$missing" ] || fail "shared libraries that the image would lack: $missing"
  pass "every shared library is in the image"
}

start() { # start [NAME=VALUE ...]: the image's command, on loopback
  local words
  mapfile -t words < <(words_of CMD)
  [ "${#words[@]}" -gt 0 ] || fail "the Dockerfile has no exec-form CMD"
  environment=(PATH="$prefix/bin:/usr/bin:/bin" HOME=/tmp PYTHONUNBUFFERED=1 FATHOM_PORT="$port" "$@")
  words=("${words[@]/#0.0.0.0/127.0.0.1}")
  (locked_down env -i "${environment[@]}" "${words[@]/#8020/$port}") >"$work/log" 2>&1 &
  server=$!
}

check_health() {
  local words seconds
  mapfile -t words < <(words_of 'HEALTHCHECK.* CMD')
  for seconds in $(seq 60); do
    kill -0 "$server" 2>/dev/null || fail "the server ended before it was healthy"
    if (locked_down env -i "${environment[@]}" "${words[@]}") >/dev/null 2>&1; then
      pass "healthy within about $seconds s, by \`${words[*]}\`"
      return
    fi
    sleep 1
  done
  fail "not healthy after 60 tries"
}

check_user() {
  local uids
  uids=$(awk '/^Uid:/ {print $2, $3, $4, $5}' "/proc/$server/status")
  if [ "$(id -u)" = 0 ]; then
    [ "$uids" = "$user $user $user $user" ] || fail "runs as $uids"
    pass "runs as user $user, on a root that cannot be written"
  else
    pass "runs as user ${uids%% *}; not root here, so neither user $user nor a read-only root was tried"
  fi
}

status_of() {
  "$python" - "http://127.0.0.1:$port$1" <<'PY'
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=10).status)
except urllib.error.HTTPError as error:
    print(error.code)
PY
}

check_ready() { # check_ready STATUS: within 30 s
  local status=
  for _ in $(seq 30); do
    status=$(status_of /ready)
    if [ "$status" = "$1" ]; then
      pass "/ready says $status"
      return
    fi
    sleep 1
  done
  fail "/ready says $status, not $1"
}

check_answer() { # check_answer maths|chat: see tests/docker/served.py
  local said
  said=$("$python" tests/docker/served.py "$port" "$1") || fail "not as asked: $1"
  pass "$said"
}

check_sandbox() { # the self-test, as the image's user: every line of it
  (locked_down env -i PATH="$prefix/bin:/usr/bin:/bin" HOME=/tmp fathom sandbox check) \
    >"$work/log" 2>&1 || fail "\`fathom sandbox check\`"
  pass "$(grep -c '^  ok ' "$work/log") things hold of the sandbox, by \`fathom sandbox check\`"
}

check_program() { # a program is run, over HTTP
  "$python" - "http://127.0.0.1:$port/execute" <<'PY' || fail "a program was not run"
import json, sys, urllib.request
body = {"files": [{"name": "main.py", "content": "print(sum(map(int, input().split())))"}], "stdin": "40 2"}
asked = urllib.request.Request(sys.argv[1], json.dumps(body).encode())
told = json.load(urllib.request.urlopen(asked, timeout=20))
assert (told["stdout"], told["ended"]) == ("42\n", "exit"), told
PY
  pass "a program was run"
}

stop() {
  kill -TERM "$server"
  for _ in $(seq 100); do
    if ! kill -0 "$server" 2>/dev/null; then
      wait "$server" || true
      server=
      pass "stopped when asked to"
      return
    fi
    sleep 0.2
  done
  fail "still running 20 s after SIGTERM"
}

target=steps
python=$(find_python)
pass "$("$python" --version) ($python); the image has Python $image_python"
copy_context
port=$(free_port)
engine_port=$(free_port)
for target in "$@"; do
  prefix=$work/$target
  PYTHON=$python "$work/context/docker/install.sh" "$prefix" "$target" >"$work/log" 2>&1 ||
    fail "docker/install.sh"
  rm "$work/log"
  chmod -R a-w "$prefix"
  check_size
  check_libraries
  if [ "$target" = sandbox ]; then
    check_sandbox
    start
    check_health
    check_user
    check_ready 200
    check_program
    stop
    continue
  fi
  if [ "$target" = embedded ]; then
    start FATHOM_OUTCOMES="$outcomes"
    check_health
    check_user
  else # an engine that nobody serves yet: the API must live without it, and say so
    start FATHOM_OUTCOMES="$outcomes" FATHOM_ENGINE__KIND=vllm \
      FATHOM_ENGINE__URL="http://127.0.0.1:$engine_port"
    check_health
    check_user
    check_ready 503
    "$python" tests/docker/engine.py "$engine_port" &
    engine=$!
  fi
  check_ready 200
  check_answer chat
  check_answer maths
  stop
done
