//! `brigade explain`: what a configuration lets a caller do, and which statement says so.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use brigade_config::ConfigRegistry;
use brigade_gateway::Registry as _;
use brigade_identity::claim_texts;
use brigade_policy::{Action, Ask, Decision, Facts, Level, Policy, Scopes, Target};
use brigade_s3::{BucketName, Caller, Found, Inside, Named};
use clap::Args;
use serde_json::{Map, Value};

use crate::{cli, clock, configuration};

/// What `brigade explain` takes.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    who: Who,
    /// The claims of the token that the session came from, as a JSON object.
    #[arg(long, value_name = "JSON", requires = "role")]
    claims: Option<String>,
    /// The action, such as s3:GetObject.
    action: String,
    /// What it is done to: s3://BUCKET, s3://BUCKET/KEY, or for listings s3://BUCKET/PREFIX.
    resource: String,
    /// What conditions are to be told, such as aws:SourceIp=203.0.113.7; again for a key with several values.
    #[arg(long = "fact", value_name = "NAME=VALUE")]
    facts: Vec<String>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Who {
    /// Ask for the holder of this key.
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// Ask for a session of this role.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Ask for somebody who does not sign.
    #[arg(long)]
    anonymous: bool,
}

/// Prints the answer, and exits with 0 if it is yes, with 1 if it is no, and with 2 if there is none.
pub(crate) fn main(explain: &Explain) -> ExitCode {
    match explain.answer() {
        Ok((true, text)) => cli::print(&text),
        Ok((false, text)) => {
            let _ = cli::print(&text);
            ExitCode::FAILURE
        }
        Err(why) => {
            let _ = cli::fail(&why);
            ExitCode::from(2)
        }
    }
}

/// Who asks, and what of them a configuration says.
struct Asker {
    called: String,
    /// What its own policy is called.
    own: &'static str,
    policy: Option<std::sync::Arc<Policy>>,
    facts: Facts,
}

impl Explain {
    fn answer(&self) -> Result<(bool, String), String> {
        let registry = configuration::read(&self.config)?.into_registry();
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|why| why.to_string())?;
        let action = Action::from_name(&self.action).ok_or_else(|| {
            let meant = Action::meant_by(&self.action).map(|meant| format!("; did you mean {meant}?"));
            format!("no action is called {:?}{}", self.action, meant.unwrap_or_default())
        })?;
        let (bucket, path) = self.place()?;
        let target = target(action, &bucket, path)?;
        let named = Named {
            bucket: &bucket,
            inside: match target {
                Target::Bucket(_) => Inside::Whole,
                Target::Listing { prefix, .. } => Inside::Listing(prefix),
                Target::Object { key, .. } => Inside::Key(key),
            },
        };
        let found = runtime.block_on(registry.bucket(&named, &Caller::Anonymous)).map_err(said)?;
        let of_bucket = match &found {
            Some(Found::Bucket(bucket)) => Some(&*bucket.public),
            Some(Found::Above(_)) | None => None,
        };
        let mut asker = runtime.block_on(self.asker(&registry, of_bucket))?;
        let request = self.told(target, &mut asker.facts)?;
        let ask = Ask::new(action, target).with(&request).by(&asker.facts);
        let scopes = Scopes { own: asker.policy.as_deref(), limits: &[], bucket: of_bucket };
        let decision = scopes.decide(&ask);

