"""The embedded model server: llama.cpp in a process of its own.

Reads its parameters as JSON from the environment variable `FATHOM_LLAMACPP`, not from its command
line, which anyone on the machine can read and which would show them the key. Listens on a port of
127.0.0.1 that the kernel chooses, says `{"address": "http://127.0.0.1:PORT"}` on standard output,
and serves until it is ended. Imports nothing of ours, so that it starts wherever it is run from.
"""

import json
import os
import signal
import sys

import xllamacpp

PARAMETERS = "FATHOM_LLAMACPP"
_ERRORS = 1
"""llama.cpp's verbosity: its warnings, level 2, come with every request."""


def serve() -> None:
    """Load the model and answer requests until the process is ended."""
    given = json.loads(os.environ.pop(PARAMETERS))
    server = xllamacpp.Server(_parameters(**given))
    sys.stdout.write(json.dumps({"address": server.listening_address}) + "\n")
    sys.stdout.flush()
    while True:
        signal.pause()


def _parameters(
    *, model: str, context: int, slots: int, threads: int, states: int, key: str
) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [key]
    parameters.n_ctx = context
    parameters.n_parallel = slots
    parameters.kv_unified = True
    _show_states(parameters, states)
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.offline = True
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.verbosity = _ERRORS
    return parameters


def _show_states(parameters: xllamacpp.CommonParams, longest: int) -> None:
    """Have it show hidden states as they are, of texts that fit one physical batch.

    Drawing is the same to the bit with and without, and no slower.
    """
    parameters.embedding = True
    parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_NONE
    parameters.embd_normalize = -1
    parameters.n_ubatch = max(parameters.n_ubatch, longest)
    parameters.n_batch = max(parameters.n_batch, longest)


if __name__ == "__main__":
    serve()
