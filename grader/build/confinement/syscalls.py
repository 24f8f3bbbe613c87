"""Which system calls the child's filter answers, and how: the names as data, with their numbers on each architecture.

Numbers from asm/unistd_64.h (x86_64) and asm-generic/unistd.h (aarch64); None where the architecture does not have the call.
"""

from __future__ import annotations

from typing import Final

# Refused with EPERM whatever the arguments.
REFUSED: Final[dict[str, tuple[int | None, int | None]]] = {
    # new programs and processes
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272), "tkill": (200, 130), "migrate_pages": (256, 238), "move_pages": (279, 239), "ioprio_set": (251, 30),
    # sockets; a socketpair is allowed, but not to address anyone with it
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "sendmsg": (46, 211), "sendmmsg": (307, 269),
    # mounts and namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442),
    # the machine
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "acct": (163, 89), "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None), "syslog": (103, 116),
    "vhangup": (153, 58),
    # wide and rarely needed parts of the kernel
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "personality": (135, 92), "modify_ldt": (154, None),
    "uselib": (134, None), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "fanotify_init": (300, 262),
    # what outlives a process, or is memory that no process' size shows
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190),
    "mq_open": (240, 180), "memfd_create": (319, 279), "memfd_secret": (447, 447), "mknod": (133, None), "mknodat": (259, 33),
}  # fmt: skip

# Answered with success, and not done: Landlock does not cover them, and refusing them breaks `shutil.copy`.
PRETENDED: Final[dict[str, tuple[int | None, int | None]]] = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None), "utimensat": (280, 88),
    "futimesat": (261, None), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "removexattrat": (466, 466),
}  # fmt: skip

# Answered with ENOSYS, so that libc falls back to a call that can be filtered by its arguments.
ABSENT: Final[dict[str, tuple[int | None, int | None]]] = {"clone3": (435, 435)}

# Allowed where the first argument is the child itself (a signal's target, a process whose limits are set).
SELF_ONLY: Final[dict[str, tuple[int | None, int | None]]] = {
    "kill": (62, 129), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
}  # fmt: skip

# The same, and 0, which means the caller here.
SELF_OR_ZERO: Final[dict[str, tuple[int | None, int | None]]] = {
    "prlimit64": (302, 261), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
}  # fmt: skip

CLONE: Final = (56, 220)
SENDTO: Final = (44, 206)
SETPRIORITY: Final = (141, 140)
MMAP: Final = (9, 222)
