"""The README's tutorial: its commands work as printed, and say what is printed below them.

A ```sh block is run, in one shell for all of them; each line of the ```text block behind it must stand in a line
of what the commands said, in that order; "…" stands for anything. Only the first block, which builds, is replaced
by the programs of this build."""

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
NODES_PORT = 7080
NO_PORT = 77  # ctest's word for a test that could not be run


def blocks():
    """(commands, lines that they must say) in the order of the page."""
    found = []
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
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


class Tutorial(unittest.TestCase):
    def test_every_command_works_as_printed_and_says_what_is_printed(self):
        page = blocks()
        self.assertIn("./perdure-dev build", page[0][0])
        self.assertGreater(len(page), 6)
        folder = pathlib.Path(tempfile.mkdtemp(prefix="perdure-tutorial-test-"))
        self.addCleanup(shutil.rmtree, folder)
        shell = Shell(folder)
        self.addCleanup(shell.end)
        self.assertEqual(shell.run(f"PATH={shlex.quote(f'{BUILD}/deploy:{BUILD}/examples/hello')}:$PATH")[1], "0")
        for commands, expected in page[1:]:
            said, code = shell.run(commands)
            self.assertEqual(code, "0", f"{commands}\n{said}")
            rest = iter(said.splitlines())
            for line in expected:
                pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
                self.assertTrue(any(pattern.search(one) for one in rest), f"{commands}\nno {line!r} in:\n{said}")

    def test_the_folders_on_the_path_hold_the_programs(self):
        folders = re.findall(r"\$PWD/build/release/([^:\s]+)", blocks()[0][0])
        for program in ("perdure", "hello"):
            self.assertTrue(any((BUILD / folder / program).is_file() for folder in folders), program)

    def test_each_page_that_it_names_is_there(self):
        text = (SOURCE / "README.md").read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            self.assertTrue((SOURCE / target).exists(), target)


if __name__ == "__main__":
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", NODES_PORT))
        except OSError:
            print(f"port {NODES_PORT}, on which the tutorial's node listens, is taken here", file=sys.stderr)
            # A developer's own node may have it; where nobody has one, a skip would hide that nothing was tested.
            sys.exit(1 if os.environ.get("CI") == "true" else NO_PORT)
    unittest.main()
