"""The sizes of files and functions: what is longer than a screen or two is about more than one thing."""

import re
from pathlib import Path

EXPORTER = Path(__file__).resolve().parents[2] / "exporter"
MOST_LINES_OF_A_FILE = 350
MOST_LINES_OF_A_FUNCTION = 50
SMALL_FILE = 40

# As clang-format lays a definition out: it begins where a scope's content stands, and its last line is a brace of the same indentation.
NO_FUNCTION = re.compile(r"(namespace|class|struct|enum|union|extern)\b|constexpr [^(]* = ")


def sources():
    return sorted(path for path in EXPORTER.rglob("*") if path.suffix in (".h", ".cc"))


def functions(text):
    """Pairs of the first line of each definition, and how many lines it has."""
    lines = text.splitlines()
    at = -1
    while (at := at + 1) < len(lines):
        beginning = re.match(r"( {0,4})[\w~:]", lines[at])
        if not beginning or lines[at].strip().startswith("template ") or NO_FUNCTION.match(lines[at].strip()):
            continue
        head, last = lines[at], at
        while not head.endswith(("{", ";", "}", ":")) and last + 1 < len(lines):
            last += 1
            head += lines[last]
        if not head.endswith("{") or "(" not in head:
            continue
        close = next(line for line in range(last + 1, len(lines)) if lines[line].startswith(beginning[1] + "}"))
        yield lines[at].strip(), close - at + 1
        at = close


def test_no_file_and_no_function_is_too_long():
    text = "int first(int a,\n          int b) {\n" + "  a += b;\n" * 60 + "}\n"
    assert list(functions(text)) == [("int first(int a,", 63)]
    long_files = {str(path.relative_to(EXPORTER)): count for path in sources()
                  if (count := len(path.read_text().splitlines())) > MOST_LINES_OF_A_FILE}
    assert not long_files
    long_functions = [(str(path.relative_to(EXPORTER)), name, count) for path in sources()
                      for name, count in functions(path.read_text()) if count > MOST_LINES_OF_A_FUNCTION]
    assert not long_functions


def test_few_files_are_small():
    """A header of a dozen lines may be right; where a third of all are such, concepts are cut in halves."""
    sizes = [len(path.read_text().splitlines()) for path in sources()]
    assert sum(size < SMALL_FILE for size in sizes) * 3 < len(sizes)
