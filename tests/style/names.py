"""Names of files and folders (STYLE 1, 3, 4, 6)."""

import re

from sources import CODE_FOLDERS, NOT_OURS, OTHER_FOLDERS, Finding, source_files

EMPTY_WORDS = {"util", "utils", "utility", "utilities", "helper", "helpers", "common", "misc", "manager"}
SOURCES = {".cpp", ".hpp", ".h", ".hh", ".hxx", ".cc", ".cxx", ".c", ".proto", ".py"}
SAY_NEVER = ("proto", "runtime", "transport", "actors", "nexus", "deploy")


def check_names(root):
    findings = []
    sources = source_files(root, SOURCES)
    for source in sources:
        stem, suffix = source.path.rsplit("/", 1)[-1].rsplit(".", 1)
        if empty := EMPTY_WORDS.intersection(re.split(r"[_\-.]", stem.lower())):
            remedy = "name it after what it is; without a better name it has no reason to exist"
            findings.append(Finding(source.path, 1, f"a file named {empty.pop()}", remedy))
        if not re.fullmatch(r"[a-z0-9_]+", stem):
            findings.append(Finding(source.path, 1, "not in snake_case", "rename it"))
        if suffix in {"h", "hh", "hxx", "cc", "cxx", "c"}:
            findings.append(Finding(source.path, 1, f".{suffix}", "C++ files end in .hpp and .cpp"))
        if source.path.startswith("tests/unit/") and suffix == "cpp" and not stem.endswith("_test"):
            if re.search(r"^\s*TEST(_F|_P)?\(", source.text, re.MULTILINE):
                findings.append(Finding(source.path, 1, "tests in a file not named *_test.cpp", "rename it"))
    return findings, f"{len(sources)} files"


def check_readmes(root):
    findings = []
    folders = sorted(path.name for path in root.iterdir() if path.is_dir() and path.name[0] != ".")
    for folder in folders:
        if folder in NOT_OURS:
            continue
        if folder not in (*CODE_FOLDERS, *OTHER_FOLDERS):
            remedy = f"put it into one of {', '.join((*CODE_FOLDERS, *OTHER_FOLDERS))}"
            findings.append(Finding(folder, 1, "a top-level folder that the layout does not know", remedy))
            continue
        readme = root / folder / "README.md"
        if not readme.is_file() or not readme.read_text(encoding="utf-8").startswith("# "):
            remedy = "say what the folder holds and its main types"
            findings.append(Finding(f"{folder}/README.md", 1, "no README with a heading", remedy))
        elif folder in SAY_NEVER and "never" not in readme.read_text(encoding="utf-8").lower():
            what = "it does not say what the folder must never do"
            findings.append(Finding(f"{folder}/README.md", 1, what, "add a line with `never`"))
    return findings, f"{len(folders)} top-level folders"
