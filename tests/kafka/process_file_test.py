"""When a process counts as ended."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import brokers  # noqa: F401  with it the next ones are found

from broker import port_is_free
from process_file import ProcessFile

MARK = "--perdure-kafka-test"
# A process whose first thread has ended, as that of a Java that was killed may be while the others still end: the kernel
# calls it a zombie, but its port is still taken.
ENDS_LATE = """
import ctypes, os, socket, threading, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
threading.Thread(target=lambda: (time.sleep(1), os._exit(0))).start()
ctypes.CDLL(None).pthread_exit(None)
"""


class AProcess(unittest.TestCase):
    def test_it_is_dead_when_its_last_thread_has_ended(self):
        with tempfile.TemporaryDirectory(prefix="perdure-kafka-test-") as folder, \
                subprocess.Popen([sys.executable, "-c", ENDS_LATE, MARK], stdout=subprocess.PIPE, text=True) as process:
            port = int(process.stdout.readline())
            file = ProcessFile(pathlib.Path(folder) / "pid", MARK)
            file.path.write_text(f"{process.pid}\n")
            brokers.eventually(self, "its first thread ends", lambda: is_zombie(process.pid))
            self.assertFalse(port_is_free(port))
            self.assertTrue(file.ended_within(brokers.PATIENCE_SECONDS))
            self.assertTrue(port_is_free(port))


def is_zombie(pid):
    return ") Z " in pathlib.Path(f"/proc/{pid}/stat").read_text()


if __name__ == "__main__":
    unittest.main()
