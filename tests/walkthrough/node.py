"""A node of ours, as its users run it."""

import os
import pathlib
import re
import signal
import subprocess
import urllib.error
import urllib.request

BUILD = pathlib.Path(os.environ["PERDURE_BUILD"])
PERDURE = BUILD / "deploy/perdure"
HELLO = BUILD / "examples/hello/hello"
ADDRESS = re.compile(r"API at (http://\S+)")


class Node:
    """On a free port, which its first lines say; the end of the test ends it."""

    def __init__(self, test, *command):
        self.process = subprocess.Popen([*command, "--http-port", "0"], stderr=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL, text=True)
        test.addCleanup(lambda: self.process.poll() is None and self.end(signal.SIGKILL))
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            if found := ADDRESS.search(line):
                self.address = found.group(1)
                break
        else:
            raise RuntimeError(f"{command} ended with {self.process.wait()}: {self.said}")
        test.assertEqual(self.ready(), 200)

    def end(self, how):
        self.process.send_signal(how)
        self.said += self.process.stderr.read()
        self.process.stderr.close()
        return self.process.wait()

    def perdure(self, *arguments):
        return subprocess.run([PERDURE, "--node", self.address, *arguments], capture_output=True,
                              text=True, check=False)

    def ready(self):
        while True:
            try:
                with urllib.request.urlopen(self.address + "/readyz") as answer:
                    return answer.status
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise
