//! `PostObject`: an upload by a browser's form.
//!
//! ```text
//! head ─ PostRequest ─ reader ─► FormReader ─ push ─► PostForm, and where its file begins
//!                                                      ├─ presented ─► (verified as any signature is)
//! PostRequest + PostForm ─ upload ─► PostUpload ◄──────┘ policy: every condition, every field
//!        │  request ─► (authorized as a PutObject is)    file ─► read whole, or streamed
//!        └─ head ─► (planned as a PutObject is)          answer ─► 204, 201, 303 …
//! ```
//!
//! A form says everything in its fields, so a form that has passed becomes an upload like any other: nothing but what stands
//! in its fields, and was admitted by its policy, goes any further.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html>.

mod answer;
mod disposition;
mod fields;
mod policy;
mod reader;
mod refusal;
mod request;
mod upload;

pub use fields::PostForm;
pub use reader::{FormError, FormReader};
pub use request::{Boundary, PostRequest};
pub use upload::{PostFile, PostUpload};
