"""The closing line of what is no pytest, in pytest's words, so that the closing line of a whole run counts it too."""


def summary(counts, left_out, seconds):
    """`counts` are words and numbers. A store that could not be had counts as skipped, and is named behind everything else:
    a run that compared nothing must not read like one in which nothing differed."""
    counts = counts | ({"skipped": len(left_out)} if left_out else {})
    line = ", ".join(f"{number} {what}" for what, number in counts.items()) + f" in {seconds:.2f}s"
    return f"{line} (NOT RUN: {', '.join(left_out)})" if left_out else line
