"""Reads the table of planted bugs, README.md beside this file."""

import dataclasses
import pathlib
import re

ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| `([^`]+)` \| ([^|]+) \|$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    what: str
    where: str  # its file, or the first of them
    finds: str  # what is expected to find it

    @property
    def harmless(self):
        """Why nothing can find it; empty: something must."""
        return self.finds.removeprefix("harmless: ") if self.finds.startswith("harmless: ") else ""


def rows(text=None):
    if text is None:
        text = (pathlib.Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    return [Row(*(cell.strip() for cell in row)) for row in ROW.findall(text)]
