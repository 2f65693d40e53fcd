"""A project outside this repository takes Perdure in as docs/agents.md says: it is configured, its agent's code is made
and compiled. (Building it whole would build all of Perdure's libraries once more.)"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["PERDURE_SOURCE_DIR"])
HELLO = SOURCE / "examples/hello"
PLUGIN = pathlib.Path(os.environ["PERDURE_BUILD"]) / "proto/protoc-gen-perdure"


class Outside(unittest.TestCase):
    def setUp(self):
        self.project = pathlib.Path(tempfile.mkdtemp(prefix="perdure-outside-test-"))
        self.addCleanup(shutil.rmtree, self.project)

    def run_here(self, *command):
        done = subprocess.run(command, cwd=self.project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        return done.stdout

    def test_it_builds_as_the_documentation_says(self):
        text = (SOURCE / "docs/agents.md").read_text()
        section = text[text.index("## In a project of its own"):]
        lists, = re.findall(r"```cmake\n(.*?)```", section, re.DOTALL)
        configure, = re.findall(r"^cmake -G.*$", section, re.MULTILINE)
        (self.project / "CMakeLists.txt").write_text(lists)
        (self.project / "perdure").symlink_to(SOURCE)
        shutil.copytree(HELLO / "proto", self.project / "proto")
        shutil.copy(HELLO / "main.cpp", self.project)
        self.run_here(*configure.split(), "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
        targets = self.run_here("ninja", "-C", "build", "-t", "targets", "all")
        self.assertIn("my_services_generated/hello/greeter.perdure.hpp:", targets)
        # What the build would make with a plugin of its own, made with the one that is there.
        self.run_here("cmake", "--build", "build", "--target",
                      *re.findall(r"^(perdure/proto/\S+\.pb\.h):", targets, re.MULTILINE))
        out = "build/my_services_generated"
        self.run_here("protoc", f"--plugin=protoc-gen-perdure={PLUGIN}", f"--cpp_out={out}", f"--perdure_out={out}",
                      "-Iproto", "-Iperdure/proto", "proto/hello/greeter.proto")
        commands = json.loads((self.project / "build/compile_commands.json").read_text())
        compile_it, = [each for each in commands if each["file"] == str(self.project / "main.cpp")]
        self.run_here("bash", "-c", f"cd '{compile_it['directory']}' && {compile_it['command']}")


if __name__ == "__main__":
    unittest.main()
