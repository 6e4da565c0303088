//! One stage: what it takes is made ready beforehand, and is not part of its cost.

use std::hint::black_box;

/// One run of a stage, ready to go. What it returns is dropped within.
pub(crate) type Run = Box<dyn FnOnce()>;

/// A stage, and how to run it.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    ready: Box<dyn FnMut() -> Run>,
}

impl Stage {
    /// A stage that takes nothing.
    pub(crate) fn new<T>(name: &'static str, run: impl Fn() -> T + Clone + 'static) -> Self {
        Self::with(name, || (), move |()| run())
    }

    /// A stage that takes what `before` makes.
    pub(crate) fn with<A: 'static, T>(
        name: &'static str,
        before: impl Fn() -> A + 'static,
        run: impl Fn(A) -> T + Clone + 'static,
    ) -> Self {
        let ready = move || -> Run {
            let (given, run) = (before(), run.clone());
            Box::new(move || drop(black_box(run(black_box(given)))))
        };
        Self { name, ready: Box::new(ready) }
    }

    /// So many runs.
    pub(crate) fn prepare(&mut self, runs: usize) -> Vec<Run> {
        (0..runs).map(|_| (self.ready)()).collect()
    }
}
