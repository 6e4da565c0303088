//! A gateway that is an issuer, before a store that knows it by a role.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
use brigade_gateway::{Gateway, Settings};
use brigade_identity::federation::{AwsRole, Federation, FederationKey, RoleArn, SessionName};
use brigade_s3::{Addressing, Backend, BackendAuth, Domain};
use brigade_testkit::{Answer, Ask, Ledger, NOW, RealSignatures, arrival_at, keys};

use crate::cloud::{Clouds, ISSUER};

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/data";

/// A new key of RSA.
pub(crate) fn rsa() -> FederationKey {
    let der: Pkcs8V1Der<'static> = RsaKeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
    FederationKey::from_pkcs8(der.as_ref().to_vec()).unwrap()
}

/// A new key of P-256.
pub(crate) fn p256() -> FederationKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    FederationKey::from_pkcs8(pair.to_pkcs8v1().unwrap().as_ref().to_vec()).unwrap()
}

pub(crate) fn role() -> AwsRole {
    let arn = RoleArn::parse(ROLE).unwrap();
    AwsRole {
        endpoint: arn.regional_endpoint("eu-test-1").unwrap(),
        arn,
        subject: "landsat".into(),
        audience: "sts.amazonaws.com".into(),
        session_name: SessionName::parse("brigade").unwrap(),
        duration: 3600,
        policy: None,
    }
}

/// The gateway, and all that it reaches.
pub(crate) struct Site {
    gateway: Gateway<Clouds, Ledger, RealSignatures>,
    pub(crate) clouds: Clouds,
}

impl Site {
    /// A gateway with this key before a store that knows it by [`role`].
    pub(crate) async fn new(key: FederationKey) -> Self {
        Self::with(key, Vec::new(), BackendAuth::Role(Arc::new(role()))).await
    }

    /// The same with more keys, known to the store in another way. The clouds read the gateway's documents.
    pub(crate) async fn with(key: FederationKey, others: Vec<FederationKey>, auth: BackendAuth) -> Self {
        let site = Self::untrusted(key, others, auth);
        site.publish().await;
        site
    }

    /// The same, whose keys no cloud has read.
    pub(crate) fn untrusted(key: FederationKey, others: Vec<FederationKey>, auth: BackendAuth) -> Self {
        Self::build(Clouds::default(), Some(Federation::new(ISSUER, key, others)), auth)
    }

    /// A gateway that is no issuer.
    pub(crate) fn plain(auth: BackendAuth) -> Self {
        Self::build(Clouds::default(), None, auth)
    }

    /// The same clouds before another gateway, as after a restart, with other keys.
    pub(crate) fn succeeded(&self, key: FederationKey, others: Vec<FederationKey>) -> Self {
        let auth = BackendAuth::Role(Arc::new(role()));
        Self::build(self.clouds.clone(), Some(Federation::new(ISSUER, key, others)), auth)
    }

    fn build(clouds: Clouds, federation: Option<Federation>, auth: BackendAuth) -> Self {
        let settings = Settings {
            addressing: Addressing::new(vec![Domain::parse("gateway.test").unwrap()]),
            region: Arc::from("us-east-1"),
            sessions: Arc::default(),
        };
        let backend = Backend { auth, ..Ledger::remote() };
        let gateway = Gateway::new(clouds.clone(), Ledger::standard(backend), settings);
        let gateway = gateway.with_signatures(RealSignatures);
        let gateway = match federation {
            Some(federation) => gateway.with_federation(federation),
            None => gateway,
        };
        Self { gateway, clouds }
    }

    /// Lets the clouds read the keys where they are published.
    pub(crate) async fn publish(&self) {
        let discovery = self.send(Ask::new("GET", "/.well-known/openid-configuration"), NOW).await;
        let discovery: serde_json::Value = serde_json::from_slice(&discovery.body).unwrap();
        assert_eq!(discovery["issuer"], ISSUER);
        let keys = discovery["jwks_uri"].as_str().unwrap().strip_prefix(ISSUER).unwrap();
        let keys = self.send(Ask::new("GET", keys), NOW).await;
        self.clouds.trust(serde_json::from_slice(&keys.body).unwrap());
    }

    /// Sends a request at a time.
    pub(crate) async fn send(&self, ask: Ask, at: u64) -> Answer {
        self.clouds.clock(at);
        let mut arrival = arrival_at(at);
        arrival.seed = self.clouds.seed();
        let reply = Box::pin(self.gateway.handle(ask.request(), arrival)).await;
        let (head, body) = reply.response.into_parts();
        let (body, ended) = body.drain();
        Answer { status: head.status.as_u16(), headers: head.headers, body, ended, record: reply.record }
    }

    /// Reads an object at a time.
    pub(crate) async fn read(&self, at: u64) -> Answer {
        self.send(Ask::new("GET", "/private/team/k").sign(&keys::full().at(at)), at).await
    }
}
