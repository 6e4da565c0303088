//! A request as a task of its own, polled by its own promises.
//!
//! One queue for all would poll a request amid another's I/O, which the platform forbids, and would die with the first panic.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use wasm_bindgen::prelude::*;

use crate::front;
use crate::host::{self, Request, Response, Upload};
use crate::scope::{self, Scope};

/// One request until its answer's head is made. Freed early, it takes back what it has asked for.
#[wasm_bindgen]
pub struct Task {
    future: Pin<Box<dyn Future<Output = Response>>>,
    scope: Rc<Scope>,
    waker: Waker,
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

#[wasm_bindgen]
impl Task {
    /// Begins to serve a request.
    #[wasm_bindgen(constructor)]
    pub fn new(id: u32, request: &Request, env: JsValue, upload: Option<Upload>) -> Self {
        let scope = Rc::new(Scope { env });
        let future = Box::pin(front::respond(front::Incoming::of(request, upload), Rc::clone(&scope)));
        Self { future, scope, waker: Waker::from(Arc::new(Number(id))) }
    }

    /// Goes on; the answer, once there is one.
    pub fn poll(&mut self) -> Option<Response> {
        let Self { future, scope, waker } = self;
        match scope::within(scope, || future.as_mut().poll(&mut Context::from_waker(waker))) {
            Poll::Ready(response) => Some(response),
            Poll::Pending => None,
        }
    }
}

/// A panic ends the instance; what it says is for the log.
#[wasm_bindgen(start)]
pub fn begin() {
    std::panic::set_hook(Box::new(|panic| host::complain(&format!("a panic: {panic}"))));
}
