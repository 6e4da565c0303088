//! From a configuration to what answers requests.

use std::collections::HashMap;
use std::sync::Arc;

use brigade_config::{Config, ConfigRegistry, Embedded, Place};
use brigade_gateway::{Gateway, Record, Settings};
use brigade_s3::Arrival;
use brigade_store::Store;
use http::{Request, Response};

use crate::{Answer, AwsLc, Body, Limits, Stores};

impl Answer for Gateway<Stores, ConfigRegistry, AwsLc> {
    async fn answer(&self, request: Request<Body>, arrival: Arrival, record: &mut Record) -> Response<Body> {
        self.handle_noting(request, arrival, record).await
    }
}

/// The gateway that a configuration describes, with its embedded stores open.
///
/// # Errors
/// Why a store cannot be opened, and what to do about it.
pub fn gateway(
    config: Config,
    limits: Arc<Limits>,
) -> Result<Gateway<Stores, ConfigRegistry, AwsLc>, String> {
    let stores = Stores::new(open(&config.embedded)?, limits);
    let settings = Settings {
        addressing: config.server.addressing.clone(),
        region: Arc::from(&*config.server.region),
        sessions: Arc::clone(&config.sessions),
    };
    let federation = config.federation.clone();
    let gateway = Gateway::new(stores, config.into_registry(), settings).with_signatures(AwsLc);
    Ok(match federation {
        Some(federation) => gateway.with_federation(federation),
        None => gateway,
    })
}

/// Opens the stores in this process and makes the buckets they must have.
fn open(embedded: &[Embedded]) -> Result<HashMap<Box<str>, Store>, String> {
    let mut stores = HashMap::new();
    for Embedded { name, place, buckets } in embedded {
        let place = match place {
            Place::Memory => brigade_store::Place::Memory,
            Place::Directory(path) => {
                tracing::info!("opening the store in {}", path.display());
                brigade_store::Place::Directory(path.clone())
            }
        };
        let store = Store::open(place).map_err(|error| format!("backend {name}: {error}"))?;
        for bucket in buckets {
            store.create_bucket(bucket).map_err(|error| format!("backend {name}: {error}"))?;
        }
        stores.insert(name.clone(), store);
    }
    Ok(stores)
}
