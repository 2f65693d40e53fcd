"""Names of files and folders (STYLE 1, 3, 4, 6)."""

import re

from sources import CODE_FOLDERS, NOT_OURS, OTHER_FOLDERS, Finding, source_files

EMPTY_WORDS = {"util", "utils", "utility", "utilities", "helper", "helpers", "common", "misc", "manager"}
SOURCES = {".cpp", ".hpp", ".h", ".hh", ".hxx", ".cc", ".cxx", ".c", ".proto", ".py"}
NO_README = {"proto/perdure"}  # schemas by their package: proto/README.md is about them


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


def folders_in(folder):
    """Names of the folders in it that are ours and hold any file."""
    return sorted(path.name for path in folder.iterdir()
                  if path.name[0] != "." and path.name not in NOT_OURS and path.is_dir()
                  and any(inner.is_file() for inner in path.rglob("*")))


def check_readmes(root):
    """Each top-level folder has a README, and so has each folder in one that holds code."""
    findings, described = [], []
    for folder in folders_in(root):
        if folder not in (*CODE_FOLDERS, *OTHER_FOLDERS):
            remedy = f"put it into one of {', '.join((*CODE_FOLDERS, *OTHER_FOLDERS))}"
            findings.append(Finding(folder, 1, "a top-level folder that the layout does not know", remedy))
            continue
        described.append(folder)
        if folder in CODE_FOLDERS:
            described += [f"{folder}/{inner}" for inner in folders_in(root / folder)]
    for folder in described:
        if folder in NO_README:
            continue
        readme = root / folder / "README.md"
        text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
        if not text.startswith("# "):
            remedy = "say what the folder holds and its main types"
            findings.append(Finding(f"{folder}/README.md", 1, "no README with a heading", remedy))
        elif "never" not in text.lower():
            what = "it does not say what the folder must never do"
            findings.append(Finding(f"{folder}/README.md", 1, what, "add a line with `never`"))
    return findings, f"{len(described)} folders"
