//! The platform's own, and `host.js`: all of JavaScript that Rust calls.

use std::future::poll_fn;
use std::task::Poll;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    pub(crate) type Response;

    pub(crate) type ReadableStream;
    #[wasm_bindgen(method, js_name = getReader)]
    pub(crate) fn reader(this: &ReadableStream) -> Reader;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn cancel(this: &ReadableStream) -> Result<Promise, JsValue>;

    pub(crate) type Reader;
    #[wasm_bindgen(method)]
    pub(crate) fn read(this: &Reader) -> Promise;
    #[wasm_bindgen(method, catch, js_name = cancel)]
    pub(crate) fn give_up(this: &Reader) -> Result<Promise, JsValue>;

    pub(crate) type Piece;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn value(this: &Piece) -> Option<Uint8Array>;

    pub(crate) type Writer;
    #[wasm_bindgen(method)]
    pub(crate) fn write(this: &Writer, bytes: &Uint8Array) -> Promise;
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &Writer) -> Promise;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn abort(this: &Writer) -> Result<Promise, JsValue>;
}

#[wasm_bindgen(raw_module = "./host.js")]
extern "C" {
    pub(crate) fn respond(head: &str, body: &JsValue) -> Response;

    /// A promise that the running task waits for.
    type Waiting;
    #[wasm_bindgen(constructor)]
    fn new(promise: &Promise) -> Waiting;
    #[wasm_bindgen(method, getter)]
    fn state(this: &Waiting) -> u32;
    #[wasm_bindgen(method, getter)]
    fn value(this: &Waiting) -> JsValue;

    /// What arrives of a client, tied to its other end before anything was awaited.
    pub(crate) type Upload;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn readable(this: &Upload) -> ReadableStream;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn first(this: &Upload) -> Promise;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn all(this: &Upload) -> Promise;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn over(this: &Upload) -> bool;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn failed(this: &Upload) -> bool;

    /// A request to a store, on its way.
    pub(crate) type Exchange;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(head: &str, body: &JsValue, wait: u32, streamed: bool, whole: bool) -> Exchange;
    #[wasm_bindgen(method, getter)]
    fn state(this: &Exchange) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn why(this: &Exchange) -> JsValue;
    #[wasm_bindgen(method)]
    pub(crate) fn head(this: &Exchange) -> String;
    #[wasm_bindgen(method)]
    pub(crate) fn body(this: &Exchange) -> Option<ReadableStream>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn timed(this: &Exchange) -> bool;
    #[wasm_bindgen(method)]
    pub(crate) fn begin(this: &Exchange);
    #[wasm_bindgen(method, js_name = beginAfter)]
    pub(crate) fn begin_after(this: &Exchange, sent: &Promise);
    #[wasm_bindgen(method)]
    pub(crate) fn answered(this: &Exchange);
    #[wasm_bindgen(method)]
    pub(crate) fn cancel(this: &Exchange);

    /// A stream that takes exactly so many bytes.
    pub(crate) type Fixed;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(length: f64) -> Fixed;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn readable(this: &Fixed) -> ReadableStream;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn writer(this: &Fixed) -> Writer;

    pub(crate) fn ignore(promise: &Promise);
    pub(crate) fn settled(promise: &Promise, wait: u32) -> Promise;

    pub(crate) fn verify(algorithm: &str, jwk: &str, message: &[u8], signature: &[u8]) -> Promise;
    pub(crate) fn sign(algorithm: &str, pkcs8: &[u8], message: &[u8]) -> Promise;

    pub(crate) fn chance(bytes: &mut [u8]);
    pub(crate) fn variable(env: &JsValue, name: &str) -> Option<String>;
    pub(crate) fn configured(env: &JsValue) -> Option<String>;
    pub(crate) fn bundled() -> Option<String>;
    #[wasm_bindgen(js_name = hasKept)]
    pub(crate) fn has_kept(env: &JsValue) -> bool;
    pub(crate) fn kept(env: &JsValue, key: &str) -> Promise;
    pub(crate) fn limited(env: &JsValue, key: &str) -> Promise;
    pub(crate) fn point(env: &JsValue, index: &str, texts: Vec<String>, numbers: &[f64]);

    pub(crate) fn say(line: &str);
    pub(crate) fn complain(line: &str);
    pub(crate) fn wake(task: u32);
}

impl Exchange {
    /// Waits for the answer's head, or for the failure.
    pub(crate) async fn settled(&self) -> Result<(), JsValue> {
        poll_fn(|_| match self.state() {
            0 => Poll::Pending,
            1 => Poll::Ready(Ok(())),
            _ => Poll::Ready(Err(self.why())),
        })
        .await
    }
}

/// Waits for a promise. When it has settled, `host.js` polls the task again by itself, without a closure in WASM.
pub(crate) async fn settle(promise: &Promise) -> Result<JsValue, JsValue> {
    let waiting = Waiting::new(promise);
    poll_fn(|_| match waiting.state() {
        0 => Poll::Pending,
        1 => Poll::Ready(Ok(waiting.value())),
        _ => Poll::Ready(Err(waiting.value())),
    })
    .await
}

/// What a promise rejected with, in words.
pub(crate) fn words(why: &JsValue) -> String {
    let said = js_sys::Reflect::get(why, &JsValue::from_str("message")).ok();
    said.and_then(|said| said.as_string()).unwrap_or_else(|| "it gave no reason".to_owned())
}
