"""Runs in the sandbox, as its program: the cases of one candidate, each in a child of its own.

Reads the job as JSON on standard input, and writes a line of JSON on standard output for each case
as it ends. Imports nothing of ours, and is imported by nobody.

The parent runs no code of the program's. It makes itself undumpable, so that a child can neither
read its memory nor open its descriptors, and a child inherits none of them but the two ends it
speaks by. What a child says of itself only counts behind a token made for that case, which is how
one that left early, by whatever way, is told from one that came to the end.

The values that `call` and `stdio` cases are to give are not in the sandbox. The statements of
`assert` and `check` cases have to be, in the same process as the program: one that looks for the
token in its own memory, or replaces what the statements call, can pass those.
"""

import binascii
import builtins
import ctypes
import json
import math
import os
import select
import signal
import sys
import time
import types
from typing import Any, NoReturn

Json = dict[str, Any]
Ended = tuple[str, "int | None", list[bytearray]]
"""Why a case ended, its exit status or signal, and what it said, printed and complained."""
Place = tuple[types.FrameType, int]

_control = ctypes.CDLL(None).prctl
_DUMPABLE, _SUBREAPER = 4, 36
_REFUSED = 3
"""Our exit status where the parent cannot be shut off from its children."""
_SHOWN, _DEEPEST, _TAIL = 300, 60, 2000
_SAID = 3
"""The descriptor by which a child speaks of itself."""
_CHILDREN = "/proc/thread-self/children"
_LARGE = 1 << 53


def main() -> None:
    """Run the cases of the job one after the other, as long as there is time."""
    with open(0, "rb", closefd=False) as file:
        job = json.load(file)
    if _control(_DUMPABLE, 0) or _control(_SUBREAPER, 1) or not os.path.exists(_CHILDREN):
        sys.exit(_REFUSED)
    end = time.monotonic() + job["seconds"]
    for case in job["cases"]:
        left = end - time.monotonic()
        if left <= 0:
            break
        line = json.dumps(_run(job, case, min(job["case_seconds"], left))) + "\n"
        _write(1, line.encode())


def _run(job: Json, case: Json, seconds: float) -> Json:
    token = os.urandom(16).hex()
    pipes = [os.pipe() for _ in range(3)]
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _settle(case, [write for _, write in pipes])
        _child(job["program"], case, token)
    for _, write in pipes:
        os.close(write)
    readers = [read for read, _ in pipes]
    ended, status, (said, out, err) = _attend(pid, readers, job["most"], started + seconds)
    _end_all()
    for read in readers:
        os.close(read)
    mark = f"{token} ".encode()
    return {
        "ended": ended,
        "status": status,
        "said": _shippable(said[len(mark) :]) if said.startswith(mark) else None,
        "out": _shippable(out),
        "err": _shippable(err),
    }


def _attend(pid: int, readers: list[int], most: int, end: float) -> Ended:
    """Hear a child until it ends, its time does, or it says too much."""
    heard = {fd: bytearray() for fd in readers}
    still = set(readers)
    while True:
        wait = min(0.02 if still else 0.001, max(0.0, end - time.monotonic()))
        done, status = os.waitpid(pid, os.WNOHANG)
        _hear(still, heard, 0.0 if done else wait, readers[2])
        if done:
            code = os.waitstatus_to_exitcode(status)
            return ("signal" if code < 0 else "exit", abs(code), list(heard.values()))
        if max(len(heard[readers[0]]), len(heard[readers[1]])) > most:
            return "output", None, list(heard.values())
        if time.monotonic() >= end:
            return "time", None, list(heard.values())


def _hear(still: set[int], heard: dict[int, bytearray], wait: float, errors: int) -> None:
    ready = select.select(list(still), [], [], wait)[0]
    for fd in ready:
        # What is left in the pipe of a child that has ended is at most its buffer.
        data = os.read(fd, 1 << 20)
        heard[fd] += data
        if not data:
            still.discard(fd)
    del heard[errors][:-_TAIL]


def _end_all() -> None:
    """End what a case has left running: orphans come to us, and so are children too."""
    for _ in range(1000):
        with open(_CHILDREN) as file:
            children = [int(pid) for pid in file.read().split()]
        if not children:
            return
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _settle(case: Json, pipes: list[int]) -> None:
    """Give a child its descriptors and no others, and what any process may do."""
    given = os.open(".", os.O_TMPFILE | os.O_RDWR)
    _write(given, case.get("stdin", "").encode("utf-8", "replace"))
    os.lseek(given, 0, os.SEEK_SET)
    # Copied first, to numbers above all that are overwritten.
    said, out, err = (os.dup(fd) for fd in pipes)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(given, 0)
    os.dup2(out if case["kind"] == "stdio" else quiet, 1)
    os.dup2(err, 2)
    os.dup2(said, _SAID)
    os.closerange(_SAID + 1, 4096)
    _control(_DUMPABLE, 1)
    streams: Any = (sys.stdin, sys.stdout, sys.stderr)
    for stream in streams:
        stream.reconfigure(encoding="utf-8", errors="replace")


