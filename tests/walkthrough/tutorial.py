"""The commands of a part of the README: they work as printed, and say what is printed below them.

A ```sh block is run, in one shell for all of a part; each line of the ```text block behind it must stand in a line
of what the commands said, in that order; "…" stands for anything. Only the page's first block, which builds, is
replaced by the programs of this build."""

import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["PERDURE_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["PERDURE_BUILD"])
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NO_PORT = 77  # ctest's word for a test that could not be run


def part(heading):
    """What stands below that heading, up to the next of its kind or higher."""
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    level = len(heading) - len(heading.lstrip("#"))
    below = text[text.index(f"\n{heading}\n") + len(heading) + 2:]
    return re.split(rf"^#{{1,{level}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]


def blocks(text):
    """(commands, lines that they must say) in the order of the text."""
    found = []
    for kind, body in BLOCK.findall(text):
        if kind == "sh":
            found.append((body, []))
        else:
            found[-1][1].extend(body.splitlines())
    return found


class Shell:
    """One shell for the whole page; what each block says goes to a file of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.process = subprocess.Popen(["bash", "--norc"], stdin=subprocess.PIPE, cwd=folder, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        start_new_session=True)

    def run(self, commands):
        """What the commands said, and the first exit code that was not 0, outside of conditions."""
        self.count += 1
        said = self.folder / f"said-{self.count}"
        self.process.stdin.write(
            f"failed=0; trap '[ $failed != 0 ] || failed=$?' ERR\n"
            f"{{\n{commands}\n}} >{shlex.quote(str(said))} 2>&1\n"
            f"trap - ERR; echo $failed\n")
        self.process.stdin.flush()
        code = self.process.stdout.readline().strip()
        return said.read_text(), code

    def end(self):
        """Kills the shell and what it started: they are a session of their own."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


class Page(unittest.TestCase):
    def run_blocks(self, page):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="perdure-tutorial-test-"))
        self.addCleanup(shutil.rmtree, folder)
        shell = Shell(folder)
        self.addCleanup(shell.end)
        path = f"{BUILD}/deploy:{BUILD}/examples/hello:{SOURCE}/deploy/kafka"
        self.assertEqual(shell.run(f"PATH={shlex.quote(path)}:$PATH")[1], "0")
        for commands, expected in page:
            said, code = shell.run(commands)
            self.assertEqual(code, "0", f"{commands}\n{said}")
            rest = iter(said.splitlines())
            for line in expected:
                pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
                self.assertTrue(any(pattern.search(one) for one in rest), f"{commands}\nno {line!r} in:\n{said}")


def main(*ports):
    """Runs the tests of the calling file if its nodes' ports are free."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                print(f"port {port}, on which a node of the tutorial listens, is taken here", file=sys.stderr)
                # A developer's own node may have it; where nobody has one, a skip would hide that nothing was tested.
                sys.exit(1 if os.environ.get("CI") == "true" else NO_PORT)
    unittest.main()
