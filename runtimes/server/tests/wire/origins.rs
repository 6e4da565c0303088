//! Several stores behind one server: each request goes to its own, over connections that are kept.

use brigade_server::Limits;

use crate::support::Brigade;
use crate::support::client::Raw;
use crate::support::faulty::{Act, Faulty, ok};

#[tokio::test]
async fn a_connection_to_one_store_is_never_taken_for_one_to_another() {
    let mut stores = Vec::new();
    let mut text = String::new();
    for number in 0..3 {
        let store = Faulty::start(&[Act::Answer(ok(&format!("of store {number}")))]).await;
        text += &format!(
            "[backends.s{number}]\ntype = \"s3\"\nendpoint = \"http://{}\"\nregion = \"us-east-1\"\n\
             auth = {{ access_key_id = \"KEY{number}\", secret_access_key = \"secret-{number}\" }}\n\
             [buckets.far-{number}]\nbackend = \"s{number}\"\nbucket = \"bucket-{number}\"\npublic = [\"read\"]\n",
            store.address
        );
        stores.push(store);
    }
    let brigade = Brigade::configured(&text, Limits::default(), None).await;
    let mut clients = [Raw::to(brigade.address).await, Raw::to(brigade.address).await];
    for turn in 0..60 {
        // Every store after every other one, on both connections.
        let number = (turn * turn + turn / 7) % 3;
        let client = &mut clients[turn % 2];
        let answer = client.ask(format!("GET /far-{number}/k{turn} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        assert_eq!((answer.status, answer.text()), (200, format!("of store {number}")), "{turn}");
        let seen = stores[number].next().await.head;
        assert!(seen.starts_with(&format!("GET /bucket-{number}/k{turn} ")), "{seen}");
        assert!(seen.contains(&format!("Credential=KEY{number}/")), "{seen}");
        assert!(seen.contains(&format!("host: {}\r\n", stores[number].address)), "{seen}");
    }
    assert!(stores.iter().all(|store| store.waiting() == 0));
}
