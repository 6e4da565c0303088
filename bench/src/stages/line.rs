//! The straight line of a request, stage by stage, and whole.

use std::cell::RefCell;
use std::future::Future;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use brigade_config::{Config, ConfigRegistry, Sources};
use brigade_gateway::{Body as _, Gateway, Registry as _, SendError, Sessions, Settings, Upstream};
use brigade_s3::{
    Addressing, Arrival, BackendAuth, Caller, Delivery, Forward, Inbound, Lent, Operation, Outbound, Permit,
    Plan, S3Request, authorize,
};
use brigade_sigv4::{Presented, SigningKeys, Timestamp, Verified, Wire};
use bytes::Bytes;
use http::{Request, Response, request, response};

use crate::requests::{CONFIGURATION, Kind, NOW, listing};
use crate::stage::Stage;
use crate::whole::Whole;

/// All that the stages need beside each other's results.
struct Line {
    kind: Kind,
    head: request::Parts,
    arrival: Arrival,
    addressing: Addressing,
    registry: ConfigRegistry,
    signing: SigningKeys,
    page: Bytes,
}

struct Nothing;

impl Sources for Nothing {
    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, _: &Path) -> std::io::Result<String> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

/// A store that answers at once, with what lies ready.
#[derive(Clone, Default)]
struct Canned(Rc<RefCell<Vec<Response<Whole>>>>);

impl Upstream for Canned {
    type Body = Whole;

    async fn send(&self, _: Request<Whole>) -> Result<Response<Whole>, SendError> {
        self.0.borrow_mut().pop().ok_or(SendError::TimedOut)
    }
}

fn config() -> Config {
    Config::load(CONFIGURATION, "bench.toml", &Nothing).unwrap()
}

/// What a future that waits for nobody gives.
fn now<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("a stage waits"),
    }
}

impl Line {
    fn new(kind: Kind) -> Self {
        let arrival = Arrival { at: Timestamp::from_unix(NOW), from: None, secure: false, seed: [7; 32] };
        let page = match kind {
            Kind::List => listing().into(),
            Kind::Get | Kind::Put => Bytes::new(),
        };
        let config = config();
        let addressing = config.server.addressing.clone();
        let (registry, signing) = (config.into_registry(), SigningKeys::default());
        Self { kind, head: kind.head(), arrival, addressing, registry, signing, page }
    }

    fn parse(&self) -> (Operation, Presented) {
        let S3Request { operation, presented } = S3Request::parse(&self.head, &self.addressing).unwrap();
        (operation.unwrap(), presented.unwrap())
    }

    fn verify(&self, presented: Presented) -> Verified {
        let key = now(self.registry.key(presented.key_id())).unwrap().unwrap();
        presented
            .verify(&Wire::from(&self.head), &key.secret, "us-east-1", self.arrival.at, &self.signing)
            .unwrap()
    }

    fn authorize(&self, proof: &Verified, operation: Operation) -> Permit {
        let Operation::Bucket(request) = operation else { panic!("it names a bucket") };
        let key = now(self.registry.key(proof.key_id())).unwrap().unwrap();
        let caller = Caller::known(proof, key.policy);
        let bucket = now(self.registry.bucket(&request.named(), &caller)).unwrap();
        authorize(&caller, request, bucket, None, &self.head, &self.arrival).unwrap()
    }

    fn plan(&self, permit: Permit, proof: &Verified) -> Forward {
        match permit.plan(&self.head, Some(proof), &[], "us-east-1").unwrap() {
            Plan::Forward(forward) => *forward,
            Plan::Answer(_) | Plan::Relay(_) | Plan::Scouted(..) | Plan::Inquire(_) => {
                panic!("it is forwarded")
            }
        }
    }

    fn sign(&self, forward: Forward) -> (Outbound, Inbound) {
        let BackendAuth::Keys(keys) = forward.auth() else { panic!("the store has a key") };
        let lent = Lent::Keys(Arc::clone(keys));
        forward.sign(&lent, self.arrival.at, &self.signing).unwrap()
    }

