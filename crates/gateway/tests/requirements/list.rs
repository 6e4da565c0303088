//! R-LIST: what listings show.

use brigade_testkit::{Answer, Ask, Said, World, keys};

use super::check::{case, refused, refused_by, served, served_by};

fn list(target: &str) -> Ask {
    Ask::new("GET", target)
}

fn seen(answer: &Answer) -> Vec<String> {
    let mut names: Vec<String> = answer.elements("Key").into_iter().map(str::to_owned).collect();
    for folder in answer.elements("CommonPrefixes") {
        let folder = folder.replace("<Prefix>", "").replace("</Prefix>", "");
        names.push(folder);
    }
    names
}

#[tokio::test]
async fn r_list_01_a_listing_outside_the_scope_shows_nothing() {
    let mut cases = Vec::new();
    for form in ["list-type=2&", "", "uploads&"] {
        for query in [
            "",
            "prefix=",
            "prefix",
            "prefix=t",
            "prefix=team",
            "prefix=team2/",
            "prefix=TEAM/",
            "prefix=/team/",
            "prefix=secret",
            "prefix=team%252F",
            "prefix=team%5C",
            "prefix=%00team/",
            "prefix=team/&prefix=",
            "prefix=&prefix=team/",
            "prefix=allowed/&prefix=secret/",
            "prefix=team/&pre%66ix=",
            "prefix=team/&prefix=team/",
            "delimiter=/",
            "delimiter=/&prefix=te",
        ] {
            for bucket in ["private", "mapped"] {
                let target = format!("/{bucket}?{form}{query}");
                let ask = list(target.trim_end_matches(['&', '?']));
                cases.push(case(&target, "403 AccessDenied | 400", ask.clone().sign(&keys::team())));
                cases.push(case(&target, "403 AccessDenied | 400", ask.presign(&keys::team(), 60)));
            }
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_list_01_the_scope_itself_is_listed_and_nothing_else() {
    for bucket in ["private", "mapped"] {
        for query in [
            "list-type=2&prefix=team/",
            "prefix=team/",
            "prefix=%74eam%2F&list-type=2",
            "prefix=team/&encoding-type=url",
        ] {
            let target = format!("/{bucket}?{query}");
            let answer = served([case(&target, "200", list(&target).sign(&keys::team()))]).await.remove(0);
            let keys: Vec<_> = seen(&answer).into_iter().map(|key| key.replace("%2F", "/")).collect();
            assert_eq!(keys, ["team/a", "team/b"], "{target}");
            assert_eq!(answer.element("Name"), bucket);
        }
    }
}

#[tokio::test]
async fn r_list_02_no_marker_or_delimiter_moves_a_listing_outside_its_prefix() {
    let world = World::embedded().await;
    let mut cases = Vec::new();
    for bucket in ["private", "mapped"] {
        for value in [
            "",
            "a",
            "secret",
            "team",
            "team/",
            "team/a",
            "team2/",
            "zzz",
            "tenants/a/team/",
            "../",
            "%F4%8F%BF%BF",
        ] {
            for form in [
                "list-type=2&start-after=",
                "marker=",
                "delimiter=",
                "list-type=2&delimiter=",
                "max-keys=1&marker=",
            ] {
                let target = format!("/{bucket}?prefix=team/&{form}{value}");
                cases.push(case(&target, "200", list(&target).sign(&keys::team())));
            }
        }
    }
    for answer in served_by(&world, cases).await {
        for name in seen(&answer) {
            assert!(name.starts_with("team/"), "{name} in {}", answer.text());
        }
        // What the client sent itself is echoed; where it goes on is not what it sent.
        assert!(!answer.element("NextMarker").contains("tenants"), "{}", answer.text());
    }
}

#[tokio::test]
async fn r_list_02_a_token_opens_the_listing_it_was_made_for_and_no_other() {
    let world = World::embedded().await;
    let page = |bucket: &str, prefix: &str| {
        list(&format!("/{bucket}?list-type=2&max-keys=1&prefix={prefix}")).sign(&keys::full())
    };
    let mut tokens = Vec::new();
    for (bucket, prefix) in [("private", ""), ("private", "team/"), ("mapped", "team/"), ("open", "team/")] {
        let answer = served_by(&world, [case("first page", "200", page(bucket, prefix))]).await.remove(0);
        assert_eq!(answer.element("IsTruncated"), "true", "{bucket} {prefix}");
        let token = answer.element("NextContinuationToken").to_owned();
        assert!(!token.is_empty(), "{}", answer.text());
        tokens.push((bucket, prefix, token));
    }
    let next = |bucket: &str, prefix: &str, token: &str| {
        list(&format!("/{bucket}?list-type=2&prefix={prefix}")).parameter("continuation-token", token)
    };
    let mut foreign = Vec::new();
    let wrong = "400 InvalidArgument";
    for (bucket, prefix, token) in &tokens {
        let rest = next(bucket, prefix, token).sign(&keys::full());
        let answer = served_by(&world, [case("its own", "200", rest)]).await.remove(0);
        assert!(seen(&answer).iter().all(|key| key.starts_with(prefix)), "{}", answer.text());
        assert_eq!(answer.element("ContinuationToken"), token);
        for (other, prefix2, _) in &tokens {
            if (other, prefix2) != (bucket, prefix) {
                let ask = next(other, prefix2, token).sign(&keys::full());
                foreign.push(case(format!("{bucket} {prefix} to {other} {prefix2}"), wrong, ask));
            }
        }
        let mut bent = token.clone().into_bytes();
        bent[3] = if bent[3] == b'A' { b'B' } else { b'A' };
        let bent = String::from_utf8(bent).unwrap();
        foreign.push(case("bent", wrong, next(bucket, prefix, &bent).sign(&keys::full())));
    }
    for token in ["", "team/a", "dGVhbS9h", "secret", "%00", "=====", "é"] {
        foreign.push(case(
            format!("made up: {token}"),
            wrong,
            next("private", "team/", token).sign(&keys::team()),
        ));
    }
    refused_by(&world, foreign).await;
}

#[tokio::test]
async fn r_list_02_a_mapped_bucket_shows_its_own_keys_page_by_page() {
    let world = World::embedded().await;
    let all = ["public.txt", "secret", "team", "team/a", "team/b", "team2/x"];
    for size in 1..=7 {
        let (mut keys, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut ask = list(&format!("/mapped?list-type=2&max-keys={size}"));
            if let Some(token) = &token {
                ask = ask.parameter("continuation-token", token);
            }
            let answer = served_by(&world, [case("a page", "200", ask.sign(&keys::full()))]).await.remove(0);
            keys.extend(seen(&answer));
            token =
                Some(answer.element("NextContinuationToken").to_owned()).filter(|token| !token.is_empty());
            assert_eq!(answer.element("IsTruncated") == "true", token.is_some());
            if token.is_none() {
                break;
            }
        }
        assert_eq!(keys, all, "pages of {size}");
        let (mut keys, mut marker) = (Vec::new(), String::new());
        loop {
            let ask = list(&format!("/mapped?max-keys={size}")).parameter("marker", &marker);
            let answer = served_by(&world, [case("a page", "200", ask.sign(&keys::full()))]).await.remove(0);
            keys.extend(seen(&answer));
            if answer.element("IsTruncated") != "true" {
                break;
            }
            marker = keys.last().unwrap().clone();
        }
        assert_eq!(keys, all, "pages of {size}, by markers");
    }
    let folders = list("/mapped?list-type=2&delimiter=/").sign(&keys::full());
    let answer = served_by(&world, [case("folders", "200", folders)]).await.remove(0);
    assert_eq!(seen(&answer), ["public.txt", "secret", "team", "team/", "team2/"]);
}

#[tokio::test]
async fn r_list_03_hostile_parameters_are_invalid_arguments() {
    let mut cases = Vec::new();
    let long = "a".repeat(1025);
    for query in [
        "max-keys=-1",
        "max-keys=abc",
        "max-keys=1.5",
        "max-keys=0x10",
        "max-keys=99999999999999999999",
        "max-keys=2147483648",
        "max-keys=+1%20",
        "max-keys=%D9%A1",
        "encoding-type=base64",
        "encoding-type=",
        "encoding-type=URL",
        "list-type=3",
        "list-type=",
        "list-type=two",
        "fetch-owner=maybe&list-type=2",
        "list-type=2&continuation-token=",
        "prefix=%00",
        "delimiter=%00",
        "marker=%00",
        &format!("prefix={long}"),
        &format!("delimiter={long}"),
    ] {
        let target = format!("/private?{query}");
        cases.push(case(&target, "400 InvalidArgument", list(&target).sign(&keys::full())));
    }
    for query in ["uploads&max-uploads=-1", "uploads&max-uploads=x"] {
        let target = format!("/private?{query}");
        cases.push(case(&target, "400 InvalidArgument", list(&target).sign(&keys::full())));
    }
    for query in ["uploadId=u&max-parts=-1", "uploadId=u&part-number-marker=x"] {
        let target = format!("/private/secret?{query}");
        cases.push(case(&target, "400 InvalidArgument", list(&target).sign(&keys::full())));
    }
    for query in ["prefix=%ff", "prefix=%zz", "delimiter=%c0%af"] {
        let target = format!("/private?{query}");
        cases.push(case(&target, "400", list(&target).sign(&keys::full())));
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_list_03_a_page_never_holds_more_than_1000_keys() {
    let world = World::embedded().await;
    for number in 0..1005 {
        let put = Ask::new("PUT", &format!("/store-private/many/{number:04}"));
        assert_eq!(world.upstream.ask(put.request()).await.status(), 200);
    }
    for query in ["", "&max-keys=5000", "&max-keys=2147483647", "&list-type=2&max-keys=1001"] {
        let ask = list(&format!("/private?prefix=many/{query}")).sign(&keys::full());
        let answer = served_by(&world, [case(query, "200", ask)]).await.remove(0);
        assert_eq!(answer.elements("Key").len(), 1000, "{query}");
        assert_eq!(answer.element("IsTruncated"), "true", "{query}");
    }
    let ask = list("/private?prefix=many/&max-keys=0").sign(&keys::full());
    let answer = served_by(&world, [case("none", "200", ask)]).await.remove(0);
    assert_eq!(answer.elements("Key").len(), 0);
}

#[tokio::test]
async fn r_list_04_list_buckets_names_what_the_caller_has_some_scope_on() {
    for (signer, expect) in [
        (keys::full(), vec!["elsewhere", "mapped", "open", "private", "public"]),
        (keys::reader(), vec!["elsewhere", "mapped", "open", "private", "public"]),
        (keys::team(), vec!["mapped", "open", "private", "public"]),
        (keys::nobody(), vec!["open", "public"]),
    ] {
        let answer = served([case(&signer.key_id, "200", list("/").sign(&signer))]).await.remove(0);
        assert_eq!(answer.elements("Name"), expect, "{}", signer.key_id);
    }
    refused([case("unknown", "403 InvalidAccessKeyId", list("/").sign(&keys::unknown()))]).await;
}

/// Some stores list uploads whatever their prefix, or take the prefix for the name of one object.
#[tokio::test]
async fn r_list_01_a_store_that_overlooks_the_prefix_shows_nothing_outside() {
    let lists = |root: &str, entries: &str, coded: bool| {
        let coded = if coded { "<EncodingType>url</EncodingType>" } else { "" };
        Said::new(200, format!("<{root}><IsTruncated>false</IsTruncated>{coded}{entries}</{root}>"))
    };
    let key = |entry: &str, key: &str| format!("<{entry}><Key>{key}</Key></{entry}>");
    let folder = |name: &str| format!("<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>");
    for (form, root, entry) in [
        ("list-type=2&", "ListBucketResult", "Contents"),
        ("", "ListBucketResult", "Contents"),
        ("versions&", "ListVersionsResult", "Version"),
        ("versions&", "ListVersionsResult", "DeleteMarker"),
        ("uploads&", "ListMultipartUploadsResult", "Upload"),
    ] {
        for (bucket, at) in [("private", ""), ("mapped", "tenants/a/")] {
            for (entries, coded, expect) in [
                (key(entry, &format!("{at}team/x")), false, "200"),
                (key(entry, &format!("{at}team%2Fa+b")), true, "200"),
                (folder(&format!("{at}team/x/")), false, "200"),
                (key(entry, &format!("{at}team2/x")), false, "502 BackendError"),
                (key(entry, &format!("{at}secret")), false, "502 BackendError"),
                (key(entry, &format!("{at}te%61m2/x")), true, "502 BackendError"),
                (folder(&format!("{at}other/")), false, "502 BackendError"),
                (
                    key(entry, &format!("{at}team/x")) + &key(entry, &format!("{at}u")),
                    false,
                    "502 BackendError",
                ),
            ] {
                let world = World::remote();
                world.upstream.say(lists(root, &entries, coded));
                let ask = list(&format!("/{bucket}?{form}prefix=team/")).sign(&keys::team());
                let answer = world.send(ask).await;
                assert_eq!(answer.verdict(), expect, "{form}{entries}: {answer:?}");
            }
        }
    }
    // However a store writes a plus, what was asked for is known again.
    for (written, coded) in
        [("a+b\u{e9}/k", false), ("a%2Bb%C3%A9/k", true), ("a+b%C3%A9/k", true), ("a+b\u{e9}/k", true)]
    {
        let world = World::remote();
        world.upstream.say(lists("ListBucketResult", &key("Contents", written), coded));
        let answer = world.send(list("/private?prefix=a%2Bb%C3%A9/").sign(&keys::full())).await;
        assert_eq!(answer.verdict(), "200", "{written}: {answer:?}");
    }
}
