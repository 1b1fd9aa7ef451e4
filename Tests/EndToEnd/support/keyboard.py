"""Whoever sits at a terminal."""

import os
import pty
import select
import signal

from support.process import environment


class Keyboard:
    """A command at a terminal of its own."""

    def __init__(self, command):
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execve(command[0], command, environment())
        self.shown = b""

    def read(self, timeout=10):
        """Reads some more of what is shown; False at its end."""
        if not select.select([self.terminal], [], [], timeout)[0]:
            os.kill(self.child, signal.SIGKILL)
            raise TimeoutError(f"nothing came after {self.shown}")
        try:
            more = os.read(self.terminal, 1024)
        except OSError:
            return False
        self.shown += more
        return bool(more)

    def wait_for(self, text):
        while text not in self.shown:
            assert self.read(), self.shown

    def type(self, text):
        os.write(self.terminal, text)

    def code(self):
        while self.read():
            pass
        code = os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])
        os.close(self.terminal)
        return code
