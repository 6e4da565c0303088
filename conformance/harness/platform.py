"""What differs because the platform does: cases that pass against the server and cannot against a Worker in workerd.

An entry is made only after the case has failed for the reason that stands here. All are run and expected to fail, and an
entry that is no longer true fails the run.
"""

from fnmatch import fnmatchcase
from typing import NamedTuple


class Difference(NamedTuple):
    #: A pattern of the test's name with its parameters, the store's included; `[` stands for itself.
    case: str
    reason: str
    #: It differs in some runs only.
    sometimes: bool = False


DOTS = "the platform takes `.` and `..` segments out of the path before a Worker sees it: no signature over them holds"
PARSER = "workerd reads what frames a request, not Brigade"
URLS = "workerd answers 500 by itself where a request's target and host make no URL"
JOINED = "a header that comes twice reaches a Worker as one, so it is refused for its signature"
HTTP1 = "workerd speaks HTTP/1.1; the platform's edge speaks the rest"
MEMORY = "V8 gives memory back late, and the peak is that of the whole run; edge/test_passthrough.py says what holds"
EMPTY = "workerd leaves out an Authorization header without a value: the request is anonymous"
UTF8 = "a header's bytes that are no UTF-8 reach a Worker as U+FFFD"
EDGE = "the platform's edge, and Miniflare in its place, compresses text for who takes that"
LIFE = "a Worker's process is the platform's: it ends without waiting"

#: Cases of conformance/cases.
CASES = [
    # Framing and the request line.
    *[
        Difference(f"test_r_http_01_ambiguous_framing_is_refused_and_nothing_is_smuggled[*-{framing}]", PARSER)
        for framing in ("gzip, chunked", "identity, chunked", "chunked, chunked", "chunked twice")
    ],
    Difference("test_r_http_01_a_chunked_request_closes_its_connection[*]", PARSER),
    Difference("test_r_http_03_malformed_request_lines_are_400[*-GET ? HTTP/1.1]", URLS),
    *[Difference(f"test_r_http_03_odd_hosts_are_400_or_lead_nowhere[*-{host}]", URLS) for host in ("a b", "[::1", "a:b:c", "a:99999999", "%00")],
    Difference("test_r_http_03_two_hosts_or_none_are_400[*-host]", URLS),
    Difference("test_r_sig_09_a_repeated_header_is_refused[*-host]", URLS),
    Difference("test_r_http_04_unknown_methods_have_no_effect[*-CONNECT-*]", URLS),
    Difference("test_r_copy_02_two_sources_are_refused[*]", JOINED),
    Difference("test_http2_with_prior_knowledge[*]", HTTP1),
    Difference("test_curl_sends_a_form[*http2-prior-knowledge*]", HTTP1),
    Difference("test_r_sig_08_any_other_authorization_is_refused[*-0]", EMPTY),
    # Dot segments.
    *[Difference(f"test_a_key_is_kept_byte_for_byte[*-{key}]", DOTS) for key in ("dotdot", "dotseg")],
    *[Difference(f"test_a_key_that_the_store_may_rename_is_kept_or_refused[*-{key}]", DOTS) for key in ("a/../b", "a/./b", "../b", "a/..", ".", "a/.")],
    Difference("test_what_is_in_no_product_has_no_place[*]", DOTS),
    Difference("test_r_pre_13_an_alias_of_the_signed_path_is_refused[*]", DOTS),
    Difference("test_a_claim_that_is_no_name_reaches_nothing[*]", DOTS),
    Difference("test_r_met_01_what_was_delivered_counts_and_refused_requests_count_apart[*]", "a Worker has no address for administration: Analytics Engine counts"),
    # Its life.
    Difference("test_a_large_file_is_streamed[*]", MEMORY, sometimes=True),
    Difference("test_r_dos_04_a_large_object_crosses_whole_in_flat_memory[*]", MEMORY, sometimes=True),
    Difference("test_r_rel_09_sigterm_finishes_what_is_in_flight_and_exits_0", LIFE),
]

#: Requests of conformance/transcripts, by their names.
TRANSCRIPTS = [
    Difference("dots-*", DOTS),
    Difference("paths-bucket-10", DOTS),
    Difference("signatures-authorization-0", EMPTY),
    Difference("signatures-authorization-9", EMPTY),
    Difference("signatures-authorization-10", UTF8),
    Difference("reads-html", EDGE),
]


def covers(differences, name):
    """The entry that covers a name, if any."""
    return next((entry for entry in differences if fnmatchcase(name, entry.case.replace("[", "[[]"))), None)


def difference(runtime, item):
    """The entry that covers a case of this runtime, if any."""
    return covers(CASES, item.name) if runtime == "workers" else None
