"""What a store itself cannot do: such a case fails against the store directly, and so it may through Brigade.

An entry is made only after the same case has failed the same way without Brigade. Both are expected to fail for
as long as it stands: an entry that is no longer true fails the run.
"""

from fnmatch import fnmatchcase
from typing import NamedTuple


class Gap(NamedTuple):
    store: str
    #: A pattern of the test's name with its parameters, without the store's; `[` stands for itself.
    case: str
    reason: str
    #: Where it fails: at the store alone ("direct", Brigade makes it good), through Brigade alone ("brigade",
    #: which refuses what it cannot rely on), or, as nearly always, in both.
    route: str = "both"
    #: It fails in some runs only: a race within the store.
    sometimes: bool = False


PATHS = "its keys are paths of files: such a name is kept as another, or refused"
CAUTION = "Brigade refuses a key that such a store may rename, unless its configuration says exact_keys"
NO_CHECKSUMS = "additional checksums are neither checked nor kept"
NO_TRAILERS = "an unsigned trailer is read as a body that must match its marker as a hash"

NO_VERSIONS = "keeps no versions"
VERSIONS = [
    "test_the_status_is_that_of_the_store", "test_a_version_is_kept_read_and_deleted", "test_a_delete_marker_says_so",
    "test_a_listing_of_versions_is_complete_page_by_page", "test_versions_are_grouped_and_in_order",
    "test_a_part_lists_its_own_versions_alone", "test_a_batch_deletes_versions", "test_an_old_version_is_copied",
    "test_each_version_has_its_own_tags", "test_a_version_is_for_who_may_have_versions",
]  # fmt: skip
LOCKS = [
    "test_a_bucket_created_for_it_says_so", "test_a_retention_keeps_a_version_and_is_bypassed_by_who_may",
    "test_a_legal_hold_keeps_a_version", "test_an_upload_brings_its_retention", "test_an_object_without_a_retention_has_none",
]  # fmt: skip
ACLS = ["test_an_objects_acl_is_read_and_written", "test_a_canned_acl_opens_an_object", "test_a_buckets_acl_is_read"]
CONFIGURATION = [
    "test_a_lifecycle_is_written_read_and_removed", "test_tags_of_a_bucket_are_written_read_and_removed",
    "test_a_policy_is_written_read_and_removed", "test_an_encryption_is_written_and_read",
]  # fmt: skip

