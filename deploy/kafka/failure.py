"""What went wrong, and what to do about it."""

import re


class Failure(Exception):
    """Printed as it stands; the command ends with 1."""


# What Java, Maven or Kafka say, and what a person can do then.
REMEDIES = (
    ("No space left on device", "the disk is full: make room, or take another one"),
    ("UnsupportedClassVersionError", "this Java is too old: apt-get install openjdk-17-jre-headless"),
    ("Address already in use", "another process has its port: stop that one, or start with another --port"),
    ("insufficient memory", "memory is short: each broker takes 360 MiB"),
    ("Too many open files", "too few files may be open: raise it with ulimit -n"),
)


def last_words(text, lines=12):
    """The end of a log, without colours and Java's lists of calls, and the remedy if it is a known one."""
    text = re.sub(r"\x1b\[[\d;]*m", "", text)
    told = [line for line in text.splitlines() if not re.fullmatch(r"(\[ERROR\])?\s*|\s+(at |\.\.\. \d).*", line)]
    told = [f"  {line}" for line in told[-lines:]] or ["  (it wrote nothing)"]
    told += [remedy for words, remedy in REMEDIES if words in text]
    return "\n".join(told)
