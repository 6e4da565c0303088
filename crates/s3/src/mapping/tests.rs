use super::*;
use crate::{BackendAuth, Endpoint};

fn backend(name: &str) -> Arc<Backend> {
    Arc::new(Backend {
        name: name.into(),
        endpoint: Endpoint::parse(&format!("https://{name}.example")).unwrap(),
        region: "us-east-1".into(),
        auth: BackendAuth::Anonymous,
        verify_payload: false,
        exact_keys: true,
    })
}

/// Mappings of lines `pattern = bucket | prefix`.
fn mappings(lines: &[&str]) -> Arc<Mappings> {
    let store = backend("store");
    let read = |line: &&str| {
        let (pattern, place) = line.split_once(" = ").unwrap();
        let (stored, prefix) = place.split_once(" | ").unwrap_or((place, ""));
        let pattern = NamePattern::parse(pattern).unwrap();
        let stored_as = Template::name(stored, &pattern).unwrap();
        let prefix = Template::prefix(prefix, &pattern).unwrap();
        Mapping::new(pattern, Arc::clone(&store), stored_as, prefix, &[]).unwrap()
    };
    Arc::new(Mappings::new(lines.iter().map(read).collect()))
}

#[test]
fn a_bucket_of_a_pattern() {
    let mappings = mappings(&[
        "{bucket} = {bucket}",
        "{org}-data = corp.{org} | {org}/",
        "x-{b} = x | {b}/",
        "tmp-{b} = t_{b}",
    ]);
    for (name, expect) in [
        ("landsat", "landsat | "),
        ("a.b-c", "a.b-c | "),
        ("acme-data", "corp.acme | acme/"),
        // `-data` is longer than `x-`.
        ("x-data", "corp.x | x/"),
        ("x-other", "x | other/"),
        ("tmp-1", "t_1 | "),
        // A value neither begins nor ends with a hyphen, so these are whole names.
        ("a--data", "a--data | "),
        ("tmp--1", "tmp--1 | "),
    ] {
        let found = mappings.find(&BucketName::parse(name).unwrap());
        let found = found.map(|bucket| format!("{} | {}", bucket.stored_as, bucket.prefix));
        assert_eq!(found.as_deref(), Some(expect), "{name}");
    }
}

#[test]
fn no_pattern_no_bucket() {
    let mappings = mappings(&["{org}-data = {org}"]);
    for name in ["data", "acme-dat", "acme-data-x", "acme.data", "-data"] {
        let found = BucketName::parse(name).ok().and_then(|name| mappings.find(&name));
        assert!(found.is_none(), "{name}");
    }
}

#[test]
fn what_a_store_has_as_clients_name_it() {
    let mappings = mappings(&["{bucket} = {bucket}", "{org}-data = corp.{org}", "shared-{x} = s | {x}/"]);
    let open = mappings.open();
    assert_eq!(open.len(), 2, "buckets that are prefixes of one bucket are no buckets of a store");
    let names = |stored: &str| -> Vec<_> {
        open.iter().filter_map(|open| open.client_name(stored)).map(|name| name.to_string()).collect()
    };
    for (stored, expect) in [
        ("corp.acme", vec!["acme-data", "corp.acme"]),
        ("landsat", vec!["landsat"]),
        // Clients who name it reach another bucket.
        ("acme-data", vec![]),
        ("shared-x", vec![]),
        ("Old_Name", vec![]),
        ("corp.", vec![]),
    ] {
        let mut found = names(stored);
        found.sort();
        assert_eq!(found, expect, "{stored}");
        for name in found {
            let bucket = mappings.find(&BucketName::parse(&name).unwrap()).unwrap();
            assert_eq!(&*bucket.stored_as, stored, "{name}");
        }
    }
}

