//! A page of 1,000 keys.

/// The page under a prefix, which is written as it stands in the query: it must need no encoding but that of `/`.
pub(crate) fn page(bucket: &str, prefix: &str) -> Vec<u8> {
    let prefix = prefix.replace("%2F", "/");
    let mut page = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{bucket}</Name><Prefix>{prefix}</Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
    );
    for n in 0..1000 {
        page += &format!(
            "<Contents><Key>{prefix}11/S2B_32TNS_{n:08}_0_L2A.tif</Key><LastModified>2026-11-19T12:00:00.000Z</LastModified><ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>1048576</Size><StorageClass>STANDARD</StorageClass></Contents>"
        );
    }
    page += "</ListBucketResult>";
    page.into_bytes()
}
