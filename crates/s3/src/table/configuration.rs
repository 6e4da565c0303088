//! The operations on a bucket's configuration: documents that the store keeps.
//!
//! Each needs its own action, which no group of a grant has. `?cors` is not here: the configuration file has a bucket's rules.

use brigade_policy::Action;
use http::Method;

use super::{Apart, Content, JSON, Row};
use crate::{BucketOp, Code, Op};

pub(super) static ROWS: &[Row] = &[
    read(Op::GetBucketVersioning, &["versioning"], &[Action::GetBucketVersioning], Apart::Shared)
        .answers(&["VersioningConfiguration"]),
    write(Op::PutBucketVersioning, &["versioning"], &[Action::PutBucketVersioning]),
    read(Op::GetBucketAcl, &["acl"], &[Action::GetBucketAcl], Apart::Owned).answers(&["AccessControlPolicy"]),
    write(Op::PutBucketAcl, &["acl"], &[Action::PutBucketAcl]),
    read(
        Op::GetBucketPolicy,
        &["policy"],
        &[Action::GetBucketPolicy],
        Apart::Absent(Code::NoSuchBucketPolicy),
    )
    .answers(JSON)
    .mentions_buckets(),
    write(Op::PutBucketPolicy, &["policy"], &[Action::PutBucketPolicy]).mentions_buckets(),
    remove(Op::DeleteBucketPolicy, &["policy"], &[Action::DeleteBucketPolicy]),
    read(
        Op::GetBucketPolicyStatus,
        &["policyStatus"],
        &[Action::GetBucketPolicyStatus],
        Apart::Absent(Code::NoSuchBucketPolicy),
    )
    .answers(&["PolicyStatus"]),
    read(Op::GetBucketEncryption, &["encryption"], &[Action::GetEncryptionConfiguration], Apart::Shared)
        .answers(&["ServerSideEncryptionConfiguration"]),
    write(Op::PutBucketEncryption, &["encryption"], &[Action::PutEncryptionConfiguration]),
    remove(Op::DeleteBucketEncryption, &["encryption"], &[Action::PutEncryptionConfiguration]),
    read(
        Op::GetObjectLockConfiguration,
        &["object-lock"],
        &[Action::GetBucketObjectLockConfiguration],
        Apart::Shared,
    )
    .answers(&["ObjectLockConfiguration"]),
    write(Op::PutObjectLockConfiguration, &["object-lock"], &[Action::PutBucketObjectLockConfiguration]),
    read(
        Op::GetBucketLifecycleConfiguration,
        &["lifecycle"],
        &[Action::GetLifecycleConfiguration],
        Apart::Absent(Code::NoSuchLifecycleConfiguration),
    )
    .answers(&["LifecycleConfiguration"]),
    write(Op::PutBucketLifecycleConfiguration, &["lifecycle"], &[Action::PutLifecycleConfiguration]),
    remove(Op::DeleteBucketLifecycle, &["lifecycle"], &[Action::PutLifecycleConfiguration]),
    read(
        Op::GetBucketWebsite,
        &["website"],
        &[Action::GetBucketWebsite],
        Apart::Absent(Code::NoSuchWebsiteConfiguration),
    )
    .answers(&["WebsiteConfiguration"]),
    write(Op::PutBucketWebsite, &["website"], &[Action::PutBucketWebsite]),
    remove(Op::DeleteBucketWebsite, &["website"], &[Action::DeleteBucketWebsite]),
    read(
        Op::GetBucketLogging,
        &["logging"],
        &[Action::GetBucketLogging],
        Apart::Empty("BucketLoggingStatus"),
    )
    .answers(&["BucketLoggingStatus"])
    .mentions_buckets(),
    write(Op::PutBucketLogging, &["logging"], &[Action::PutBucketLogging]).mentions_buckets(),
    read(Op::GetBucketTagging, &["tagging"], &[Action::GetBucketTagging], Apart::Absent(Code::NoSuchTagSet))
        .answers(&["Tagging"]),
    write(Op::PutBucketTagging, &["tagging"], &[Action::PutBucketTagging]),
    remove(Op::DeleteBucketTagging, &["tagging"], &[Action::PutBucketTagging]),
    read(
        Op::GetBucketNotificationConfiguration,
        &["notification"],
        &[Action::GetBucketNotification],
        Apart::Empty("NotificationConfiguration"),
    )
    .answers(&["NotificationConfiguration"]),
    write(Op::PutBucketNotificationConfiguration, &["notification"], &[Action::PutBucketNotification]),
    read(
        Op::GetBucketReplication,
        &["replication"],
        &[Action::GetReplicationConfiguration],
        Apart::Absent(Code::ReplicationConfigurationNotFound),
    )
    .answers(&["ReplicationConfiguration"])
    .mentions_buckets(),
    write(Op::PutBucketReplication, &["replication"], &[Action::PutReplicationConfiguration])
        .mentions_buckets(),
    remove(Op::DeleteBucketReplication, &["replication"], &[Action::PutReplicationConfiguration]),
    read(Op::GetBucketRequestPayment, &["requestPayment"], &[Action::GetBucketRequestPayment], Apart::Shared)
        .answers(&["RequestPaymentConfiguration"]),
    write(Op::PutBucketRequestPayment, &["requestPayment"], &[Action::PutBucketRequestPayment]),
    read(
        Op::GetPublicAccessBlock,
        &["publicAccessBlock"],
        &[Action::GetBucketPublicAccessBlock],
        Apart::Absent(Code::NoSuchPublicAccessBlockConfiguration),
    )
    .answers(&["PublicAccessBlockConfiguration"]),
    write(Op::PutPublicAccessBlock, &["publicAccessBlock"], &[Action::PutBucketPublicAccessBlock]),
    remove(Op::DeletePublicAccessBlock, &["publicAccessBlock"], &[Action::PutBucketPublicAccessBlock]),
    read(
        Op::GetBucketOwnershipControls,
        &["ownershipControls"],
        &[Action::GetBucketOwnershipControls],
        Apart::Shared,
    )
    .answers(&["OwnershipControls"]),
    write(Op::PutBucketOwnershipControls, &["ownershipControls"], &[Action::PutBucketOwnershipControls]),
    remove(Op::DeleteBucketOwnershipControls, &["ownershipControls"], &[Action::PutBucketOwnershipControls]),
    read(
        Op::GetBucketAccelerateConfiguration,
        &["accelerate"],
        &[Action::GetAccelerateConfiguration],
        Apart::Shared,
    )
    .answers(&["AccelerateConfiguration"]),
    write(Op::PutBucketAccelerateConfiguration, &["accelerate"], &[Action::PutAccelerateConfiguration]),
    // Of the next four a bucket may have several, each with an id.
    read(
        Op::ListBucketAnalyticsConfigurations,
        &["analytics"],
        &[Action::GetAnalyticsConfiguration],
        Apart::Empty("ListBucketAnalyticsConfigurationsResult"),
    )
    .answers(&[
        "ListBucketAnalyticsConfigurationsResult",
        "ListBucketAnalyticsConfigurationResult",
        "ListBucketAnalyticsConfigurationsOutput",
    ])
    .allows(PAGE)
    .mentions_buckets(),
    read(Op::GetBucketAnalyticsConfiguration, ANALYTICS, &[Action::GetAnalyticsConfiguration], NONE)
        .answers(&["AnalyticsConfiguration"])
        .mentions_buckets(),
    write(Op::PutBucketAnalyticsConfiguration, ANALYTICS, &[Action::PutAnalyticsConfiguration])
        .mentions_buckets(),
    remove(Op::DeleteBucketAnalyticsConfiguration, ANALYTICS, &[Action::PutAnalyticsConfiguration]),
    read(
        Op::ListBucketInventoryConfigurations,
        &["inventory"],
        &[Action::GetInventoryConfiguration],
        Apart::Empty("ListInventoryConfigurationsResult"),
    )
    .answers(&["ListInventoryConfigurationsResult", "ListBucketInventoryConfigurationsOutput"])
    .allows(PAGE)
    .mentions_buckets(),
    read(Op::GetBucketInventoryConfiguration, INVENTORY, &[Action::GetInventoryConfiguration], NONE)
        .answers(&["InventoryConfiguration"])
        .mentions_buckets(),
    write(Op::PutBucketInventoryConfiguration, INVENTORY, &[Action::PutInventoryConfiguration])
        .mentions_buckets(),
    remove(Op::DeleteBucketInventoryConfiguration, INVENTORY, &[Action::PutInventoryConfiguration]),
    read(
        Op::ListBucketMetricsConfigurations,
        &["metrics"],
        &[Action::GetMetricsConfiguration],
        Apart::Empty("ListMetricsConfigurationsResult"),
    )
    .answers(&["ListMetricsConfigurationsResult", "ListBucketMetricsConfigurationsResult"])
    .allows(PAGE),
    read(Op::GetBucketMetricsConfiguration, METRICS, &[Action::GetMetricsConfiguration], NONE)
        .answers(&["MetricsConfiguration"]),
    write(Op::PutBucketMetricsConfiguration, METRICS, &[Action::PutMetricsConfiguration]),
    remove(Op::DeleteBucketMetricsConfiguration, METRICS, &[Action::PutMetricsConfiguration]),
    read(
        Op::ListBucketIntelligentTieringConfigurations,
        &["intelligent-tiering"],
        &[Action::GetIntelligentTieringConfiguration],
        Apart::Empty("ListBucketIntelligentTieringConfigurationsOutput"),
    )
    .answers(&[
        "ListBucketIntelligentTieringConfigurationsOutput",
        "ListBucketIntelligentTieringConfigurationsResult",
    ])
    .allows(PAGE),
    read(
        Op::GetBucketIntelligentTieringConfiguration,
        TIERING,
        &[Action::GetIntelligentTieringConfiguration],
        NONE,
    )
    .answers(&["IntelligentTieringConfiguration"]),
    write(
        Op::PutBucketIntelligentTieringConfiguration,
        TIERING,
        &[Action::PutIntelligentTieringConfiguration],
    ),
    remove(
        Op::DeleteBucketIntelligentTieringConfiguration,
        TIERING,
        &[Action::PutIntelligentTieringConfiguration],
    ),
];

const PAGE: &[&str] = &["continuation-token"];
const ANALYTICS: &[&str] = &["analytics", "id"];
const INVENTORY: &[&str] = &["inventory", "id"];
const METRICS: &[&str] = &["metrics", "id"];
const TIERING: &[&str] = &["intelligent-tiering", "id"];
const NONE: Apart = Apart::Absent(Code::NoSuchConfiguration);

const fn of(op: Op, method: Method, requires: &'static [&'static str], actions: &'static [Action]) -> Row {
    Row::bucket(op, method, requires, |_| Ok(BucketOp::Configuration)).needs(actions)
}

const fn read(op: Op, requires: &'static [&'static str], actions: &'static [Action], apart: Apart) -> Row {
    of(op, Method::GET, requires, actions).apart(apart)
}

/// A lifecycle of 1,000 rules is the largest such document.
const fn write(op: Op, requires: &'static [&'static str], actions: &'static [Action]) -> Row {
    of(op, Method::PUT, requires, actions).apart(Apart::Refused).has(Content::Document { limit: 1 << 20 })
}

const fn remove(op: Op, requires: &'static [&'static str], actions: &'static [Action]) -> Row {
    of(op, Method::DELETE, requires, actions).apart(Apart::Refused)
}
