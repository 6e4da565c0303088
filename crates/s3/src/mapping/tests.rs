use super::*;
use crate::{BackendAuth, Caller, Endpoint};
use brigade_policy::{Action, Ask, Target};
use proptest::prelude::*;

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

/// Where a key is: `bucket | key` at the store, `above`, or `none`. Without a key, the prefix.
fn place(mappings: &Arc<Mappings>, bucket: &str, key: &str) -> String {
    let Ok(bucket) = BucketName::parse(bucket) else { return "none".into() };
    let inside = if key.is_empty() { Inside::Whole } else { Inside::Key(key) };
    match mappings.find(&Named { bucket: &bucket, inside }) {
        None => "none".into(),
        Some(Found::Above(_)) => "above".into(),
        Some(Found::Bucket(bucket)) => format!("{} | {}", bucket.stored_as, bucket.stored_key(key).unwrap()),
    }
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
        assert_eq!(place(&mappings, name, ""), expect, "{name}");
    }
}

/// Ceph RGW answers `/admin/metadata/user` with its users, signed by an account that may read them.
#[test]
fn a_pattern_never_becomes_what_a_store_keeps_for_itself() {
    let mappings = mappings(&[
        "{bucket} = {bucket}",
        "x-{b} = {b}",
        "{org}-data = fixed | {org}/",
        "to-{org}/{product} = {org} | {product}/",
        "by-{org}/{product} = {product} | {org}/",
        "by-{org}/special = elsewhere | {org}/",
    ]);
    for kept in ["admin", "auth", "minio", "swift"] {
        for (bucket, key, expect) in [
            (kept.to_owned(), "metadata/user", "none"),
            (kept.to_owned(), "", "none"),
            // The more literal pattern has the name; no other takes its place.
            (format!("x-{kept}"), "metadata/user", "none"),
            (format!("{kept}-data"), "k", &*format!("fixed | {kept}/k")),
            (format!("{kept}-1"), "k", &*format!("{kept}-1 | k")),
            (format!("to-{kept}"), "roads/k", "above"),
            ("by-me1".into(), &*format!("{kept}/metadata/user"), "above"),
            ("by-me1".into(), "special/k", "elsewhere | me1/k"),
        ] {
            assert_eq!(place(&mappings, &bucket, key), expect, "{bucket}/{key}");
        }
        assert!(mappings.open().iter().all(|open| open.client_name(kept).is_none()), "{kept}");
        let name = BucketName::parse(&format!("to-{kept}")).unwrap();
        let Some(Found::Above(above)) = mappings.find(&Named { bucket: &name, inside: Inside::Whole }) else {
            panic!("{kept} is no place");
        };
        assert!(above.is_nothing("") && above.through("", false).is_none(), "nothing of {kept} is listed");
    }
    // What an operator has written out is meant.
    let written = self::mappings(&["{account}/{product} = admin | {account}/{product}/"]);
    assert_eq!(place(&written, "acme", "roads/k"), "admin | acme/roads/k");
}

#[test]
fn no_pattern_no_bucket() {
    let mappings = mappings(&["{org}-data = {org}"]);
    for name in ["data", "acme-dat", "acme-data-x", "acme.data", "-data"] {
        assert_eq!(place(&mappings, name, ""), "none", "{name}");
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
            assert_eq!(place(&mappings, &name, ""), format!("{stored} | "), "{name}");
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
        let to = Destination { bucket, object: true, inside: inside.into() };
        let document = String::from_utf8(mappings.cors(&to).document("b").unwrap()).unwrap();
        let found = format!("<MaxAgeSeconds>{expect}</MaxAgeSeconds>");
        assert!(document.contains(&found), "{} {inside}: {document}", to.bucket);
    }
    let nothing =
        Destination { bucket: BucketName::parse("acme").unwrap(), object: false, inside: "".into() };
    assert!(Mappings::default().cors(&nothing).is_empty());
}

/// As data.source.coop has it, with an account that is elsewhere and a product that is.
const PATHS: [&str; 5] = [
    "{account}/{product} = opendata | data/{account}/{product}/",
    "sentinel/{product} = sentinel-{product}",
    "acme/special = acme-special | in/",
    "acme/{product}-old = archive | {product}/old/",
    "{bucket}-raw = {bucket}-raw",
];

