//! `object_store`, of Apache Arrow.

use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt as _;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::signer::Signer as _;
use object_store::{
    Attribute, Attributes, ObjectStore as _, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    RetryConfig, WriteMultipart,
};
use serde_json::Value;

use crate::{Answer, Given, answer, bytes};

/// In which an upload in parts is sent.
const PART: usize = 5 << 20;

pub async fn run(operation: &str, given: &Given) -> Answer {
    let store = AmazonS3Builder::new()
        .with_endpoint(given.text("endpoint"))
        .with_allow_http(true)
        .with_region(given.text("region"))
        .with_bucket_name(given.text("bucket"))
        .with_access_key_id(given.text("keyId"))
        .with_secret_access_key(given.text("secret"))
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
        .build()?;
    let key = Path::parse(given.text("key"));
    let payload = || PutPayload::from(Bytes::from(given.data()));
    let soon = Duration::from_secs(300);
    Ok(match operation {
        "version" => answer("0.12"),
        "put" => {
            store.put(&key?, payload()).await?;
            answer(Value::Null)
        }
        "get" => bytes(&store.get(&key?).await?.bytes().await?),
        "range" => bytes(&store.get_range(&key?, given.number("first")..given.number("last") + 1).await?),
        "list" => {
            let prefix = Path::parse(given.text("prefix"))?;
            let found: Vec<_> = store.list(Some(&prefix)).try_collect().await?;
            answer(found.into_iter().map(|object| object.location.to_string()).collect::<Vec<_>>())
        }
        "multipart" => {
            let upload = store.put_multipart_opts(&key?, PutMultipartOptions::default()).await?;
            let mut write = WriteMultipart::new_with_chunk_size(upload, PART);
            write.write(&given.data());
            write.finish().await?;
            answer(Value::Null)
        }
        "copy" => {
            store.copy(&Path::parse(given.text("source"))?, &key?).await?;
            answer(Value::Null)
        }
        "delete" => {
            store.delete(&key?).await?;
            answer(Value::Null)
        }
        "presigned_get" => answer(store.signed_url(http_method("GET"), &key?, soon).await?.to_string()),
        "presigned_put" => answer(store.signed_url(http_method("PUT"), &key?, soon).await?.to_string()),
        "put_metadata" => {
            let mut attributes = Attributes::new();
            attributes.insert(Attribute::ContentType, given.text("kind").to_owned().into());
            for (name, value) in given.pairs("metadata") {
                attributes.insert(Attribute::Metadata(name.into()), value.into());
            }
            store.put_opts(&key?, payload(), PutOptions { attributes, ..PutOptions::default() }).await?;
            answer(Value::Null)
        }
        "put_if_absent" => match store.put_opts(&key?, payload(), PutMode::Create.into()).await {
            Ok(_) => answer(true),
            Err(object_store::Error::AlreadyExists { .. }) => answer(false),
            Err(error) => return Err(error.into()),
        },
        other => return Err(format!("no operation is named {other}").into()),
    })
}

fn http_method(name: &str) -> http::Method {
    name.parse().unwrap_or_default()
}
