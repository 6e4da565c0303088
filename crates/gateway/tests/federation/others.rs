//! Azure and Google: the exchanges that their backends will ask for, each step as its cloud documents it.

use brigade_gateway::exchange;
use brigade_identity::federation::{
    AzureApplication, BearerToken, Exchange, ExchangeError, Federation, FederationKey, GooglePool, Grant,
    ServiceAccount,
};
use brigade_testkit::{NOW, RealSignatures, arrival_at};

use crate::cloud::{ACCOUNT, CLIENT, Clouds, ISSUER, PROVIDER, TENANT};
use crate::site::{p256, rsa};

fn azure() -> AzureApplication {
    AzureApplication {
        client_id: CLIENT.into(),
        subject: "landsat".into(),
        audience: AzureApplication::AUDIENCE.into(),
        scope: AzureApplication::STORAGE.into(),
        endpoint: AzureApplication::endpoint(TENANT).unwrap(),
    }
}

fn google(service_account: Option<ServiceAccount>) -> GooglePool {
    GooglePool {
        provider: PROVIDER.into(),
        subject: "landsat".into(),
        audience: GooglePool::audience(PROVIDER).into(),
        scope: GooglePool::STORAGE.into(),
        endpoint: GooglePool::ENDPOINT.parse().unwrap(),
        service_account,
    }
}

fn account() -> ServiceAccount {
    ServiceAccount { endpoint: ServiceAccount::endpoint(ACCOUNT).unwrap(), lifetime: 1800 }
}

async fn run<E: Exchange<Granted = BearerToken>>(
    clouds: &Clouds,
    key: FederationKey,
    of: &E,
) -> Result<Grant<BearerToken>, ExchangeError> {
    let federation = Federation::new(ISSUER, key, Vec::new());
    clouds.trust(serde_json::from_slice(&federation.jwks()).unwrap());
    clouds.clock(NOW);
    exchange(clouds, &RealSignatures, &federation, of, arrival_at(NOW)).await
}

async fn granted<E: Exchange<Granted = BearerToken>>(
    key: FederationKey,
    of: &E,
) -> (String, u64, Vec<String>) {
    let clouds = Clouds::default();
    let grant = run(&clouds, key, of).await.unwrap_or_else(|why| panic!("{why}"));
    (grant.granted.expose().to_owned(), grant.expires.as_unix() - NOW, clouds.asked())
}

async fn refused<E: Exchange<Granted = BearerToken>>(key: FederationKey, of: &E) -> String {
    match run(&Clouds::default(), key, of).await {
        Err(ExchangeError::Refused { exchange, code, .. }) => format!("{exchange} {code}"),
        Err(other) => other.to_string(),
        Ok(_) => "granted".to_owned(),
    }
}

#[tokio::test]
async fn azure_gives_a_token_for_an_assertion() {
    let (token, lasts, asked) = granted(rsa(), &azure()).await;
    assert_eq!((token.as_str(), lasts), ("eyJ0.azure", 3599));
    assert_eq!(asked, ["login.microsoftonline.com"]);
}

#[tokio::test]
async fn azure_refuses_by_number() {
    let subject = AzureApplication { subject: "another".into(), ..azure() };
    assert_eq!(refused(rsa(), &subject).await, "ClientCredentials invalid_client.AADSTS700213");
    let audience = AzureApplication { audience: "api://another".into(), ..azure() };
    assert_eq!(refused(rsa(), &audience).await, "ClientCredentials invalid_client.AADSTS700212");
    assert_eq!(refused(p256(), &azure()).await, "ClientCredentials invalid_client.AADSTS700027");
}

#[tokio::test]
async fn google_gives_a_token_of_the_pool_or_of_a_service_account() {
    for key in [rsa(), p256()] {
        let (token, lasts, asked) = granted(key.clone(), &google(None)).await;
        assert_eq!((token.as_str(), lasts), ("federated.devstorage.read_write", 3600));
        assert_eq!(asked, ["sts.googleapis.com"]);
        let (token, lasts, asked) = granted(key, &google(Some(account()))).await;
        assert_eq!((token.as_str(), lasts), ("ya29.acting", 1800));
        assert_eq!(asked, ["sts.googleapis.com", "iamcredentials.googleapis.com"]);
    }
}

#[tokio::test]
async fn google_refuses_at_either_step() {
    let provider = GooglePool { provider: "//iam.googleapis.com/projects/1/another".into(), ..google(None) };
    assert_eq!(refused(rsa(), &provider).await, "TokenExchange invalid_target");
    let audience = GooglePool { audience: "another".into(), ..google(None) };
    assert_eq!(refused(rsa(), &audience).await, "TokenExchange invalid_grant");
    for (second, expect) in [
        (
            (403, r#"{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}"#),
            "GenerateAccessToken PERMISSION_DENIED",
        ),
        (
            (404, r#"{"error":{"code":404,"message":"m","status":"NOT_FOUND"}}"#),
            "GenerateAccessToken NOT_FOUND",
        ),
        ((200, "{}"), "GenerateAccessToken gave an answer that cannot be read: a success without a token"),
        ((503, "busy"), "GenerateAccessToken is unavailable: HTTP-503: no error document"),
    ] {
        let clouds = Clouds::default();
        let first = r#"{"access_token":"federated.cloud-platform","token_type":"Bearer","expires_in":3600}"#;
        clouds.say(200, first);
        clouds.say(second.0, second.1);
        let found = match run(&clouds, p256(), &google(Some(account()))).await {
            Err(ExchangeError::Refused { exchange, code, .. }) => format!("{exchange} {code}"),
            Err(other) => other.to_string(),
            Ok(_) => "granted".to_owned(),
        };
        assert_eq!(found, expect);
    }
}
