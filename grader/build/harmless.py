"""Makes text that a student's code wrote safe to keep: no control characters, no surrogates, no reversed writing, bounded."""

from __future__ import annotations

import re

# C0 and C1 but for tab and newline, line separators, bidirectional overrides, surrogates.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str, limit: int) -> str:
    """Return at most `limit` characters of `text`, with harmful characters written out as escapes."""
    # Carriage returns only redraw a line (progress bars do it all the time): a newline says the same.
    text = text[: 2 * limit].replace("\r\n", "\n").replace("\r", "\n")
    return _HARMFUL.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)[:limit]
