"""Makes a starter notebook: the instructions as text, each function of the starter in a cell of its own."""

from __future__ import annotations

import ast
import re
from itertools import pairwise


def make_notebook(exercise: str, readme: str, starter: str) -> str:
    """Return an .ipynb (nbformat 4.5) as text; equal input gives equal bytes."""
    import nbformat  # noqa: PLC0415
    from nbformat import v4  # noqa: PLC0415

    texts = [v4.new_markdown_cell(text, id=f"text-{i}") for i, text in enumerate(sections(readme), 1)]
    code = [v4.new_code_cell(text, id=f"code-{i}") for i, text in enumerate(pieces(starter), 1)]
    metadata = {
        "grader": {"exercise": exercise},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = v4.new_notebook(cells=texts + code, metadata=metadata)
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def sections(readme: str) -> list[str]:
    """Split Markdown at its headings, those inside code fences excepted."""
    found: list[list[str]] = [[]]
    fenced = False
    for line in readme.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if re.match(r"#{1,6} ", line) and not fenced:
            found.append([])
        found[-1].append(line)
    return [text for lines in found if (text := "\n".join(lines).strip())]


def pieces(source: str) -> list[str]:
    """Split Python at its top-level functions and classes; each takes the comments right above it along, and every line is kept."""
    lines = source.splitlines()
    cuts = {0}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
            while first > 0 and lines[first - 1].startswith("#"):
                first -= 1
            cuts |= {first, node.end_lineno or len(lines)}
    edges = [*sorted(cuts), len(lines)]
    parts = ("\n".join(lines[a:b]).strip("\n") for a, b in pairwise(edges))
    return [part for part in parts if part.strip()]