#[test]
fn patterns_that_are_none() {
    for (text, expect) in [
        ("", PatternError::Empty),
        ("{a}/", PatternError::Empty),
        ("/{a}", PatternError::Empty),
        ("{a}//{b}", PatternError::Empty),
        ("{a", PatternError::Brace),
        ("a}", PatternError::Brace),
        ("{a}}", PatternError::Brace),
        ("{}", PatternError::Variable("".into())),
        ("{A}", PatternError::Variable("A".into())),
        ("{1a}", PatternError::Variable("1a".into())),
        ("{a-b}", PatternError::Variable("a-b".into())),
        ("{a}{b}", PatternError::Crowded),
        ("{a}-{b}", PatternError::Crowded),
        ("{a}/{a}", PatternError::Twice("a".into())),
        ("Acme/{b}", PatternError::Literal("Acme".into())),
        ("a/{b}", PatternError::Literal("a".into())),
        ("{a}_x", PatternError::Literal("{a}_x".into())),
        ("{a}/..", PatternError::Literal("..".into())),
        ("{a}/b c", PatternError::Literal("b c".into())),
        ("{a}/%2F", PatternError::Literal("%2F".into())),
    ] {
        assert_eq!(NamePattern::parse(text), Err(expect), "{text}");
    }
    for text in ["{bucket}", "acme/special", "acme/Old_Name", "{org}-data", "{a}/x-{b}-y/{c}"] {
        assert_eq!(NamePattern::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn templates_that_are_none_or_would_make_two_names_one() {
    let runs_on = |name: &str| Some(TemplateError::RunsOn(name.into()));
    for (pattern, stored, prefix, expect) in [
        ("{a}/{b}", "x", "{a}/{b}/", None),
        ("{a}/{b}", "{a}", "{b}/", None),
        ("{a}/{b}", "x", "{b}/in/{a}_", None),
        ("{a}/{b}", "{a}_{b}", "", None),
        ("{a}/{b}", "{a}-{b}", "", runs_on("a")),
        ("{a}/{b}", "{a}{b}", "", runs_on("a")),
        ("{a}/{b}", "x", "{a}.{b}/", runs_on("a")),
        ("{a}/{b}", "x", "{a}/{b}", runs_on("b")),
        ("{a}/{b}", "x", "{a}/{b}-x", runs_on("b")),
        (
            "{a}/{b}",
            "x",
            "{a/{b}/",
            Some(TemplateError::Unknown { written: "a/{b".into(), known: vec!["a".into(), "b".into()] }),
        ),
        ("{a}", "x", "{a}}/", Some(TemplateError::Brace)),
        ("{a}", "{a", "", Some(TemplateError::Brace)),
        ("{a}", "{b}", "", Some(TemplateError::Unknown { written: "b".into(), known: vec!["a".into()] })),
        ("acme/special", "{b}", "", Some(TemplateError::Unknown { written: "b".into(), known: vec![] })),
    ] {
        let pattern = NamePattern::parse(pattern).unwrap();
        let found = Template::name(stored, &pattern).and_then(|_| Template::prefix(prefix, &pattern));
        assert_eq!(found.err(), expect, "{pattern} = {stored} | {prefix}");
    }
}

#[test]
fn a_variable_in_no_template_would_make_two_names_one() {
    let pattern = NamePattern::parse("{a}/{b}").unwrap();
    let stored = Template::name("x", &pattern).unwrap();
    let prefix = Template::prefix("{a}/", &pattern).unwrap();
    let made = Mapping::new(pattern, backend("store"), stored, prefix, &[]);
    assert_eq!(made.err(), Some(Unused("b".into())));
}

#[test]
fn ambiguous_patterns() {
    for (a, b, expect) in [
        ("{a}", "{b}", true),
        ("{a}", "{b}/{c}", true),
        ("acme", "acme/special", true),
        ("{a}", "acme/special", false),
        ("{a}", "{a}-data", false),
        ("x-{a}", "{a}-y", true),
        ("xx-{a}", "{a}-y", false),
        ("x-{a}", "y-{a}", false),
        ("{a}-x", "{a}-y", false),
        ("{a}/{b}", "{c}/{d}", true),
        ("{a}/{b}", "acme/{d}", false),
        ("{a}/special", "acme/{d}", false),
        ("{a}/special", "{b}/special", true),
        ("{a}/special", "{b}/other", false),
        ("x-{a}/p", "{a}-y/{b}", false),
    ] {
        let (a, b) = (NamePattern::parse(a).unwrap(), NamePattern::parse(b).unwrap());
        assert_eq!(a.is_ambiguous_with(&b), expect, "{a} {b}");
        assert_eq!(b.is_ambiguous_with(&a), expect, "{b} {a}");
    }
}

#[test]
fn cross_origin_rules_are_those_of_the_pattern_that_has_the_name() {
    let plain = mappings(&[
        "acme/roads = s | a/r/",
        "acme/{product} = s | a/{product}/x/",
        "{org}/{product} = s | {org}/{product}/",
    ]);
    // Told apart by how long a browser may remember.
    let ages = [("acme/roads", 1), ("acme/{product}", 2), ("{org}/{product}", 3)];
    let rules = |mapping: &Mapping| {
        let pattern = mapping.pattern.to_string();
        let age = ages.iter().find(|(name, _)| *name == pattern).map(|(_, age)| *age);
        Arc::new(Cors::new(vec![crate::CorsRule {
            origins: vec![crate::OriginPattern::any()],
            methods: vec![http::Method::GET],
            headers: Vec::new(),
            expose: Vec::new(),
            max_age: age,
        }]))
    };
    let mappings = Mappings::new(plain.iter().map(|m| m.clone().with_cors(rules(m))).collect());
    for (bucket, inside, expect) in [
        ("acme", "roads/a.tif", 1),
        ("acme", "roads/", 1),
        ("acme", "rivers/a.tif", 2),
        ("other", "roads/a.tif", 3),
        // Above the names, whatever may follow: the most literal.
        ("acme", "", 1),
        ("acme", "ro", 1),
        ("other", "", 3),
    ] {
        let bucket = BucketName::parse(bucket).unwrap();
        let to = Destination { bucket, object: true, inside: inside.to_owned() };
        let document = String::from_utf8(mappings.cors(&to).document("b").unwrap()).unwrap();
        let found = format!("<MaxAgeSeconds>{expect}</MaxAgeSeconds>");
        assert!(document.contains(&found), "{} {inside}: {document}", to.bucket);
    }
    let nothing =
        Destination { bucket: BucketName::parse("acme").unwrap(), object: false, inside: String::new() };
    assert!(Mappings::default().cors(&nothing).is_empty());
}
