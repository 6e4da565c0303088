"""Keys that clients, proxies and stores have been seen to change."""

ODD_KEYS = {
    "plain": "plain.txt",
    "space": "a b  c",
    "plus": "a+b",
    "percent": "100%",
    "pctenc": "a%2Fb%20c",
    "unicode": "ünïcödé",
    "nfd": "u\u0308",
    "emoji": "\U0001f980",
    "qmark": "what?x=1&y",
    "hash": "a#b",
    "punct": "!-_.*'(),;:@=$~",
    "ascii": "[]{}^`|\\<>\"",
    "dot": "a/.hidden",
    "dslash": "a//b",
    "trail": "dir/",
    "dotdot": "a/../b",
    "dotseg": "a/./b",
    "lslash": "/lead",
    "long": "x" * 200 + "/" + "y" * 200 + "/" + "z" * 100,
}
