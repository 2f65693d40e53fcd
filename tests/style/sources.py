"""What the checks read: the files of a checkout, and C++ without its comments and texts."""

import dataclasses
import pathlib
import re

# Top-level folders, fixed (STYLE 1). A new one is a decision: it goes here and into the top CMakeLists.txt.
CODE_FOLDERS = (
    "proto", "runtime", "transport", "actors", "nexus", "deploy", "tests", "bench", "examples",
)  # fmt: skip
OTHER_FOLDERS = ("docs", "web", "cmake")
NOT_OURS = {"build", "node_modules", "__pycache__"}


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    """One broken rule: where it is, what is wrong, and what to do about it."""

    path: str
    line: int
    what: str
    remedy: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}: {self.remedy}"


class Source:
    """A text file of the checkout; `path` is relative to its root."""

    def __init__(self, root, path):
        self.path = path
        self.text = (root / path).read_text(encoding="utf-8", errors="replace")
        self.lines = self.text.splitlines()
        self._code = None

    @property
    def folder(self):
        return self.path.split("/", 1)[0] if "/" in self.path else ""

    @property
    def code(self):
        """The text with comments and string contents blanked; lines and columns stay where they are."""
        if self._code is None:
            self._code = strip(self.text)
        return self._code

    def allows(self, line, rule):
        """Whether `// style: allow(rule) reason` stands on the line or the one above. A reason is required."""
        pattern = re.compile(r"(?://|#) style: allow\(" + re.escape(rule) + r"\) \S+")
        return any(pattern.search(text) for text in self.lines[max(0, line - 2) : line])


def source_files(root, suffixes, folders=CODE_FOLDERS):
    """The files with one of `suffixes` below `folders`, sorted; build trees are not looked into."""
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            relative = path.relative_to(root)
            if NOT_OURS.isdisjoint(relative.parts) and path.suffix in suffixes and path.is_file():
                found.append(Source(root, relative.as_posix()))
    return found


def cpp_files(root):
    return source_files(root, {".cpp", ".hpp"})


TOKEN = re.compile(
    r"""
    (?P<raw>R"(?P<mark>[^(\s]{0,16})\((?P<body>.*?)\)(?P=mark)")   # raw string
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<text>"(?:\\.|[^"\\\n])*")
  | (?P<number>(?<![A-Za-z_])\d[\w']*)                             # 1'000 is no character
  | (?P<character>'(?:\\.|[^'\\\n])+')
    """,
    re.VERBOSE | re.DOTALL,
)


def strip(text):
    def blank(match):
        if match.lastgroup == "number" or match.group("number"):
            return match.group(0)
        kept = re.sub(r"[^\n]", " ", match.group(0))
        if match.group("comment") or match.group("raw"):
            return kept
        return match.group(0)[0] + kept[1:-1] + match.group(0)[-1]  # the quotes stay: `#include "`

    return TOKEN.sub(blank, text)


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.MULTILINE)


def includes(source):
    """(line, kind, name) of every include; kind is the opening quote or bracket."""
    for match in INCLUDE.finditer(source.text):
        yield source.text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)


def own_closure(root, path):
    """`path` and every file of the checkout that it includes, directly or not."""
    seen, waiting = set(), [path]
    while waiting:
        name = waiting.pop()
        if name in seen or not (root / name).is_file():
            continue
        seen.add(name)
        for _, kind, included in includes(Source(root, name)):
            if included.endswith(".pb.h"):
                included = "proto/" + included.removesuffix(".pb.h") + ".proto"
            if kind == '"' or included.startswith("perdure/"):
                waiting.append(included)
    return sorted(seen)
