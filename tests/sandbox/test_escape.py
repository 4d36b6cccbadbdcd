"""Programs that try to get out, each run in the real sandbox: one expression an attempt."""

import asyncio
import os
import platform
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import TypeAlias

import pytest

from tests.sandbox.world import CALLS, World

AT_ONCE = 4

NETWORK = {
    "a TCP connection": ("socket.socket().connect(('127.0.0.1', 80))", "EPERM"),
    "a UDP packet": ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('8.8.8.8', 53))", "EPERM"),
    "a Unix socket": ("socket.socket(socket.AF_UNIX).connect('/run/docker.sock')", "EPERM"),
    "a raw socket": ("socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", "EPERM"),
    "a packet socket": ("socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", "EPERM"),
    "a netlink socket": ("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)", "EPERM"),
    "a socket to the hypervisor": ("socket.socket(socket.AF_VSOCK)", "EPERM"),
    "a listening socket": ("socket.create_server(('127.0.0.1', 0))", "EPERM"),
    "a pair of connected IPv6 sockets": ("socket.socketpair(socket.AF_INET6)", "ENOSYS"),
    "a name": ("socket.getaddrinfo('example.org', 80)", "gaierror"),
    "sending a descriptor": (
        "socket.send_fds(socket.socketpair()[0], [b'x'], [0])", "EPERM"
    ),
}  # fmt: skip
FILES = {
    "passwords": ("open('/etc/shadow').read()", "ENOENT"),
    "users": ("open('/etc/passwd').read()", "ENOENT"),
    "names of hosts": ("open('/etc/hosts').read()", "ENOENT"),
    "the home of root": ("os.listdir('/root')", "ENOENT"),
    "homes": ("os.listdir('/home')", "ENOENT"),
    "what is being served": ("os.listdir('/srv')", "ENOENT"),
    "services' data": ("os.listdir('/var')", "ENOENT"),
    "sockets of services": ("os.listdir('/run')", "ENOENT"),
    "the kernel's knobs": ("os.listdir('/sys')", "ENOENT"),
    "a path out of its folder": ("open('/tmp/../../../../etc/shadow').read()", "ENOENT"),
    "a symbolic link out": ("os.symlink('/etc/shadow', 'x') or open('x').read()", "ENOENT"),
    "a hard link to the interpreter": ("os.link(os.__file__, '/tmp/x')", "EXDEV"),
    "writing to the root": ("open('/x', 'w')", "EROFS"),
    "a folder in the root": ("os.mkdir('/x')", "EROFS"),
    "writing into the interpreter": ("open(os.__file__, 'a')", "EACCES"),
    "a module of everyone's": (
        "os.mkdir(os.path.dirname(os.__file__) + '/sitecustomize')", "EROFS"
    ),
    "the interpreter itself": ("open(os.path.realpath(sys.executable), 'r+b')", "EACCES"),
    "rights on the interpreter": ("os.chmod(os.__file__, 0o777)", "EROFS"),
    "moving the interpreter": ("os.rename(os.__file__, os.__file__ + 'x')", "EROFS"),
    "a file in /dev": ("open('/dev/x', 'w')", "EROFS"),
    "the machine's memory": ("open('/dev/mem', 'rb')", "ENOENT"),
    "the kernel's log": ("open('/dev/kmsg')", "ENOENT"),
    "a disk": ("open('/dev/vda', 'rb')", "ENOENT"),
    "a terminal": ("open('/dev/tty')", "ENOENT"),
    "a terminal of its own": ("os.open('/dev/ptmx', os.O_RDWR)", "ENOENT"),
    "a fuse": ("open('/dev/fuse', 'rb')", "ENOENT"),
    "a device node": ("os.mknod('/tmp/d', 0o020666, os.makedev(1, 1))", "EPERM"),
    "an owner": ("os.chown('.', 0, 0)", "EPERM"),
    "a new root": ("os.chroot('/tmp')", "EPERM"),
    "a mount": ("checked(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))", "EPERM"),
    "an unmount": ("checked(libc.umount2(b'/tmp', 2))", "EPERM"),
    "a mount that is writable again": (
        "checked(libc.mount(None, b'/', None, 32 | 4096, None))", "EPERM"
    ),
    "a move of mounts": ("call('move_mount', -1, 0, -1, 0, 0)", "EPERM"),
    "a pivoted root": ("call('pivot_root', 0, 0)", "EPERM"),
    "a file by its handle": ("call('open_by_handle_at', -100, 0, 0)", "EPERM"),
    "a watch of all files": ("call('fanotify_init', 0, 0)", "EPERM"),
    "quotas": ("call('quotactl', 0, 0, 0, 0)", "EPERM"),
    "a shell": ("subprocess.run('id', shell=True)", "ENOENT"),
    "a program with rights": ("subprocess.run(['/usr/bin/su'])", "ENOENT"),
    "a compiler": ("subprocess.run(['/usr/bin/gcc'])", "ENOENT"),
    "a program that runs with its owner's rights": (
        "open('x', 'w').close() or os.chmod('x', 0o6755) or subprocess.run(['./x'])", "ENOEXEC"
    ),
}  # fmt: skip
KERNEL = {
    "tracing": ("checked(libc.ptrace(16, os.getppid(), None, None))", "EPERM"),
    "another's memory": ("checked(libc.process_vm_readv(os.getppid(), 0, 0, 0, 0, 0))", "EPERM"),
    "writing it": ("checked(libc.process_vm_writev(os.getppid(), 0, 0, 0, 0, 0))", "EPERM"),
    "another's descriptors": ("call('pidfd_getfd', os.pidfd_open(os.getppid()), 0, 0)", "EPERM"),
    "comparing kernel objects": ("call('kcmp', 1, 2, 0, 0, 0)", "EPERM"),
    "a user namespace": ("checked(libc.unshare(0x10000000))", "EPERM"),
    "a network namespace": ("checked(libc.unshare(0x40000000))", "EPERM"),
    "a namespace by clone": ("call('clone', 0x10000000 | 17, 0, 0, 0, 0)", "ENOSYS"),
    "a namespace by clone3": ("call('clone3', 0, 0)", "ENOSYS"),
    "another's namespace": ("checked(libc.setns(os.open('/proc/1/status', 0), 0))", "EPERM"),
    "a ring": ("call('io_uring_setup', 1, 0)", "EPERM"),
    "a program in the kernel": ("call('bpf', 0, 0, 0)", "EPERM"),
    "faults handled here": ("call('userfaultfd', 0)", "EPERM"),
    "counters of the processor": ("call('perf_event_open', 0, 0, -1, -1, 0)", "EPERM"),
    "another personality": ("checked(libc.personality(0x0040000))", "EPERM"),
    "keys": ("call('keyctl', 0, -3, 0)", "EPERM"),
    "adding a key": ("call('add_key', 0, 0, 0, 0, -3)", "EPERM"),
    "asking for a key": ("call('request_key', 0, 0, 0, -3)", "EPERM"),
    "another kernel": ("call('kexec_load', 0, 0, 0, 0)", "EPERM"),
    "a module of the kernel": ("call('init_module', 0, 0, 0)", "EPERM"),
    "a reboot": ("call('reboot', 0xfee1dead, 672274793, 0x1234567, 0)", "EPERM"),
    "swap": ("call('swapon', 0, 0)", "EPERM"),
    "the kernel's messages": ("call('syslog', 3, 0, 0)", "EPERM"),
    "the clock": ("time.clock_settime(time.CLOCK_REALTIME, 0)", "EPERM"),
    "its name": ("socket.sethostname('x')", "EPERM"),
    "root": ("os.setuid(0)", "EPERM"),
    "root's group": ("os.setgid(0)", "EPERM"),
    "all three users": ("os.setresuid(0, 0, 0)", "EPERM"),
    "groups": ("os.setgroups([0])", "EPERM"),
    "capabilities": ("checked(libc.capset(0, 0))", "EPERM"),
    "files without a folder": ("call('memfd_create', 0, 0)", "EPERM"),
    "shared memory of nobody": ("call('shmget', 0, 1 << 30, 0o1600)", "EPERM"),
    "pages in a pipe": ("call('vmsplice', 1, 0, 0, 0)", "EPERM"),
    "splicing": ("call('splice', 0, 0, 1, 0, 1, 0)", "EPERM"),
    "typing on a terminal": (
        "__import__('fcntl').ioctl(0, 0x5412, b'x')", "ENOSYS"
    ),
    "rights of its own making": ("call('landlock', 0, 0, 0)", "ENOSYS"),
    "a realtime scheduler": ("os.sched_setscheduler(0, 1, os.sched_param(1))", "EPERM"),
}  # fmt: skip
PROCESSES = {
    "a process outside": ("os.kill(int(input()), 0)", "ESRCH"),
    "the keeper's memory": ("open(f'/proc/{os.getppid()}/mem', 'r+b')", "EACCES"),
    "the keeper's environment": ("open(f'/proc/{os.getppid()}/environ').read()", "EACCES"),
    "the keeper's descriptors": ("os.listdir(f'/proc/{os.getppid()}/fd')", "EACCES"),
    "the kernel's settings": ("os.open('/proc/sys/kernel/core_pattern', os.O_WRONLY)", "EACCES"),
    "the first process's files": ("open('/proc/1/root/etc/passwd')", "ENOENT"),
    "more descriptors than the standard three": ("os.write(3, b'{}')", "EBADF"),
    "being spared when memory runs out": (
        "os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-1000')",
        "EACCES",
    ),
}


