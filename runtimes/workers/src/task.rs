//! A request as a task of its own, polled by its own promises.
//!
//! One queue for all would poll a request amid another's I/O, which the platform forbids, and would die with the first panic.
//! What a task waits for calls `go_on` when it has settled (`Waiting` in `host.js`); a waker is for what waits for no promise.

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use wasm_bindgen::prelude::*;

use crate::front::{self, Incoming};
use crate::host::{self, Response, Upload};
use crate::scope::{self, Scope};
use crate::wire::Bindings;

/// One request until its answer's head is made. Dropped early, it takes back what it has asked for.
struct Task {
    future: Pin<Box<dyn Future<Output = Response>>>,
    scope: Rc<Scope>,
    waker: Waker,
}

thread_local! {
    /// Those that wait, by the number under which `entry.js` knows them.
    static WAITING: RefCell<HashMap<u32, Task>> = RefCell::default();
}

/// The number under which `host.js` knows a task.
struct Number(u32);

impl Wake for Number {
    fn wake(self: Arc<Self>) {
        host::wake(self.0);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        host::wake(self.0);
    }
}

impl Task {
    /// Goes on; the answer, once there is one.
    fn run(mut self, id: u32) -> Option<Response> {
        let Self { future, scope, waker } = &mut self;
        match scope::within(scope, || future.as_mut().poll(&mut Context::from_waker(waker))) {
            Poll::Ready(response) => Some(response),
            Poll::Pending => {
                WAITING.with_borrow_mut(|waiting| waiting.insert(id, self));
                None
            }
        }
    }
}

/// Begins to serve a request, which came at `now`, as far as that goes without waiting.
#[wasm_bindgen]
pub fn begin(
    id: u32,
    now: f64,
    head: String,
    env: JsValue,
    bindings: u32,
    upload: Option<Upload>,
) -> Option<Response> {
    let scope = Rc::new(Scope { env, bindings: Bindings::from_bits(bindings) });
    let future = Box::pin(front::respond(Incoming { now, head, upload }, Rc::clone(&scope)));
    Task { future, scope, waker: Waker::from(Arc::new(Number(id))) }.run(id)
}

/// Goes on with a request that waited.
#[wasm_bindgen(js_name = goOn)]
pub fn go_on(id: u32) -> Option<Response> {
    let task = WAITING.with_borrow_mut(|waiting| waiting.remove(&id))?;
    task.run(id)
}

/// Ends a request that nobody waits for any more.
#[wasm_bindgen]
pub fn forget(id: u32) {
    let task = WAITING.with_borrow_mut(|waiting| waiting.remove(&id));
    drop(task);
}

/// A panic ends the instance; what it says is for the log.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| host::complain(&format!("a panic: {panic}"))));
}
