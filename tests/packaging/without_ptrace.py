"""Usage: without_ptrace.py COMMAND...: runs it under a seccomp filter, as a container's, that refuses what
looks into other processes."""

import ctypes
import os
import platform
import struct
import sys

# ptrace, process_vm_readv, process_vm_writev, kcmp, perf_event_open, pidfd_getfd
REFUSED = {"x86_64": (101, 310, 311, 312, 298, 438), "aarch64": (117, 270, 271, 272, 241, 438)}[platform.machine()]
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # EPERM
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2

code = [struct.pack("HBBI", LOAD, 0, 0, 0)]  # the number of the call
for left, number in zip(range(len(REFUSED) - 1, -1, -1), REFUSED):
    code.append(struct.pack("HBBI", JUMP_EQUAL, left + 1, 0, number))
code += [struct.pack("HBBI", RETURN, 0, 0, ALLOW), struct.pack("HBBI", RETURN, 0, 0, REFUSE)]
program = ctypes.create_string_buffer(b"".join(code))


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
    PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(code), ctypes.addressof(program))), 0, 0
):
    sys.exit("no filter can be set: %s" % os.strerror(ctypes.get_errno()))
if libc.ptrace(0, 0, 0, 0) == 0 or ctypes.get_errno() != 1:
    sys.exit("ptrace is not refused")
os.execvp(sys.argv[1], sys.argv[1:])
