//! What is told of a request: a line of the log, and a data point where one is bound.
//!
//! Bytes are those that were announced: counting them would bring them into WASM.

use brigade_gateway::{Entry, Record};
use brigade_s3::{Arrival, BucketName, Op};
use http::{Response, header};
use wasm_bindgen::JsValue;

use crate::body::Body;
use crate::host;
use crate::wire::{Bindings, Wanted};

/// A request's line before it is written. Nothing is formatted for a line that is not wanted.
pub(super) struct Told {
    entry: Entry,
    record: Record,
    began: f64,
    wanted: Wanted,
    measured: bool,
}

impl Told {
    pub(super) fn new(method: &str, began: f64, bindings: Bindings) -> Self {
        let entry = Entry { method: method.to_owned().into(), ..Entry::default() };
        Self { entry, record: Record::default(), began, wanted: bindings.log, measured: bindings.measures }
    }

    pub(super) fn arrived(&mut self, arrival: &Arrival) {
        self.entry.request_id = arrival.request_id();
        self.entry.client = arrival.from.map(|address| address.to_string().into());
        self.entry.time = arrival.at.iso8601();
    }

    pub(super) fn uploads(&mut self, bytes: u64) {
        self.entry.bytes_in = bytes;
    }

    pub(super) fn refused(&mut self, reason: String) {
        self.record.refused = Some(reason);
    }

    /// Health checks are not worth a line.
    pub(super) fn silent(&mut self) {
        self.wanted = Wanted::None;
        self.measured = false;
    }

    /// What is noted of it as it is answered.
    pub(super) fn record(&mut self) -> &mut Record {
        &mut self.record
    }

    pub(super) fn answered(mut self, response: &Response<Body>, env: &JsValue) {
        let status = response.status().as_u16();
        let wanted = match self.wanted {
            Wanted::None => false,
            Wanted::Failures => status >= 500,
            Wanted::All => true,
        };
        if !wanted && !self.measured {
            return;
        }
        self.entry.tell(std::mem::take(&mut self.record));
        let announced = response.headers().get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok());
        let bodiless = self.entry.method == "HEAD" || matches!(status, 204 | 304);
        self.entry.bytes_out =
            if bodiless { 0 } else { response.body().held().or(announced).unwrap_or_default() };
        self.entry.status = Some(status);
        let lasted = js_sys::Date::now() - self.began;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time that has passed")]
        let millis = lasted.max(0.0) as u64;
        self.entry.duration_ms = millis;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below a thousand")]
        let part = (self.began % 1000.0) as u64;
        self.entry.time = self.entry.time.replace(".000Z", &format!(".{part:03}Z"));
        if wanted {
            host::say(&self.entry.json(0));
        }
        if self.measured {
            self.measure(env);
        }
    }

    /// One data point: by bucket, with what happened as texts and how much as numbers.
    #[allow(clippy::cast_precision_loss, reason = "a data point has doubles")]
    fn measure(&self, env: &JsValue) {
        let Entry { method, operation, caller, bucket, status, bytes_in, bytes_out, duration_ms, .. } =
            &self.entry;
        let status = status.unwrap_or_default();
        let bucket = bucket.as_ref().map(BucketName::as_str);
        let texts = vec![
            bucket.unwrap_or_default().to_owned(),
            operation.map_or("", Op::name).to_owned(),
            method.clone().into_owned(),
            status.to_string(),
            caller.as_deref().unwrap_or_default().to_owned(),
        ];
        let numbers = [f64::from(status), *bytes_in as f64, *bytes_out as f64, *duration_ms as f64];
        host::point(env, bucket.unwrap_or("-"), texts, &numbers);
    }
}