GAPS = [
    # The embedded store: what it does not have it answers with 501.
    *[Gap("embedded", f"{case}[*]", NO_VERSIONS) for case in VERSIONS],
    *[Gap("embedded", case, "has no object lock") for case in LOCKS],
    *[Gap("embedded", case, "has no ACLs") for case in ACLS],
    *[Gap("embedded", case, "has no such configuration") for case in CONFIGURATION],
    # SeaweedFS 4.48.
    *[Gap("seaweedfs", f"test_a_key_is_kept_byte_for_byte[{key}]", PATHS) for key in ("dslash", "trail", "dotdot", "dotseg", "backslash")],
    Gap("seaweedfs", "test_a_key_is_kept_byte_for_byte[lslash]", PATHS, "direct"),
    Gap("seaweedfs", "test_metadata_with_an_empty_value_is_kept", "drops metadata with an empty value"),
    *[
        Gap("seaweedfs", f"test_a_listing_is_complete_and_in_order[2-v1-{case}]", "version 1 pages repeat keys that sort after `%`, `+` or space")
        for case in ("all", "slash", "two-characters")
    ],
    *[
        Gap("seaweedfs", f"test_an_account_lists_its_products[{version}-1]", "sorts folders by their names without the slash", "brigade")
        for version in ("v1", "v2")
    ],
    Gap("seaweedfs", "test_r_list_03_a_page_never_holds_more_than_a_thousand", "refuses max-keys above 2^31 or so", "direct"),
    *[
        Gap("seaweedfs", f"test_r_sub_02_an_unknown_version_is_never_the_current_one[{value}]", "ignores versionId in an unversioned bucket")
        for value in ("none", "null-ish", "0")
    ],
    Gap("seaweedfs", "test_r_sub_02_an_unknown_version_is_never_the_current_one[]", "ignores an empty versionId", "direct"),
    Gap("seaweedfs", "test_r_int_02_a_client_that_leaves_stores_nothing[*-0]", "stores an empty object when no byte of a body arrives", sometimes=True),
    Gap("seaweedfs", "test_r_int_02_a_client_that_leaves_stores_nothing[hashed-100]", "stores an empty object when no byte of a body arrives: Brigade holds these back until their hash is known", "brigade", True),
    Gap("seaweedfs", "test_a_checksum_of_no_known_kind_is_not_silently_dropped", "ignores it", "direct"),
    Gap("seaweedfs", "test_signed_chunks_land_byte_exact[*]", "keeps the envelope's aws-chunked in Content-Encoding", "direct"),
    Gap("seaweedfs", "test_the_objects_own_coding_survives_the_envelope", "keeps the envelope's aws-chunked in Content-Encoding", "direct"),
    *[
        Gap("seaweedfs", f"test_a_trailing_checksum_lands_byte_exact[signed-{algorithm}]", "refuses a right trailer now and then", "direct", True)
        for algorithm in ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")
    ],
    Gap("seaweedfs", "test_r_str_06_a_wrong_trailing_checksum_is_400_and_keeps_the_old_object[*]", "calls it InvalidDigest", "direct"),
    Gap("seaweedfs", "test_a_delete_marker_says_so[*]", "answers for a delete marker without x-amz-delete-marker"),
    *[
        Gap("seaweedfs", f"test_a_listing_of_versions_is_complete_page_by_page[*-{size}]", "loses versions of a key at the end of a page")
        for size in (1, 2)
    ],
    Gap("seaweedfs", "test_an_old_version_is_copied[*]", "does not say x-amz-copy-source-version-id"),
    Gap("seaweedfs", "test_bad_tags_are_400", "takes a tag given twice"),
    Gap("seaweedfs", "test_an_object_without_a_retention_has_none", "calls it ObjectLockConfigurationNotFoundError"),
    Gap("seaweedfs", "test_a_canned_acl_opens_an_object", "tells every ACL as the owner's"),
    # Ceph RGW 20.2.4.
    Gap("rgw", "test_a_delete_marker_says_so[*]", "a delete marker that is named is a key that is not there"),
    Gap("rgw", "test_an_old_version_is_copied[*]", "does not say which version a copy made"),
    Gap("rgw", "test_bad_tags_are_400", "takes a tag given twice"),
    Gap("rgw", "test_an_object_without_a_retention_has_none", "calls it ObjectLockConfigurationNotFoundError"),
    *[
        Gap("rgw", f"{case}[*]", "reads a checksum only where x-amz-sdk-checksum-algorithm names it")
        for case in ("test_a_right_checksum_is_kept_and_given_back", "test_r_int_01_a_wrong_checksum_is_400_and_stores_nothing")
    ],
    Gap("rgw", "test_a_checksum_of_no_known_kind_is_not_silently_dropped", "ignores it", "direct"),
    Gap("rgw", "test_r_int_01_a_wrong_content_md5_is_400_and_stores_nothing", "a Content-MD5 that is none is 403"),
    Gap("rgw", "test_conditions_on_the_source", "a condition of a copy that does not hold is 304", "direct"),
    *[
        Gap("rgw", case, "an upload that is not there is NoSuchKey")
        for case in ("test_an_aborted_upload_is_gone", "test_concurrent_completion_and_abort_leave_the_object_or_nothing")
    ],
    *[
        Gap("rgw", case, "an upload that is not there is NoSuchKey", "brigade")
        for case in ("test_r_err_01_every_error_is_xml_with_a_code_and_a_request_id[NoSuchUpload]", "test_r_mpu_02_hostile_numbers_and_ids_are_refused")
    ],
    Gap("rgw", "test_finishing_with_parts_that_are_not_there_is_400", "parts out of order are InvalidPart"),
    Gap("rgw", "test_r_mpu_01_the_id_of_an_upload_belongs_to_its_key", "completes an upload under another key of its bucket"),
    Gap("rgw", "test_a_presigned_listing", "encodes the slashes of keys when asked for encoding-type=url"),
    Gap("rgw", "test_bucket_level_questions", "its region is called default", "direct"),
    Gap("rgw", "test_r_list_03_a_page_never_holds_more_than_a_thousand", "a page holds what max-keys says", "direct"),
    Gap("rgw", "test_r_list_02_markers_do_not_leave_the_prefix", "some markers outside the prefix are 500", "brigade"),
    *[
        Gap("rgw", f"test_r_sub_02_an_unknown_version_is_never_the_current_one[{value}]", "confirms deleting a version that is not there")
        for value in ("none", "null-ish", "0", "..", "3%2F")
    ],
    Gap("rgw", "test_r_sub_02_an_unknown_version_is_never_the_current_one[]", "ignores an empty versionId", "direct"),
    *[
        Gap("rgw", f"test_r_str_06_a_wrong_trailing_checksum_is_400_and_keeps_the_old_object[{signing}-*]", "a wrong trailer is stored, or called something else", "direct")
        for signing in ("signed", "unsigned")
    ],
    # JuiceFS 1.4.2 gateway (MinIO's front end).
    *[Gap("juicefs", f"test_a_key_is_kept_byte_for_byte[{key}]", PATHS) for key in ("dslash", "trail", "dotdot", "dotseg")],
    *[Gap("juicefs", f"{case}[*]", NO_VERSIONS) for case in VERSIONS],
    *[Gap("juicefs", case, "has no object lock") for case in LOCKS],
    *[Gap("juicefs", case, "has an ACL's form, but nobody in it") for case in ACLS],
    *[Gap("juicefs", case, "has no such configuration") for case in (CONFIGURATION[0], CONFIGURATION[3])],
    Gap("juicefs", "test_size_and_etag_are_told", "answers `?attributes` with the object; through Brigade that is 502"),
    Gap("juicefs", "test_parts_are_told_page_by_page", NO_CHECKSUMS),
    Gap("juicefs", "test_tags_of_what_is_not_there_are_404", "says 500"),
    Gap("juicefs", "test_a_key_is_kept_byte_for_byte[lslash]", PATHS, "direct"),
    Gap("juicefs", "test_a_key_is_kept_byte_for_byte[backslash]", CAUTION, "brigade"),
    Gap("juicefs", "test_a_listing_is_complete_and_in_order[*-two-characters]", "delimiters other than `/` are not grouped right"),
    Gap("juicefs", "test_max_keys_of_nothing", "max-keys=0 is read as no limit"),
    Gap("juicefs", "test_r_list_02_markers_do_not_leave_the_prefix", "a marker outside the prefix is 501"),
    Gap("juicefs", "test_r_int_03_what_is_put_comes_back_with_its_headers[ContentEncoding]", "not kept"),
    Gap("juicefs", "test_r_int_03_what_is_put_comes_back_with_its_headers[ContentLanguage]", "not kept"),
    Gap("juicefs", "test_r_int_03_what_is_put_comes_back_with_its_headers[Expires]", "not kept"),
    Gap("juicefs", "test_the_objects_own_coding_survives_the_envelope", "Content-Encoding is not kept"),
    Gap("juicefs", "test_r_hdr_03_a_conditional_write_is_412_when_it_fails", "ignores conditions on writes"),
    Gap("juicefs", "test_r_hdr_03_a_conditional_delete_is_412_when_it_fails", "ignores conditions on deletes"),
    Gap("juicefs", "test_r_hdr_03_a_condition_in_a_batch_is_never_ignored", "ignores conditions on deletes"),
    Gap("juicefs", "test_a_right_checksum_is_kept_and_given_back[*]", NO_CHECKSUMS),
    Gap("juicefs", "test_r_int_01_a_wrong_checksum_is_400_and_stores_nothing[*]", NO_CHECKSUMS),
    Gap("juicefs", "test_a_checksum_of_no_known_kind_is_not_silently_dropped", NO_CHECKSUMS, "direct"),
    Gap("juicefs", "test_a_trailing_checksum_lands_byte_exact[*]", NO_TRAILERS),
    Gap("juicefs", "test_an_unsigned_trailer_over_chunked_transfer", "wants a Content-Length"),
    Gap("juicefs", "test_r_str_06_a_wrong_trailing_checksum_is_400_and_keeps_the_old_object[unsigned-*]", NO_TRAILERS),
    Gap("juicefs", "test_r_str_06_a_wrong_trailing_checksum_is_400_and_keeps_the_old_object[signed-*]", NO_TRAILERS, "direct"),
    Gap("juicefs", "test_a_part_of_a_finished_object_can_be_read", "partNumber of a finished object is not known"),
    Gap("juicefs", "test_a_part_before_the_last_must_be_five_mebibytes", "joins parts of any size"),
    Gap("juicefs", "test_finishing_with_parts_that_are_not_there_is_400", "a part that is not there is NoSuchUpload"),
    Gap("juicefs", "test_r_mpu_01_the_id_of_an_upload_belongs_to_its_key", "an upload's id is taken under any key of its bucket"),
    Gap("juicefs", "test_r_sub_02_an_unknown_version_is_never_the_current_one[]", "an empty versionId is ignored", "direct"),
    Gap("juicefs", "test_a_batch_deletes_what_it_names_and_says_so", "wants a Content-MD5, which boto3 no longer sends", "direct"),
    Gap("juicefs", "test_a_quiet_batch_says_nothing", "wants a Content-MD5, which boto3 no longer sends", "direct"),
]


def gap(store, case, direct):
    """The entry that covers a case, if any."""
    routes = ("both", "direct" if direct else "brigade")
    for entry in GAPS:
        pattern = entry.case.replace("[", "[[]")
        if entry.store == store and entry.route in routes and fnmatchcase(case, pattern):
            return entry
    return None
