//! One operation of one client: `driver CLIENT OPERATION`, its arguments as JSON on standard input, its answer as JSON on
//! standard output. Bytes are base64.

mod aws;
mod store;

use std::error::Error;
use std::io::Read as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

pub type Answer = Result<Value, Box<dyn Error>>;

/// What is given to an operation.
pub struct Given(Value);

impl Given {
    pub fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap_or_default()
    }

    pub fn data(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(self.text("data")).unwrap_or_default()
    }

    pub fn pairs(&self, name: &str) -> Vec<(String, String)> {
        let pairs = self.0[name].as_object().into_iter().flatten();
        pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
    }
}

pub fn bytes(data: &[u8]) -> Value {
    json!({ "bytes": BASE64_STANDARD.encode(data) })
}

pub fn answer(value: impl Into<Value>) -> Value {
    json!({ "answer": value.into() })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [client, operation] = words.as_slice() else { return Err("usage: driver CLIENT OPERATION".into()) };
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    let given = Given(serde_json::from_str(&input)?);
    let said = match client.as_str() {
        "aws" => aws::run(operation, &given).await?,
        "object_store" => store::run(operation, &given).await?,
        other => return Err(format!("no client is named {other}").into()),
    };
    println!("{said}");
    Ok(())
}