#[test]
fn keys_of_names_of_several_segments() {
    let mappings = mappings(&PATHS);
    for (bucket, key, expect) in [
        ("acme", "roads/2026/a.tif", "opendata | data/acme/roads/2026/a.tif"),
        ("acme", "roads//a/../b", "opendata | data/acme/roads//a/../b"),
        ("acme", "roads/", "opendata | data/acme/roads/"),
        ("acme", "roads//", "opendata | data/acme/roads//"),
        ("acme", "special/x", "acme-special | in/x"),
        ("acme", "special/", "acme-special | in/"),
        ("acme", "special2/x", "opendata | data/acme/special2/x"),
        ("acme", "roads-old/x", "archive | roads/old/x"),
        ("other", "special/x", "opendata | data/other/special/x"),
        ("other", "roads-old/x", "opendata | data/other/roads-old/x"),
        ("sentinel", "s2/x", "sentinel-s2 | x"),
        // An object without a name.
        ("sentinel", "s2/", "above"),
        ("x-raw", "any/key", "x-raw | any/key"),
        ("acme", "", "above"),
        ("acme", "roads", "above"),
        ("acme", "/roads/x", "above"),
        ("acme", "./x", "above"),
        ("acme", "../x", "above"),
        ("acme", "a..b/x", "above"),
        ("acme", "Roads/x", "above"),
        ("acme", "ro ads/x", "above"),
        ("acme", "ro%2Fads/x", "above"),
        ("acme", "-roads/x", "above"),
        ("acme", "r\\s/x", "above"),
        ("acme", "röads/x", "above"),
        ("..", "x/y", "none"),
        ("Acme", "x/y", "none"),
    ] {
        assert_eq!(place(&mappings, bucket, key), expect, "{bucket} {key}");
    }
}

#[test]
fn names_of_three_segments() {
    let mappings = mappings(&[
        "{org}/{account}/{product} = all | {org}/{account}/{product}/",
        "{org}/lab/x = lab | {org}/",
    ]);
    for (key, expect) in [
        ("a/b/c", "all | org/a/b/c"),
        ("lab/x/k", "lab | org/k"),
        ("lab/y/k", "all | org/lab/y/k"),
        ("a/b", "above"),
        ("a", "above"),
        ("a//c", "above"),
    ] {
        assert_eq!(place(&mappings, "org", key), expect, "{key}");
    }
}

/// What the levels above names can tell.
fn above(mappings: &Arc<Mappings>, bucket: &str) -> Above {
    let bucket = BucketName::parse(bucket).unwrap();
    match mappings.find(&Named { bucket: &bucket, inside: Inside::Whole }) {
        Some(Found::Above(above)) => above,
        found => panic!("{found:?}"),
    }
}

#[test]
fn levels() {
    let paths = mappings(&PATHS);
    let aligned =
        mappings(&["{a}/{b}/{c} = x | pre/{a}/{b}/{c}/", "{a}/lab/{c}-x = y | {a}/{c}-x/", "lit/a/b = l"]);
    let other = mappings(&[
        "{a}/{b} = x | {b}/{a}/",
        "aa-{a}/{b} = {a}_{b}",
        "bb-{a}/{b} = x | p-{a}-/-{b}/",
        "cc-{a}/{b} = x | {a}_{b}/",
    ]);
    for (mappings, bucket, prefix, expect) in [
        (&paths, "other", "", "opendata:data/other/[]"),
        (&paths, "other", "ro", "opendata:data/other/[ro]"),
        // `{product}-old` is not a folder of its bucket.
        (&paths, "acme", "", "unlisted"),
        (&paths, "sentinel", "", "unlisted"),
        (&paths, "acme", "/", ""),
        (&paths, "acme", "Ro", ""),
        (&aligned, "org", "", "lab x:pre/org/[]"),
        (&aligned, "org", "la", "lab x:pre/org/[la]"),
        (&aligned, "org", "z", "x:pre/org/[z]"),
        (&aligned, "org", "lab/", "x:pre/org/lab/[] y:org/[]"),
        (&aligned, "lit", "", "a lab x:pre/lit/[]"),
        (&aligned, "lit", "a/", "b x:pre/lit/a/[]"),
        (&other, "org", "", "unlisted"),
        (&other, "aa-1", "", "unlisted"),
        (&other, "bb-1", "", "unlisted"),
        (&other, "cc-1", "", "unlisted"),
    ] {
        let found = match above(mappings, bucket).level(prefix) {
            Err(_) => "unlisted".to_owned(),
            Ok(level) => {
                let named = level.named.iter().map(|(name, _)| name.clone());
                let open = level.open.iter().map(|s| format!("{}:{}[{}]", s.stored_as, s.base, s.begin));
                let mut all: Vec<_> = named.chain(open).collect();
                all.sort();
                all.join(" ")
            }
        };
        assert_eq!(found, expect, "{bucket} {prefix:?}");
    }
}

