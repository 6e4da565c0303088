//! What belongs to the request that is being polled. Handles of one request are never found by another: they are here only
//! while their own task runs.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use crate::wire::Bindings;

/// A request's bindings.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) env: JsValue,
    pub(crate) bindings: Bindings,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Scope>>> = const { RefCell::new(None) };
}

/// The scope of the task that runs, which is the caller's own.
pub(crate) fn current() -> Option<Rc<Scope>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Runs `work` within a scope.
pub(crate) fn within<T>(scope: &Rc<Scope>, work: impl FnOnce() -> T) -> T {
    CURRENT.set(Some(Rc::clone(scope)));
    let done = work();
    CURRENT.set(None);
    done
}
