//! The operations' names.

macro_rules! ops {
    ($($name:ident),* $(,)?) => {
        /// The operations that are served, by AWS's names; each has one [`Row`](crate::Row).
        ///
        /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html>.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "AWS's names")]
        pub enum Op { $($name,)* }

        impl Op {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// AWS's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

ops! {
    ListBuckets,
    HeadBucket,
    CreateBucket,
    DeleteBucket,
    GetBucketLocation,
    GetBucketCors,
    ListObjects,
    ListObjectsV2,
    ListObjectVersions,
    ListMultipartUploads,
    DeleteObjects,
    PostObject,
    GetObject,
    HeadObject,
    PutObject,
    CopyObject,
    DeleteObject,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
    GetObjectAttributes,
    GetObjectTagging,
    PutObjectTagging,
    DeleteObjectTagging,
    GetObjectAcl,
    PutObjectAcl,
    GetObjectRetention,
    PutObjectRetention,
    GetObjectLegalHold,
    PutObjectLegalHold,
    RestoreObject,
    SelectObjectContent,
    GetBucketVersioning,
    PutBucketVersioning,
    GetBucketAcl,
    PutBucketAcl,
    GetBucketPolicy,
    PutBucketPolicy,
    DeleteBucketPolicy,
    GetBucketPolicyStatus,
    GetBucketEncryption,
    PutBucketEncryption,
    DeleteBucketEncryption,
    GetObjectLockConfiguration,
    PutObjectLockConfiguration,
    GetBucketLifecycleConfiguration,
    PutBucketLifecycleConfiguration,
    DeleteBucketLifecycle,
    GetBucketWebsite,
    PutBucketWebsite,
    DeleteBucketWebsite,
    GetBucketLogging,
    PutBucketLogging,
    GetBucketTagging,
    PutBucketTagging,
    DeleteBucketTagging,
    GetBucketNotificationConfiguration,
    PutBucketNotificationConfiguration,
    GetBucketReplication,
    PutBucketReplication,
    DeleteBucketReplication,
    GetBucketRequestPayment,
    PutBucketRequestPayment,
    GetPublicAccessBlock,
    PutPublicAccessBlock,
    DeletePublicAccessBlock,
    GetBucketOwnershipControls,
    PutBucketOwnershipControls,
    DeleteBucketOwnershipControls,
    GetBucketAccelerateConfiguration,
    PutBucketAccelerateConfiguration,
    ListBucketAnalyticsConfigurations,
    GetBucketAnalyticsConfiguration,
    PutBucketAnalyticsConfiguration,
    DeleteBucketAnalyticsConfiguration,
    ListBucketInventoryConfigurations,
    GetBucketInventoryConfiguration,
    PutBucketInventoryConfiguration,
    DeleteBucketInventoryConfiguration,
    ListBucketMetricsConfigurations,
    GetBucketMetricsConfiguration,
    PutBucketMetricsConfiguration,
    DeleteBucketMetricsConfiguration,
    ListBucketIntelligentTieringConfigurations,
    GetBucketIntelligentTieringConfiguration,
    PutBucketIntelligentTieringConfiguration,
    DeleteBucketIntelligentTieringConfiguration,
}