        let what = match target {
            Target::Bucket(bucket) => bucket.to_owned(),
            Target::Listing { bucket, prefix } => format!("{bucket} with the prefix {prefix:?}"),
            Target::Object { bucket, key } => format!("{bucket}/{key}"),
        };
        let allowed = decision.is_allowed() && found.is_some();
        let verdict = if allowed { "allowed" } else { "refused" };
        let mut text = format!("{verdict}: {action} on {what}, for {}", asker.called);
        let mut line = |of: &str, policy: Option<&Policy>| {
            if let Some(policy) = policy {
                let _ = write!(text, "\n  {of}: {}", words(&policy.decide(&ask)));
            }
        };
        line(asker.own, asker.policy.as_deref());
        line("the bucket", of_bucket);
        match &found {
            Some(Found::Bucket(_)) => {}
            Some(Found::Above(_)) => text.push_str(
                "\n  the bucket has several places; each may be public by its own entry, which is not asked here",
            ),
            None => text.push_str("\n  there is no such bucket in the configuration"),
        }
        if let Decision::NotAllowed = decision {
            let _ = write!(text, "\n  missing: a statement or grant that allows {action} on {what}");
        }
        let missing = missing([asker.policy.as_deref(), of_bucket], &ask, self.who.role.is_some());
        if !missing.is_empty() {
            let _ = write!(
                text,
                "\n  not told, and asked for: {}; tell it with --fact NAME=VALUE",
                missing.join(", ")
            );
        }
        Ok((allowed, text))
    }

    /// The bucket, and what follows it.
    fn place(&self) -> Result<(BucketName, Option<&str>), String> {
        let usage = || format!("{:?} is not s3://BUCKET or s3://BUCKET/KEY", self.resource);
        let rest = self.resource.strip_prefix("s3://").ok_or_else(usage)?;
        let (bucket, path) = match rest.split_once('/') {
            Some((bucket, path)) => (bucket, Some(path)),
            None => (rest, None),
        };
        Ok((BucketName::parse(bucket).map_err(|why| format!("{}: {why}", usage()))?, path))
    }

    async fn asker(&self, registry: &ConfigRegistry, bucket: Option<&Policy>) -> Result<Asker, String> {
        let mut facts = Facts::default();
        let mut add = |key: &str, value: &str| facts.add(key, [value]).map_err(said);
        if let Some(id) = &self.who.key {
            let key = registry.key(id).await.map_err(said)?;
            let key = key.ok_or_else(|| format!("no key is called {id:?}"))?;
            if key.disabled {
                return Err(format!("the key {id} is disabled, so it may do nothing"));
            }
            add("aws:PrincipalArn", &format!("arn:aws:iam::000000000000:user/{id}"))?;
            add("aws:PrincipalType", "User")?;
            add("aws:userid", id)?;
            add("aws:username", id)?;
            let called = format!("the key {id}");
            return Ok(Asker { called, own: "the key's policy", policy: Some(key.policy), facts });
        }
        if let Some(name) = &self.who.role {
            let role = registry.role(name).await.map_err(said)?;
            let role = role.ok_or_else(|| format!("no role is called {name:?}"))?;
            add("aws:PrincipalArn", &format!("arn:aws:iam::000000000000:role/{name}"))?;
            add("aws:PrincipalType", "AssumedRole")?;
            let claims = self.claims.as_deref().map(serde_json::from_str::<Map<String, Value>>).transpose();
            let claims = claims.map_err(|why| format!("--claims is not a JSON object: {why}"))?;
            let asked: BTreeSet<_> =
                role.policy.fact_keys().chain(bucket.into_iter().flat_map(Policy::fact_keys)).collect();
            for (key, claim) in asked.iter().filter_map(|key| Some((key, key.strip_prefix("jwt:")?))) {
                if let Some(texts) = claims.as_ref().and_then(|claims| claim_texts(claims, claim)) {
                    facts.add(key, texts.into_iter().map(|text| text.into_owned())).map_err(said)?;
                }
            }
            let called = format!("a session of the role {name}");
            return Ok(Asker { called, own: "the role's policy", policy: Some(role.policy.clone()), facts });
        }
        add("aws:PrincipalType", "Anonymous")?;
        add("aws:userid", "anonymous")?;
        Ok(Asker { called: "an anonymous caller".to_owned(), own: "", policy: None, facts })
    }

    /// The facts of the command line, and those that follow from what is asked. Those of callers go to `caller`.
    fn told(&self, target: Target<'_>, caller: &mut Facts) -> Result<Facts, String> {
        let mut request = Facts::default();
        let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
        for fact in &self.facts {
            let (key, value) = fact.split_once('=').ok_or_else(|| format!("{fact:?} is not NAME=VALUE"))?;
            match told.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key)) {
                Some((_, values)) => values.push(value),
                None => told.push((key, vec![value])),
            }
        }
        for (key, values) in told {
            let facts = if Facts::are_of_caller(key).map_err(said)? { &mut *caller } else { &mut request };
            facts.remove(key);
            facts.add(key, values).map_err(said)?;
        }
        let now = clock::timestamp(clock::system_time());
        let mut others =
            vec![("aws:CurrentTime", now.iso8601()), ("aws:EpochTime", now.as_unix().to_string())];
        if let Target::Listing { prefix, .. } = target
            && !prefix.is_empty()
        {
            others.push(("s3:prefix", prefix.to_owned()));
        }
        for (key, value) in others {
            if request.values(key).is_none() {
                request.add(key, [value]).map_err(said)?;
            }
        }
        Ok(request)
    }
}

fn target<'a>(action: Action, bucket: &'a BucketName, path: Option<&'a str>) -> Result<Target<'a>, String> {
    let lists = [Action::ListBucket, Action::ListBucketVersions, Action::ListBucketMultipartUploads];
    let bucket = bucket.as_str();
    match (action.level(), path.filter(|path| !path.is_empty())) {
        (Level::Object, Some(key)) => Ok(Target::Object { bucket, key }),
        (Level::Object, None) => Err(format!("{action} is done to an object; write s3://{bucket}/KEY")),
        (Level::Bucket, prefix) if lists.contains(&action) => {
            Ok(Target::Listing { bucket, prefix: prefix.unwrap_or_default() })
        }
        (Level::Bucket, None) => Ok(Target::Bucket(bucket)),
        (Level::Bucket, Some(_)) => Err(format!("{action} is done to a bucket; write s3://{bucket}")),
        (Level::Service, _) => Err(format!(
            "{action} is asked of no bucket: ListBuckets shows those in which something is allowed"
        )),
    }
}

/// The keys that the policies ask for and of which nothing is known. Of keys and of nobody all is known that there is.
fn missing(policies: [Option<&Policy>; 2], ask: &Ask<'_>, role: bool) -> Vec<String> {
    let keys: BTreeSet<_> = policies.into_iter().flatten().flat_map(Policy::fact_keys).collect();
    let known = |key: &str| ask.request.values(key).or(ask.caller.values(key)).is_some();
    let could_be = |key: &str| role || !Facts::are_of_caller(key).unwrap_or(false);
    keys.into_iter().filter(|key| !known(key) && could_be(key)).map(str::to_owned).collect()
}

fn words(decision: &Decision) -> String {
    match decision {
        Decision::Allowed { by } => format!("allowed by {by}"),
        Decision::DeniedBy { by } => format!("denied by {by}"),
        Decision::NotAllowed => "no statement speaks of it".to_owned(),
    }
}

fn said(why: impl ToString) -> String {
    why.to_string()
}
