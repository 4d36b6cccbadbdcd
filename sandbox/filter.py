"""Which system calls a program may make: seccomp, by libseccomp.

A list of what is allowed: what the kernel learns tomorrow, and what this libseccomp has no name
for, is refused. What is on no list is answered `ENOSYS`, as by an older kernel, which C libraries
know how to do without; what is refused on purpose is answered `EPERM`, so that errors say so.
Calls of another architecture's table (x32, i386) kill the program. Knows no bubblewrap.
"""

import errno
import os
from types import ModuleType

from sandbox.errors import NoTier

_ALLOWED = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range
open openat openat2 creat dup dup2 dup3 fcntl flock fsync fdatasync sync_file_range ftruncate
truncate fallocate fadvise64 readahead sendfile copy_file_range pipe pipe2
stat fstat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents
getdents64 getcwd chdir fchdir mkdir mkdirat rmdir rename renameat renameat2 link linkat symlink
symlinkat unlink unlinkat chmod fchmod fchmodat fchmodat2 umask utime utimes utimensat futimesat
statfs fstatfs getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
mmap munmap mremap mprotect madvise brk msync mincore
fork vfork execve execveat exit exit_group wait4 waitid
kill tkill tgkill pidfd_open pidfd_send_signal pause alarm getitimer setitimer rt_sigaction
rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigpending rt_sigtimedwait rt_sigqueueinfo
rt_tgsigqueueinfo sigaltstack signalfd signalfd4
select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
epoll_pwait2 eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime
futex futex_waitv get_robust_list set_robust_list set_tid_address rseq membarrier restart_syscall
arch_prctl prctl
getpid getppid gettid getpgid getpgrp setpgid getsid setsid getuid geteuid getgid getegid
getresuid getresgid getgroups capget
getrlimit setrlimit prlimit64 getrusage times sysinfo uname getrandom getcpu getpriority
setpriority sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_getscheduler
sched_get_priority_max sched_get_priority_min sched_rr_get_interval
time gettimeofday nanosleep clock_gettime clock_getres clock_nanosleep timer_create
timer_settime timer_gettime timer_getoverrun timer_delete
getsockname getpeername getsockopt shutdown sendto recvfrom
"""
"""What reads and writes files, maps memory, starts and awaits processes, and tells the time. The
last line is for pairs of connected sockets, which asyncio wakes itself with; that they cannot send
descriptors (`sendmsg`) keeps programs off the kernel's garbage collection of these."""

_REFUSED = {
    # A way to others, or to the kernel by way of a protocol. The network namespace is empty too.
    "network": """socket bind connect listen accept accept4 setsockopt sendmsg sendmmsg
        recvmsg recvmmsg""",
    # Reads and writes other processes, and takes their descriptors.
    "other processes": "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd",
    # New namespaces give capabilities inside, and much of the kernel to try them on.
    "namespaces": "unshare setns",
    # The file system as a whole: what bubblewrap set up stays as it is.
    "mounts": """mount umount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount
        open_tree mount_setattr open_by_handle_at name_to_handle_at fanotify_init quotactl
        mknod mknodat""",
    # Who it is.
    "identity": """setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid
        capset personality sethostname setdomainname chown fchown lchown fchownat""",
    # Rings and programs inside the kernel: where most of its holes of late were.
    "engines": "io_uring_setup io_uring_enter io_uring_register bpf userfaultfd perf_event_open",
    # Memory that no limit counts: of no process (shm, mq), or of files without a folder.
    "uncounted memory": """memfd_create memfd_secret shmget shmat shmctl shmdt msgget msgsnd msgrcv
        msgctl semget semop semctl semtimedop mq_open mq_unlink mlock mlock2 mlockall
        remap_file_pages vmsplice splice tee""",
    # Keys are of the user, whatever namespace asks.
    "keys": "keyctl add_key request_key",
    # The machine.
    "machine": """kexec_load kexec_file_load init_module finit_module delete_module reboot swapon
        swapoff acct syslog settimeofday clock_settime adjtimex clock_adjtime iopl ioperm modify_ldt
        vhangup sysfs _sysctl lookup_dcookie nfsservctl""",
    # Affects where memory is, and who runs first, of everyone on the machine.
    "scheduling": """sched_setscheduler sched_setparam sched_setattr ioprio_set mbind set_mempolicy
        migrate_pages move_pages""",
}
"""What is refused on purpose, and why."""

# sched.h: what would make a namespace.
_NEW_NAMESPACES = 0x7E020000
_IOCTLS = (
    0x5401,  # TCGETS: is it a terminal? TIOCSTI, which types on one, is not here
    0x5413,  # TIOCGWINSZ
    0x541B,  # FIONREAD
    0x5421,  # FIONBIO
    0x5450,  # FIONCLEX
    0x5451,  # FIOCLEX
)
_AF_UNIX = 1
_LOW = 0xFFFFFFFF


def compile_filter() -> bytes:
    """Return the filter, as the kernel reads it.

    Raises:
        NoTier: there is no libseccomp here, or it does not do what is asked of it.
    """
    seccomp = _seccomp()
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    for name in _ALLOWED.split():
        _add(seccomp, rules, seccomp.ALLOW, name)
    for names in _REFUSED.values():
        for name in names.split():
            _add(seccomp, rules, seccomp.ERRNO(errno.EPERM), name)
    _add_conditions(seccomp, rules)
    with os.fdopen(os.memfd_create("seccomp"), "w+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def filter_descriptor(compiled: bytes) -> int:
    """Return a descriptor of a file in memory with the filter, for one bubblewrap to read."""
    descriptor = os.memfd_create("seccomp")
    os.write(descriptor, compiled)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _add_conditions(seccomp: ModuleType, rules: object) -> None:
    """Add the calls that depend on what they are asked. The kernel reads 32 bits of each."""
    same, masked, allow = seccomp.EQ, seccomp.MASKED_EQ, seccomp.ALLOW
    # clone3 hides its flags in memory, and is on no list: C libraries then use clone.
    _add(seccomp, rules, allow, "clone", seccomp.Arg(0, masked, _NEW_NAMESPACES, 0))
    _add(seccomp, rules, allow, "socketpair", seccomp.Arg(0, same, _AF_UNIX))
    for request in _IOCTLS:
        _add(seccomp, rules, allow, "ioctl", seccomp.Arg(1, masked, _LOW, request))


def _add(seccomp: ModuleType, rules: object, action: int, name: str, *conditions: object) -> None:
    """Add a rule, if this libseccomp has the call on this machine: without one it is refused."""
    number = seccomp.resolve_syscall(seccomp.system_arch(), name)
    if number >= 0:
        rules.add_rule(action, number, *conditions)  # type: ignore[attr-defined]  # untyped


def _seccomp() -> ModuleType:
    try:
        import pyseccomp  # noqa: PLC0415 - loading it fails where libseccomp is missing
    except (ImportError, RuntimeError) as error:
        raise NoTier(
            [f"seccomp is missing ({error})"],
            "Install libseccomp (libseccomp2 on Debian) and Fathom's extra `sandbox`.",
        ) from error
    module: ModuleType = pyseccomp
    return module