Attacks: TypeAlias = dict[str, tuple[str, str]]


async def came_to(world: World, attacks: Attacks, stdin: str = "") -> dict[str, str]:
    """Run every attack as a program in a sandbox of its own; return what came of each."""
    came: dict[str, str] = {}
    places = asyncio.Semaphore(AT_ONCE)

    async def run(attack: str, attempt: str) -> None:
        async with places:
            came[attack] = await world.attempt(attempt, stdin)

    async with asyncio.TaskGroup() as group:
        for attack, (attempt, _) in attacks.items():
            group.create_task(run(attack, attempt))
    return came


def expected(attacks: Attacks) -> dict[str, str]:
    return {attack: error for attack, (_, error) in attacks.items()}


async def test_a_program_has_no_network(world: World) -> None:
    assert await came_to(world, NETWORK) == expected(NETWORK)


async def test_a_program_sees_its_own_files_alone(world: World) -> None:
    assert await came_to(world, FILES) == expected(FILES)


async def test_the_kernel_is_asked_for_nothing_special(world: World) -> None:
    assert await came_to(world, KERNEL) == expected(KERNEL)


async def test_other_processes_are_out_of_reach(world: World) -> None:
    assert await came_to(world, PROCESSES, str(os.getpid())) == expected(PROCESSES)


