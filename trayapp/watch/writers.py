"""Whether a new file is complete although nobody will close it: one that was written without a name
(O_TMPFILE) and then linked. Its name appears as that of any new file does, and no close follows.
"""

import os
import signal
import stat
import sys

if sys.platform == "linux":
    import fcntl

    _SET_SIGNAL = 10  # F_SETSIG, which the fcntl module does not name

    def is_written(path: str) -> bool:
        """True for a regular file with content that no program has open for writing: the kernel
        grants a read lease on no other (fcntl(2), "Leases"). False where it does not say."""
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags)
        except OSError:
            return False
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or not status.st_size:
                return False
            # A program that opens it for writing just now breaks the lease by a signal: SIGURG is
            # ignored, SIGIO would end this process.
            fcntl.fcntl(descriptor, _SET_SIGNAL, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError:
            return False
        else:
            return True
        finally:
            os.close(descriptor)  # which gives the lease back

else:

    def is_written(path: str) -> bool:
        """Closes are not told there in any way."""
        return False