#[test]
fn listings_that_one_place_can_answer() {
    let paths = mappings(&PATHS);
    let one = mappings(&["acme/special = s | in/", "{org}/x/{c} = x | {org}/{c}/"]);
    for (mappings, bucket, prefix, delimited, expect) in [
        (&paths, "other", "", false, "opendata | data/other/ | "),
        (&paths, "other", "ro", true, "opendata | data/other/ | "),
        (&paths, "acme", "", false, "none"),
        (&paths, "acme", "z", false, "none"),
        (&one, "acme", "", false, "s | in/ | special/"),
        (&one, "acme", "spec", false, "s | in/ | special/"),
        // A delimiter groups by what follows the prefix, which the store does not have.
        (&one, "acme", "spec", true, "none"),
        (&one, "acme", "x", false, "none"),
        (&one, "org", "", false, "none"),
        (&one, "org", "x/", false, "x | org/ | x/"),
    ] {
        let bucket_found = above(mappings, bucket).through(prefix, delimited);
        let found =
            bucket_found.map_or("none".into(), |b| format!("{} | {} | {}", b.stored_as, b.prefix, b.within));
        assert_eq!(found, expect, "{bucket} {prefix:?}");
    }
}

#[test]
fn r_authz_04_what_is_public_above_a_name_is_what_is_public_below() {
    let store = backend("store");
    let mapping = |pattern: &str, public: &[GrantAction]| {
        let pattern = NamePattern::parse(pattern).unwrap();
        let stored_as = Template::name("x", &pattern).unwrap();
        let text = pattern.variables().map(|name| format!("{{{name}}}/")).collect::<String>();
        let prefix = Template::prefix(&text, &pattern).unwrap();
        Mapping::new(pattern, Arc::clone(&store), stored_as, prefix, public).unwrap()
    };
    let all = vec![
        mapping("{a}/{b}", &[]),
        mapping("{a}/open", &[GrantAction::Read, GrantAction::List]),
        mapping("all/{b}", &[GrantAction::List]),
    ];
    let mappings = Arc::new(Mappings::new(all));
    for (bucket, prefix, expect) in [
        ("acme", "", true),
        ("acme", "op", true),
        ("acme", "x", false),
        ("acme", "open2", false),
        ("acme", "openx", false),
        ("all", "", true),
        ("all", "x", true),
    ] {
        let ask = Ask::new(Action::ListBucket, Target::Listing { bucket, prefix });
        let decision = above(&mappings, bucket).decide(&Caller::Anonymous, &ask);
        assert_eq!(decision.is_allowed(), expect, "{bucket} {prefix}");
        let ask = Ask::new(Action::GetObject, Target::Object { bucket, key: "open" });
        assert!(!above(&mappings, bucket).decide(&Caller::Anonymous, &ask).is_allowed(), "{bucket}");
    }
}

