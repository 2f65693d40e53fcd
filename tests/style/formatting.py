"""clang-format agrees with every C++ file (settings: .clang-format)."""

import re
import subprocess

from sources import Finding, cpp_files

TOOL = "clang-format-19"


def check(root):
    paths = [source.path for source in cpp_files(root)]
    if not paths:
        return [], "no C++ files"
    command = [TOOL, "--dry-run", "-Werror", "--ferror-limit=1", *paths]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    findings = {}
    for match in re.finditer(r"^(\S.*?):(\d+):\d+: (?:warning|error): ", run.stderr, re.MULTILINE):
        path, line = match.group(1), int(match.group(2))
        findings.setdefault(path, Finding(path, line, "not formatted", "run ./perdure-dev format"))
    if run.returncode != 0 and not findings:
        findings[""] = Finding(".clang-format", 1, run.stderr.strip() or f"{TOOL} failed", "see its message")
    return list(findings.values()), f"{len(paths)} files"
