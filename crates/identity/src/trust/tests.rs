use serde_json::{Value, json};

use super::{Condition, Trust, TrustRefusal};
use crate::{Claims, Issuer, IssuerUrl, Pattern};

fn patterns(all: &[&str]) -> Box<[Pattern]> {
    all.iter().map(|text| Pattern::new(*text)).collect()
}

fn condition(claim: &str, any: &[&str]) -> Condition {
    Condition { claim: claim.into(), any: patterns(any) }
}

fn trust() -> Trust {
    Trust {
        issuer: Issuer::new(IssuerUrl::parse("https://i.example").unwrap()),
        audiences: ["sts".into(), "other".into()].into(),
        subjects: patterns(&["repo:org/*:ref:refs/heads/main", "exact"]),
        conditions: Box::default(),
    }
}

fn claims(more: &Value) -> Claims {
    let mut all = json!({
        "iss": "https://i.example", "sub": "repo:org/x:ref:refs/heads/main", "aud": "sts", "exp": 2,
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Claims::read(all.as_object().unwrap().clone(), 1).unwrap()
}

#[test]
fn r_oidc_04_issuer_and_audience_match_exactly() {
    let audience = TrustRefusal::Audience { expected: trust().audiences };
    let check = |more: Value, expect: Result<&str, TrustRefusal>| {
        assert_eq!(trust().admits(&claims(&more)), expect, "{more}");
    };
    check(json!({}), Ok("sts"));
    check(json!({ "aud": ["x", "other"] }), Ok("other"));
    for issuer in ["https://i.example/", "https://I.example", "http://i.example", "https://i.example.evil"] {
        check(json!({ "iss": issuer }), Err(TrustRefusal::Issuer));
    }
    for aud in ["STS", "sts ", "st", "stsx", "*", "https://sts"] {
        check(json!({ "aud": aud }), Err(audience.clone()));
    }
    // Who asked for the token says nothing of whom it is for.
    check(json!({ "aud": "x", "azp": "sts" }), Err(audience));
}

#[test]
fn r_oidc_04_a_subject_matches_as_a_whole() {
    let check = |subject: &str, expect: bool| {
        let trust = trust();
        let found = trust.admits(&claims(&json!({ "sub": subject })));
        assert_eq!(found, if expect { Ok("sts") } else { Err(TrustRefusal::Subject) }, "{subject}");
    };
    check("repo:org/a/b:ref:refs/heads/main", true);
    check("exact", true);
    check("repo:org-evil/x:ref:refs/heads/main", false);
    check("repo:org/x:ref:refs/heads/main2", false);
    check("repo:org/x:ref:refs/heads/mainx ", false);
    check("x repo:org/x:ref:refs/heads/main", false);
    check("Exact", false);
    check("exact ", false);
    check("*", false);
}

#[test]
fn conditions_hold_for_strings_lists_booleans_and_numbers() {
    let check = |conditions: &[Condition], more: Value, expect: bool| {
        let trust = Trust { conditions: conditions.into(), ..trust() };
        assert_eq!(trust.admits(&claims(&more)).is_ok(), expect, "{conditions:?} {more}");
    };
    let owner = condition("repository_owner", &["org"]);
    check(std::slice::from_ref(&owner), json!({ "repository_owner": "org" }), true);
    check(std::slice::from_ref(&owner), json!({ "repository_owner": "orgx" }), false);
    check(std::slice::from_ref(&owner), json!({ "repository_owner": null }), false);
    check(std::slice::from_ref(&owner), json!({ "repository_owner": {} }), false);
    check(std::slice::from_ref(&owner), json!({}), false);
    let environment = condition("environment", &["a", "b"]);
    check(std::slice::from_ref(&environment), json!({ "environment": "b" }), true);
    check(std::slice::from_ref(&environment), json!({ "environment": "c" }), false);
    check(&[owner.clone(), environment.clone()], json!({ "repository_owner": "org" }), false);
    check(&[owner, environment], json!({ "repository_owner": "org", "environment": "a" }), true);
    let tags = condition("ref", &["refs/tags/*"]);
    check(std::slice::from_ref(&tags), json!({ "ref": "refs/tags/v1" }), true);
    check(&[tags], json!({ "ref": "refs/heads/refs/tags/v1" }), false);
    let groups = condition("groups", &["admins", "data-*"]);
    check(std::slice::from_ref(&groups), json!({ "groups": ["x", "data-1"] }), true);
    check(std::slice::from_ref(&groups), json!({ "groups": ["x", "adminsx"] }), false);
    check(std::slice::from_ref(&groups), json!({ "groups": [] }), false);
    check(&[groups], json!({ "groups": ["admins", {}] }), false);
    check(&[condition("verified", &["true"])], json!({ "verified": true }), true);
    check(&[condition("verified", &["true"])], json!({ "verified": false }), false);
    check(&[condition("id", &["42"])], json!({ "id": 42 }), true);
    check(&[condition("id", &["42"])], json!({ "id": 42.0 }), false);
    check(&[condition("/realm_access/roles", &["r"])], json!({ "realm_access": { "roles": ["r"] } }), true);
}

#[test]
fn what_is_empty_lets_nobody_in() {
    let audience = TrustRefusal::Audience { expected: Box::default() };
    let check = |trust: Trust, expect: TrustRefusal| {
        assert_eq!(trust.admits(&claims(&json!({ "any": "" }))), Err(expect));
    };
    check(Trust { audiences: Box::default(), ..trust() }, audience);
    check(Trust { subjects: Box::default(), ..trust() }, TrustRefusal::Subject);
    let conditions = Box::new([condition("any", &[])]);
    check(Trust { conditions, ..trust() }, TrustRefusal::Claim { name: "any".into() });
}