    fn receive(inbound: Inbound, answer: response::Parts, page: Bytes) -> Option<Response<Bytes>> {
        match inbound.receive(answer) {
            Delivery::Stream(_) => None,
            Delivery::Rewrite { rewrite, .. } => Some(rewrite.apply(page).unwrap()),
        }
    }

    /// The page as it comes from a store: nobody else has it.
    fn own_page(&self) -> Bytes {
        Bytes::copy_from_slice(&self.page)
    }

    fn verified(&self) -> (Verified, Operation) {
        let (operation, presented) = self.parse();
        (self.verify(presented), operation)
    }

    fn permitted(&self) -> (Permit, Verified) {
        let (proof, operation) = self.verified();
        (self.authorize(&proof, operation), proof)
    }

    fn forward(&self) -> Forward {
        let (permit, proof) = self.permitted();
        self.plan(permit, &proof)
    }
}

/// The names of one kind's stages: parse, verify, authorize, plan, sign, receive, all in one.
type Names = [&'static str; 7];

const GET: Names =
    ["get: parse", "get: verify", "get: authorize", "get: plan", "get: sign", "get: receive", "get: whole"];
const PUT: Names =
    ["put: parse", "put: verify", "put: authorize", "put: plan", "put: sign", "put: receive", "put: whole"];
const LIST: Names = [
    "list: parse",
    "list: verify",
    "list: authorize",
    "list: plan",
    "list: sign",
    "list: rewrite 1,000 keys",
    "list: whole",
];

pub(crate) fn stages() -> Vec<Stage> {
    [(Kind::Get, GET), (Kind::Put, PUT), (Kind::List, LIST)]
        .into_iter()
        .flat_map(|(kind, names)| of(kind, names))
        .collect()
}

fn of(kind: Kind, [parse, verify, authorize, plan, sign, receive, whole]: Names) -> Vec<Stage> {
    let line = Rc::new(Line::new(kind));
    let with = || (Rc::clone(&line), Rc::clone(&line));
    let mut stages = vec![Stage::new(parse, {
        let line = Rc::clone(&line);
        move || line.parse()
    })];
    let (before, at) = with();
    stages.push(Stage::with(verify, move || before.parse().1, move |presented| at.verify(presented)));
    let (before, at) = with();
    stages.push(Stage::with(
        authorize,
        move || before.verified(),
        move |(proof, operation)| at.authorize(&proof, operation),
    ));
    let (before, at) = with();
    stages.push(Stage::with(
        plan,
        move || before.permitted(),
        move |(permit, proof)| at.plan(permit, &proof),
    ));
    let (before, at) = with();
    stages.push(Stage::with(sign, move || before.forward(), move |forward| at.sign(forward)));
    let before = Rc::clone(&line);
    let received = move || (before.sign(before.forward()).1, before.kind.answer(), before.own_page());
    stages
        .push(Stage::with(receive, received, |(inbound, answer, page)| Line::receive(inbound, answer, page)));
    stages.push(whole_line(whole, &line));
    stages
}

/// All of [`Gateway::handle`], with a store that answers at once.
fn whole_line(name: &'static str, line: &Rc<Line>) -> Stage {
    let config = config();
    let settings = Settings {
        addressing: config.server.addressing.clone(),
        region: Arc::from("us-east-1"),
        sessions: Arc::new(Sessions::default()),
    };
    let store = Canned::default();
    let gateway = Rc::new(Gateway::new(store.clone(), config.into_registry(), settings));
    let (line, arrival) = (Rc::clone(line), line.arrival);
    let request = move || {
        let answer = Response::from_parts(line.kind.answer(), Whole::from(line.own_page()));
        store.0.borrow_mut().push(answer);
        Request::from_parts(line.kind.head(), Whole::from(Bytes::new()))
    };
    Stage::with(name, request, move |request| {
        let reply = now(gateway.handle(request, arrival));
        assert_eq!(reply.response.status(), 200);
        now(reply.response.into_body().collect(1 << 20)).unwrap()
    })
}
