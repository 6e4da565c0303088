//! R-SUB: sub-resources.

use brigade_testkit::{Ask, World, keys};

use super::check::{case, refused, refused_by, served_by};

/// What is not served, or not to a key whose grants are groups.
const CLOSED: [&str; 29] = [
    "acl",
    "retention",
    "legal-hold",
    "torrent",
    "restore",
    "policy",
    "policyStatus",
    "lifecycle",
    "versioning",
    "cors",
    "object-lock",
    "encryption",
    "website",
    "logging",
    "notification",
    "replication",
    "requestPayment",
    "accelerate",
    "analytics",
    "inventory&id=1",
    "metrics",
    "publicAccessBlock",
    "ownershipControls",
    "intelligent-tiering",
    "session",
    "append&position=0",
    "renameObject",
    "metadataTable",
    "unheard-of",
];

const CLOSED_TO_FULL: &str = "501 NotImplemented | 403 AccessDenied";

#[tokio::test]
async fn r_sub_01_a_write_to_a_sub_resource_is_refused_and_the_object_stays() {
    let mut cases = Vec::new();
    for query in CLOSED {
        for method in ["PUT", "POST", "DELETE"] {
            for path in ["/private/secret", "/private", "/private/", "/public/public.txt"] {
                let ask = Ask::new(method, &format!("{path}?{query}"));
                let ask = if method == "DELETE" { ask } else { ask.body("<Tagging/>") };
                let what = format!("{method} {path}?{query}");
                cases.push(case(&what, CLOSED_TO_FULL, ask.sign(&keys::full())));
            }
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_sub_02_get_with_a_sub_resource_is_never_the_object() {
    let mut cases = Vec::new();
    for query in CLOSED {
        for (method, path) in [
            ("GET", "/private/secret"),
            ("HEAD", "/private/secret"),
            ("GET", "/private"),
            ("HEAD", "/private"),
            ("GET", "/"),
        ] {
            let ask = Ask::new(method, &format!("{path}?{query}"));
            cases.push(case(format!("{method} {path}?{query}"), CLOSED_TO_FULL, ask.sign(&keys::full())));
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_sub_02_an_unknown_version_is_never_the_current_one() {
    let world = World::embedded().await;
    let before = world.snapshot().await;
    for method in ["GET", "HEAD", "DELETE"] {
        for id in [
            "abc",
            "0",
            "NULL",
            "..",
            "%00",
            "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo",
        ] {
            let ask = Ask::new(method, &format!("/private/secret?versionId={id}")).sign(&keys::full());
            served_by(&world, [case(format!("{method} {id}"), "404 | 400 | 501", ask)]).await;
        }
        let ask = Ask::new(method, "/private/secret?versionId=").sign(&keys::full());
        refused_by(&world, [case("empty", "400", ask)]).await;
    }
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn r_sub_03_spellings_of_a_sub_resource_are_one_and_the_same() {
    let mut cases = Vec::new();
    for query in [
        "retention=",
        "retention=1",
        "ret%65ntion",
        "%72%65%74%65%6e%74%69%6f%6e",
        "retention%00",
        "Retention",
        "RETENTION",
        "retention+",
        "+retention",
        "%20retention",
        "&retention&",
        "x-id=PutObject&retention",
        "retention;",
        "?retention",
        "acl&retention",
    ] {
        for method in ["PUT", "DELETE", "GET"] {
            let ask = Ask::new(method, &format!("/private/secret?{query}"));
            let ask = if method == "PUT" { ask.body("<Tagging/>") } else { ask };
            cases.push(case(
                format!("{method} {query}"),
                "501 NotImplemented | 400 | 403 AccessDenied",
                ask.sign(&keys::full()),
            ));
        }
    }
    for query in ["tagging&tagging", "tagging&tagging=", "versionId=null&versionId=null", "uploads&uploads"] {
        for method in ["PUT", "DELETE", "GET", "POST"] {
            let ask = Ask::new(method, &format!("/private/secret?{query}"));
            cases.push(case(format!("{method} {query}"), "400 InvalidArgument", ask.sign(&keys::full())));
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_sub_04_buckets_are_neither_made_nor_removed() {
    let mut cases = Vec::new();
    for target in ["/private", "/private/", "/fresh", "/public", "/forbidden"] {
        for method in ["PUT", "DELETE"] {
            for ask in [Ask::new(method, target), Ask::new(method, target).sign(&keys::full())] {
                cases.push(case(format!("{method} {target}"), "403 | 501", ask));
            }
        }
        let hosted = Ask::new("PUT", "/").set("host", "fresh.gateway.test").sign(&keys::full());
        cases.push(case("by the host", "403 | 501", hosted));
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_http_04_other_methods_have_no_effect() {
    let mut cases = Vec::new();
    for method in [
        "PATCH", "TRACE", "CONNECT", "OPTIONS", "PROPFIND", "MKCOL", "MOVE", "COPY", "LOCK", "get", "Put",
        "FOO",
    ] {
        for target in ["/private/secret", "/private", "/", "/public/public.txt"] {
            for ask in [Ask::new(method, target), Ask::new(method, target).sign(&keys::full())] {
                cases.push(case(format!("{method} {target}"), "405 | 501 | 400 | 403", ask));
            }
        }
    }
    for answer in refused(cases).await {
        assert!(!answer.text().contains("host"), "nothing is echoed: {}", answer.text());
    }
}
