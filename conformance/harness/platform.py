"""What differs because the platform does: cases that pass against the server and cannot against a Worker in workerd.

An entry is made only after the case has failed for the reason that stands here. All are run, and must fail as the entry says;
one that is no longer true fails the run. edge/test_reasons.py shows each reason by a Worker with nothing of Brigade's in it.
"""

import re
from fnmatch import fnmatchcase
from typing import NamedTuple


class Difference(NamedTuple):
    #: A pattern of the test's name with its parameters, the store's included; `[` stands for itself.
    case: str
    reason: str
    #: A regular expression, of what the failure says.
    shows: str
    #: It differs in some runs only.
    sometimes: bool = False


DOTS = "Cloudflare's edge, and Miniflare in its place, takes `.` and `..` segments out of a path: no signature over them holds"
DOTS_OUT = "the platform takes `.` and `..` segments out of what a Worker asks for, so no store can be asked for such a key"
PARSER = "workerd reads what frames a request, and keeps the connection: an odd coding is a body for it, which is read to its end"
CONNECT = "workerd answers CONNECT by itself"
JOINED = "a header that comes twice reaches a Worker as one, so it is refused for its signature"
HTTP1 = "workerd speaks HTTP/1.1; the platform's edge speaks the rest"
MEMORY = "V8 gives memory back late, and the peak is that of the whole run; edge/test_passthrough.py says what holds"
EMPTY = "workerd leaves out an Authorization header without a value: the request is anonymous"
UTF8 = "a header's bytes that are no UTF-8 reach a Worker as U+FFFD"
EDGE = "the platform's edge, and Miniflare in its place, compresses text for who takes that"
LIFE = "a Worker's process is the platform's; Miniflare ends it without waiting"
ADMIN = "a Worker has no address for administration: Analytics Engine counts"

TWO_ANSWERS = r"411 Length Required[\s\S]*(<ListBucketResult|assert 2 == 1|2 = answers)"
REFUSED_DOTS = r"Workers take `\.` and `\.\.` segments out"

#: Cases of conformance/cases; the Worker is asked directly, without what stands for the edge.
CASES = [
    # Framing, headers and versions of HTTP.
    *[
        Difference(f"test_r_http_01_ambiguous_framing_is_refused_and_nothing_is_smuggled[*-{framing}]", PARSER, TWO_ANSWERS)
        for framing in ("gzip, chunked", "identity, chunked", "chunked, chunked", "chunked twice")
    ],
    Difference("test_r_http_01_a_chunked_request_closes_its_connection[*]", PARSER, TWO_ANSWERS),
    Difference("test_r_http_04_unknown_methods_have_no_effect[*-CONNECT-*]", CONNECT, "500 .*Internal Server Error"),
    Difference("test_r_copy_02_two_sources_are_refused[*]", JOINED, "assert 403 == 400"),
    Difference("test_http2_with_prior_knowledge[*]", HTTP1, "curl: "),
    Difference("test_curl_sends_a_form[*http2-prior-knowledge*]", HTTP1, "curl: "),
    Difference("test_r_sig_08_any_other_authorization_is_refused[*-0]", EMPTY, "assert 404 in"),
    # Dot segments.
    *[Difference(f"test_a_key_is_kept_byte_for_byte[*-{key}]", DOTS_OUT, REFUSED_DOTS) for key in ("dotdot", "dotseg")],
    # Its life.
    Difference("test_r_met_01_what_was_delivered_counts_and_refused_requests_count_apart[*]", ADMIN, "NoneType|Connection refused"),
    Difference("test_a_large_file_is_streamed[*]", MEMORY, "peak_rss", sometimes=True),
    Difference("test_r_dos_04_a_large_object_crosses_whole_in_flat_memory[*]", MEMORY, "peak", sometimes=True),
    Difference("test_r_rel_09_sigterm_finishes_what_is_in_flight_and_exits_0", LIFE, "Connection(Reset|Refused)Error|200' in b''"),
    Difference("test_r_rel_09_what_outlasts_the_drain_is_cut_and_named_in_the_log", LIFE, r"AssertionError: \[\]"),
]

HEADERS = [
    Difference("signatures-authorization-0", EMPTY, "400 of the server, 403 of the Worker"),
    Difference("signatures-authorization-9", EMPTY, "400 of the server, 403 of the Worker"),
    Difference("signatures-authorization-10", UTF8, "AuthorizationHeaderMalformed.*in plain ASCII"),
]
#: Requests of conformance/transcripts, by their names, to the Worker itself and behind what stands for the edge.
TRANSCRIPTS = {
    "worker": [
        *HEADERS,
        # The others begin with their dots, and the prefix of the bucket makes them no segments.
        *[Difference(f"dots-{number}", DOTS_OUT, REFUSED_DOTS) for number in (0, 1, 5, 6, 8)],
        Difference("dots-anonymous-*", DOTS_OUT, REFUSED_DOTS),
    ],
    "edge": [
        *HEADERS,
        Difference("dots-anonymous-*", DOTS, r"<Key>[^<]*\.[^<]*</Key>.* of the server"),
        Difference("dots-*", DOTS, "404 of the server, 403 of the Worker[\\s\\S]*SignatureDoesNotMatch"),
        Difference("paths-bucket-10", DOTS, "of the Worker"),
        Difference("reads-html", EDGE, "the Worker alone: .*'content-encoding', 'gzip'"),
    ],
}


def everything():
    """All entries."""
    return [*CASES, *(entry for entries in TRANSCRIPTS.values() for entry in entries)]


def covers(differences, name):
    """The entry that covers a name, if any."""
    return next((entry for entry in differences if fnmatchcase(name, entry.case.replace("[", "[[]"))), None)


def difference(runtime, item):
    """The entry that covers a case of this runtime, if any."""
    return covers(CASES, item.name) if runtime == "workers" else None


def explains(entry, failure):
    """Whether a failure is the one that an entry speaks of."""
    return bool(re.search(entry.shows, failure))
