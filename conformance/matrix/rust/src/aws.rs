//! AWS's SDK for Rust.

use std::time::Duration;

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use aws_sdk_s3::{Client, Config};
use serde_json::Value;

use crate::{Answer, Given, answer, bytes};

/// In which an upload in parts is sent.
const PART: usize = 5 << 20;

pub async fn run(operation: &str, given: &Given) -> Answer {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(given.text("endpoint"))
        .region(Region::new(given.text("region").to_owned()))
        .credentials_provider(Credentials::new(
            given.text("keyId"),
            given.text("secret"),
            None,
            None,
            "the matrix",
        ))
        .retry_config(RetryConfig::disabled())
        .force_path_style(true)
        .build();
    let s3 = Client::from_conf(config);
    let (bucket, key) = (given.text("bucket"), given.text("key"));
    let put = || s3.put_object().bucket(bucket).key(key).body(given.data().into());
    let get = || s3.get_object().bucket(bucket).key(key);
    let soon = PresigningConfig::expires_in(Duration::from_secs(300))?;
    Ok(match operation {
        "version" => answer("1.157.0"),
        "put" => {
            put().send().await?;
            answer(Value::Null)
        }
        "get" => bytes(&get().send().await?.body.collect().await?.into_bytes()),
        "range" => {
            let range = format!("bytes={}-{}", given.number("first"), given.number("last"));
            bytes(&get().range(range).send().await?.body.collect().await?.into_bytes())
        }
        "list" => {
            let pages = s3.list_objects_v2().bucket(bucket).prefix(given.text("prefix")).max_keys(2);
            let mut pages = pages.into_paginator().send();
            let mut keys = Vec::new();
            while let Some(page) = pages.next().await {
                keys.extend(page?.contents().iter().filter_map(|found| found.key()).map(str::to_owned));
            }
            answer(keys)
        }
        "multipart" => {
            let upload = s3.create_multipart_upload().bucket(bucket).key(key).send().await?;
            let id = upload.upload_id().unwrap_or_default();
            let mut parts = CompletedMultipartUpload::builder();
            for (number, data) in (1..).zip(given.data().chunks(PART)) {
                let part = s3.upload_part().bucket(bucket).key(key).upload_id(id).part_number(number);
                let done = part.body(data.to_vec().into()).send().await?;
                let part = CompletedPart::builder().part_number(number);
                let part = part.set_e_tag(done.e_tag).set_checksum_crc32(done.checksum_crc32);
                parts = parts.parts(part.build());
            }
            let complete = s3.complete_multipart_upload().bucket(bucket).key(key).upload_id(id);
            complete.multipart_upload(parts.build()).send().await?;
            answer(Value::Null)
        }
        "copy" => {
            let source = given.text("source").split('/').map(encode).collect::<Vec<_>>().join("/");
            s3.copy_object().bucket(bucket).key(key).copy_source(format!("{bucket}/{source}")).send().await?;
            answer(Value::Null)
        }
        "delete" => {
            s3.delete_object().bucket(bucket).key(key).send().await?;
            answer(Value::Null)
        }
        "presigned_get" => answer(get().presigned(soon).await?.uri()),
        "presigned_put" => answer(s3.put_object().bucket(bucket).key(key).presigned(soon).await?.uri()),
        "put_metadata" => {
            let metadata = given.pairs("metadata").into_iter().collect();
            put().content_type(given.text("kind")).set_metadata(Some(metadata)).send().await?;
            answer(Value::Null)
        }
        "put_if_absent" => match put().if_none_match("*").send().await {
            Ok(_) => answer(true),
            Err(error) if error.raw_response().is_some_and(|said| said.status().as_u16() == 412) => {
                answer(false)
            }
            Err(error) => return Err(error.into()),
        },
        other => return Err(format!("no operation is named {other}").into()),
    })
}

/// A segment of a copy's source, percent-encoded: the SDK sends the header as it is given.
fn encode(segment: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    segment.bytes().map(one).collect()
}