def _child(program: str, case: Json, token: str) -> NoReturn:
    """Run one case in the process that is for it, and end that."""
    if case["kind"] == "stdio":
        os.close(_SAID)
        _executed(program, "__main__")
        raise SystemExit(0)
    said = json.dumps(_tried(program, case))
    _write(_SAID, f"{token} {said}".encode())
    os._exit(0)


def _executed(program: str, name: str) -> Json:
    """Run the program as the module of this name; return its names."""
    module = types.ModuleType(name)
    module.__dict__["__file__"] = "program.py"
    sys.modules[name], sys.argv = module, ["program.py"]
    exec(compile(program, "<program>", "exec"), module.__dict__)  # noqa: S102 - what we are for
    return module.__dict__


def _tried(program: str, case: Json) -> Json:
    before = dict(vars(builtins))
    try:
        names = _executed(program, "program")
        # What the statements of the case call is not for the program to replace.
        sys.settrace(None)
        sys.setprofile(None)
        vars(builtins).update(before)
        return {"value": _encoded(_KINDS[case["kind"]](names, case), 0)}
    except BaseException as error:  # noqa: BLE001 - a program may raise anything
        return {"error": _told(error, program, case)}


def _call(names: Json, case: Json) -> object:
    name = case["function"]
    if name not in names and "Solution" in names:
        return getattr(names["Solution"](), name)(*case["arguments"])
    return _function(names, name)(*case["arguments"])


def _function(names: Json, name: str) -> Any:  # noqa: ANN401 - the program's own
    if name not in names:
        raise NameError(f"the program does not define {name}")
    return names[name]


def _assert(names: Json, case: Json) -> None:
    exec(compile(case["code"], "<test>", "exec"), names)  # noqa: S102 - what we are for


def _check(names: Json, case: Json) -> None:
    function = _function(names, case["entry_point"])
    _assert(names, case)
    names["check"](function)


_KINDS = {"call": _call, "assert": _assert, "check": _check}


def _encoded(value: object, depth: int) -> object:
    """Return a value as JSON that says what JSON cannot; see `comparing`."""
    if depth > _DEEPEST:
        return {"repr": "(nested too deeply)"}
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < _LARGE else {"int": hex(value)}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": repr(float(value))}
    return _encoded_parts(value, depth + 1)


def _encoded_parts(value: object, depth: int) -> object:
    if isinstance(value, (list, tuple)):
        return [_encoded(one, depth) for one in value]
    if isinstance(value, (set, frozenset)):
        return {"set": [_encoded(one, depth) for one in value]}
    if isinstance(value, dict):
        return {"dict": [[_encoded(k, depth), _encoded(v, depth)] for k, v in value.items()]}
    return {"repr": repr(value)[:100_000]}


def _told(error: BaseException, program: str, case: Json) -> str:
    """Return what to say of an error: the statement that failed and its values, or its line."""
    try:
        places: list[Place] = []
        trace = error.__traceback__
        while trace:
            places.append((trace.tb_frame, trace.tb_lineno))
            trace = trace.tb_next
        if isinstance(error, AssertionError) and places[-1][0].f_code.co_filename == "<test>":
            return _unmet(error, case, places[-1])
        return _said(error) + _where(error, program, places)
    except BaseException:  # noqa: BLE001 - its own methods may raise anything
        return type(error).__name__


def _said(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the program ended itself (SystemExit: {_cut(repr(error.code))})"
    return f"{type(error).__name__}: {_cut(str(error))}".removesuffix(": ")


def _where(error: BaseException, program: str, places: list[Place]) -> str:
    ours = [line for frame, line in places if frame.f_code.co_filename == "<program>"]
    if isinstance(error, SyntaxError) and error.filename == "<program>":
        ours = [error.lineno or 0]
    line = ours[-1] if ours else None
    lines = program.splitlines()
    if line is None or not 0 < line <= len(lines):
        return ""
    return f" (at `{_cut(lines[line - 1].strip())}`)"


def _unmet(error: BaseException, case: Json, place: Place) -> str:
    import ast  # noqa: PLC0415 - half of the time to start, and only for failures

    frame, line = place
    found = [
        node
        for node in ast.walk(ast.parse(case["code"]))
        if isinstance(node, ast.Assert) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    if not found:
        return _said(error)
    why = f": {_cut(str(error))}" if str(error) else ""
    test = found[0].test
    sides = [test.left, *test.comparators] if isinstance(test, ast.Compare) else []
    told = [
        f"`{_cut(ast.unparse(side))}` is {_cut(repr(_value(ast.Expression(side), frame)))}"
        for side in sides
        if not isinstance(side, ast.Constant)
    ]
    return "; ".join([f"`{_cut(ast.unparse(test))}` does not hold{why}", *told])


def _value(side: Any, frame: types.FrameType) -> object:  # noqa: ANN401 - a tree
    """Return the value of an expression, had anew: only a failed statement pays for it."""
    code = compile(side, "<test>", "eval")
    return eval(code, frame.f_globals, frame.f_locals)  # noqa: S307 - what we are for


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:240]} ... {text[-55:]}"


def _shippable(data: bytearray) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


if __name__ == "__main__":
    main()
