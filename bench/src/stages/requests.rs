//! Requests as SDKs send them, signed: what the line of stages is measured with.

use brigade_sigv4::{ContentSha256, Credentials, SecretKey, SigningKeys, Timestamp, sign};
use http::{HeaderMap, Request, Response, request, response};

/// When all of it happens.
pub(crate) const NOW: u64 = 1_795_176_000;

/// One key that may do everything in one bucket, which lies under a prefix at a store.
pub(crate) const CONFIGURATION: &str = r#"
[backends.store]
type = "s3"
endpoint = "http://store.example.org:9000"
region = "eu-west-1"
auth = { access_key_id = "AKIDSTORE", secret_access_key = "the secret of the store, of forty chars" }

[buckets.data]
backend = "store"
bucket = "store-data"
prefix = "tenants/acme/"

[keys.AKIDCLIENT]
secret = "the secret of the client, of forty chars"
grants = [
  { bucket = "other-*", actions = ["read", "list"] },
  { bucket = "data", prefix = "scenes/", actions = ["read", "list", "write"] },
]
"#;

/// A request and the store's answer to it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Get,
    Put,
    List,
}

impl Kind {
    /// The client's head, signed.
    pub(crate) fn head(self) -> request::Parts {
        let (method, target, payload) = match self {
            Self::Get => ("GET", "/data/scenes/2026/11/S2B_32TNS_20261120_0_L2A.tif", ContentSha256::EMPTY),
            Self::Put => {
                ("PUT", "/data/scenes/2026/11/S2B_32TNS_20261120_0_L2A.tif", ContentSha256::Unsigned)
            }
            Self::List => (
                "GET",
                "/data?list-type=2&prefix=scenes%2F2026%2F&encoding-type=url&max-keys=1000",
                ContentSha256::EMPTY,
            ),
        };
        let builder = Request::builder().method(method).uri(format!("http://s3.example.org:9000{target}"));
        let (mut head, ()) = builder.body(()).unwrap().into_parts();
        let mut headers = HeaderMap::new();
        let sdk = "Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.12.1 md/pyimpl#CPython cfg/retry-mode#legacy";
        let attempt = "attempt=1";
        let invocation = "5f0b5a3e-0f6e-4a2c-8f5b-3a1f1e0b7c11";
        for (name, value) in [
            ("user-agent", sdk),
            ("amz-sdk-invocation-id", invocation),
            ("amz-sdk-request", attempt),
            ("accept-encoding", "identity"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        if matches!(self, Self::Put) {
            headers.insert("content-type", "image/tiff".parse().unwrap());
            headers.insert("content-length", "1048576".parse().unwrap());
        }
        head.headers = headers;
        let secret = SecretKey::new("the secret of the client, of forty chars");
        let who = Credentials { key_id: "AKIDCLIENT".into(), secret, session_token: None };
        let now = Timestamp::from_unix(NOW);
        sign(&mut head, payload, &who, "us-east-1", "s3", now, &SigningKeys::default()).unwrap();
        // On the wire a request has no scheme and authority.
        head.uri = target.parse().unwrap();
        head
    }

    /// The head of the store's answer.
    pub(crate) fn answer(self) -> response::Parts {
        let builder = Response::builder()
            .header("server", "AmazonS3")
            .header("date", "Fri, 20 Nov 2026 12:00:00 GMT")
            .header("x-amz-id-2", "eftixk72aD6Ap51TnqcoF8eFidJG9Z/2mkiDFu8yU9AS1ed4OpIszj7UDNEHGran")
            .header("x-amz-request-id", "318BC8BC148832E5");
        let builder = match self {
            Self::Get => builder
                .header("etag", "\"d41d8cd98f00b204e9800998ecf8427e\"")
                .header("last-modified", "Thu, 19 Nov 2026 12:00:00 GMT")
                .header("accept-ranges", "bytes")
                .header("content-type", "image/tiff")
                .header("content-length", "1024")
                .header("x-amz-server-side-encryption", "AES256"),
            Self::Put => {
                builder.header("etag", "\"d41d8cd98f00b204e9800998ecf8427e\"").header("content-length", "0")
            }
            Self::List => {
                builder.header("content-type", "application/xml").header("content-length", listing().len())
            }
        };
        builder.body(()).unwrap().into_parts().0
    }
}

/// A page of 1,000 keys, as the store names them.
pub(crate) fn listing() -> String {
    let mut page = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>store-data</Name><Prefix>tenants/acme/scenes/2026/</Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>",
    );
    for n in 0..1000 {
        page += &format!(
            "<Contents><Key>tenants/acme/scenes/2026/11/S2B_32TNS_{n:08}_0_L2A.tif</Key><LastModified>2026-11-19T12:00:00.000Z</LastModified><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>1048576</Size><StorageClass>STANDARD</StorageClass></Contents>"
        );
    }
    page + "</ListBucketResult>"
}
