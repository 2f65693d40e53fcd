"""clang-tidy on what changed since main, or with PERDURE_STYLE_FULL=1 on everything (settings: .clang-tidy).

A file that passed is not looked at again until it, a header of ours that it includes, its compile command
or the settings change: the results are kept in the build folder."""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess

from sources import Finding, cpp_files, own_closure

TOOL = "clang-tidy-19"


def git(root, *arguments):
    run = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    return run.stdout.strip() if run.returncode == 0 else None


def changed_files(root):
    """Paths changed since the merge base with main (on main itself: since the last commit), or None if
    git cannot say."""
    head = git(root, "rev-parse", "HEAD")
    base = None
    for main in ("origin/main", "main"):
        base = base or git(root, "merge-base", "HEAD", main)
    if base is None or base == head:
        base = git(root, "rev-parse", "HEAD^")
    if base is None:
        return None
    changed = git(root, "diff", "--name-only", base)
    untracked = git(root, "ls-files", "--others", "--exclude-standard")
    if changed is None or untracked is None:
        return None
    return {*changed.splitlines(), *untracked.splitlines()}


def compile_commands(root, build):
    """{path: (folder, command)} of our own sources: nothing generated, nothing from elsewhere."""
    commands = {}
    ours = {source.path for source in cpp_files(root)}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = os.path.relpath(os.path.join(entry["directory"], entry["file"]), root)
        if path in ours:
            commands.setdefault(path, (entry["directory"], entry["command"]))
    return commands


def sources_to_look_at(root, commands, changed):
    """Changed sources, and for each changed header one source that includes it (its own if there is one)."""
    if changed is None:
        return sorted(commands)
    chosen = {path for path in commands if path in changed}
    closures = {path: set(own_closure(root, path)) for path in commands}
    for header in sorted(path for path in changed if path.endswith(".hpp")):
        users = sorted(path for path in commands if header in closures[path])
        own = header.removesuffix(".hpp") + ".cpp"
        if users and not any(header in closures[path] for path in chosen):
            chosen.add(own if own in users else users[0])
    return sorted(chosen)


def key(root, path, command):
    digest = hashlib.sha256("\0".join(command).encode())
    for name in (".clang-tidy", *own_closure(root, path)):
        digest.update(name.encode() + b"\0" + (root / name).read_bytes())
    return digest.hexdigest()[:32]


def run_one(root, build, path, folder):
    command = [TOOL, "--quiet", "-p", str(build), str(root / path)]
    run = subprocess.run(command, capture_output=True, text=True)
    findings = []
    message = r"^(\S.*?):(\d+):\d+: (?:warning|error): (.*?) \[([^\]]+)\]$"
    for name, line, what, check in re.findall(message, run.stdout, re.MULTILINE):
        place = os.path.relpath(os.path.join(folder, name), root)
        findings.append(Finding(place, int(line), what, check.split(",")[0]))
    if run.returncode != 0 and not findings:
        message = (run.stdout + run.stderr).strip().splitlines()
        findings.append(Finding(path, 1, message[-1] if message else f"{TOOL} failed", f"run {shlex.join(command)}"))
    return findings


def check(root, build=None, full=False):
    if build is None or not (build / "compile_commands.json").is_file():
        return [], "skipped: no compile_commands.json"
    commands = compile_commands(root, build)
    paths = sources_to_look_at(root, commands, None if full else changed_files(root))
    passed = build / "tidy"
    passed.mkdir(exist_ok=True)
    keys = {path: key(root, path, commands[path]) for path in paths}
    waiting = [path for path in paths if not (passed / keys[path]).exists()]
    findings = set()
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("PERDURE_JOBS", "2"))) as pool:
        for path, found in zip(waiting, pool.map(lambda path: run_one(root, build, path, commands[path][0]), waiting)):
            findings.update(found)
            if not found:
                (passed / keys[path]).touch()
    known = len(paths) - len(waiting)
    return sorted(findings), f"{len(waiting)} files looked at, {known} known to pass, of {len(commands)}"