/// A pattern of one to three segments, and templates of its variables; many are refused.
fn templates() -> impl Strategy<Value = (String, String, String)> {
    let segment = |at: usize| prop_oneof![3 => Just(format!("{{v{at}}}")), 1 => Just(format!("x-{{v{at}}}")), 1 => Just(format!("{{v{at}}}.y")), 1 => Just("lit".to_owned())];
    let piece = prop_oneof![
        3 => (0..3_usize).prop_map(|at| format!("{{v{at}}}")),
        2 => Just("/".to_owned()),
        1 => Just("-".to_owned()),
        1 => Just("_".to_owned()),
        1 => Just("ab".to_owned()),
    ];
    let pattern = (1..4_usize, segment(0), segment(1), segment(2))
        .prop_map(|(depth, a, b, c)| [a, b, c][..depth].join("/"));
    let text = |pieces| proptest::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat());
    let any = (pattern.clone(), text(piece.clone()), text(piece));
    // Each variable once, in some order, mostly with a mark behind it; some of them in the bucket's name.
    let mark = prop_oneof![4 => Just("/"), 1 => Just("_"), 1 => Just("-/ab"), 1 => Just("")];
    let marks = proptest::collection::vec(mark, 3);
    let order = Just(vec![0, 1, 2]).prop_shuffle();
    let likely = (pattern, order, marks, 0..3_usize).prop_map(|(pattern, order, marks, in_name)| {
        let held = order.into_iter().filter(|at| pattern.contains(&format!("{{v{at}}}")));
        let held: Vec<_> = held.zip(marks).map(|(at, mark)| format!("{{v{at}}}{mark}")).collect();
        let (name, prefix) = held.split_at(in_name.min(held.len()));
        let name = name.concat();
        (pattern, if name.is_empty() { "s".to_owned() } else { name.replace('/', "_") }, prefix.concat())
    });
    prop_oneof![1 => any, 4 => likely]
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        // Few names, so that those which could meet do.
        16 => "a{1,2}",
        2 => "[ab]{1,3}",
        2 => "[ab-]{1,4}",
        2 => "x-[ab]{1,2}",
        2 => "[ab]{1,2}\\.y",
        1 => Just("lit".to_owned()),
        1 => Just("..".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just(String::new()),
        1 => "[aA/%\\\\é ]{1,3}",
    ]
}

fn key() -> impl Strategy<Value = String> {
    proptest::collection::vec(segment(), 1..5).prop_map(|segments| segments.join("/"))
}

fn bucket() -> impl Strategy<Value = String> {
    prop_oneof![4 => "a{3,4}", 1 => "[ab]{3,4}", 1 => "x-[ab]{1,3}", 1 => "[ab]{1,3}\\.y", 1 => Just("lit".to_owned())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The client's key to the store's and back is the same key, and two of the client's are never one at the store.
    #[test]
    fn names_come_back_as_they_went_and_never_meet(
        (pattern, stored, prefix) in templates(),
        names in proptest::collection::vec((bucket(), key()), 2..24),
    ) {
        let Ok(pattern) = NamePattern::parse(&pattern) else { return Ok(()) };
        let Ok(stored_as) = Template::name(&stored, &pattern) else { return Ok(()) };
        let Ok(prefix) = Template::prefix(&prefix, &pattern) else { return Ok(()) };
        let Ok(mapping) = Mapping::new(pattern, backend("store"), stored_as, prefix, &[]) else { return Ok(()) };
        let mappings = Arc::new(Mappings::new(vec![mapping]));
        let mut met = HashMap::new();
        for (bucket, key) in names {
            let Ok(name) = BucketName::parse(&bucket) else { continue };
            let Some(Found::Bucket(found)) = mappings.find(&Named { bucket: &name, inside: Inside::Key(&key) }) else { continue };
            prop_assert!(key.starts_with(&*found.within));
            prop_assert!(!found.stored_as.contains('/') || stored.contains('/'));
            let Ok(at_store) = found.stored_key(&key) else { continue };
            prop_assert!(!at_store.is_empty());
            prop_assert!(at_store.starts_with(&*found.prefix));
            // No value climbs: every segment of the prefix that has a variable is a value, with literal text around it.
            prop_assert!(!found.prefix.split('/').any(|segment| matches!(segment, "." | "..")));
            prop_assert_eq!(found.names().client(&at_store), Some(key.clone()));
            prop_assert_eq!(found.names().stored(&key), at_store.clone());
            let whose = met.entry((found.stored_as.clone(), at_store)).or_insert_with(|| (bucket.clone(), key.clone()));
            prop_assert_eq!(&*whose, &(bucket, key));
        }
    }
}
