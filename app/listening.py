"""Where the service listens."""

import socket
import sys

_BACKLOG = 4096


class CannotListen(Exception):
    """The address cannot be listened at: it is taken, not ours, or needs rights we lack."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; port 0 is any that is free.

    Raises:
        CannotListen: and why.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise CannotListen(f"cannot listen at {host}, port {port}: {error.strerror}") from error
    # The event loop sets this on sockets it makes itself. Without it the body of an answer waits
    # until its head is acknowledged: 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def drop_unread(listener: socket.socket, seconds: float) -> None:
    """Have a client dropped that reads nothing for so long, with an answer waiting for it.

    Holds for the connections that are made, and on Linux only. What an event loop has taken to
    send it keeps until that is read: closing the connection from above would wait for it.
    """
    if sys.platform == "linux":
        milliseconds = max(1, round(seconds * 1000))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


def address_of(host: str, port: int) -> str:
    """Return the address as it is reached from this machine."""
    if host in ("127.0.0.1", "0.0.0.0", "::", "::1"):  # noqa: S104 - compared, not listened at
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