@pytest.fixture
def public() -> Iterator[Path]:
    """A file outside that everyone may read."""
    with NamedTemporaryFile(dir="/var/tmp") as file:
        os.chmod(file.name, 0o644)
        yield Path(file.name)


async def test_a_file_that_everyone_may_read_is_not_there(world: World, public: Path) -> None:
    assert await world.attempt("open(input()).read()", str(public)) == "ENOENT"


async def test_the_environment_of_the_server_is_not_inherited(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FATHOM_SANDBOX_KEY", "secret")
    executed = await world.run("import os; print(sorted(os.environ))")
    assert executed.stdout == "['HOME', 'LANG', 'MALLOC_ARENA_MAX', 'PATH', 'PWD', 'TMPDIR']\n"


async def test_no_descriptor_is_inherited(world: World) -> None:
    with TemporaryFile() as file:
        os.set_inheritable(file.fileno(), True)
        executed = await world.run("import os; print(os.listdir('/proc/self/fd'))")
    assert executed.stdout == "['0', '1', '2', '3']\n"  # 3 is the folder that is listed


async def test_only_its_own_processes_are_in_proc(world: World) -> None:
    executed = await world.run("import os; print([p for p in os.listdir('/proc') if p.isdigit()])")
    assert executed.stdout == "['1', '2', '3']\n"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 is a table of x86-64")
async def test_calls_by_another_table_kill_the_program(world: World) -> None:
    executed = await world.run(f"{CALLS}libc.syscall(0x40000000 | 39)\nprint('lived')")
    assert (executed.signal, executed.stdout) == (signal.SIGSYS, "")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="i386 is a table of x86-64")
async def test_calls_of_32_bits_kill_the_program(world: World) -> None:
    code = "b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3'"  # mov eax, 20; int 0x80; ret
    program = f"""{CALLS}
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write({code})
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())"""
    executed = await world.run(program)
    assert executed.stdout == ""
    assert executed.signal in (signal.SIGSYS, signal.SIGSEGV)  # SEGV: a kernel without i386
