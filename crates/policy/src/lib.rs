//! Who may do what: grants and IAM policy documents, compiled into one [`Policy`] with one decision function.
//!
//! ```text
//! [Grant, Grant, …]   ─► Policy::from_grants   ─┐
//! IAM policy document ─► Policy::from_document ─┼─► Policy ── decide(&Ask) ─► Decision
//! public = ["read"]   ─► Policy::public        ─┘
//! ```
//!
//! Nothing here reads a clock, the environment or a file, and nothing is shared between decisions: the same
//! policy and the same question always give the same answer. What is not allowed is refused, and an explicit
//! deny wins over every allow, whatever the order of the statements.
//!
//! ```
//! use brigade_policy::{Action, Ask, Grant, GrantAction, Policy, Target};
//!
//! let policy = Policy::from_grants([Grant {
//!     bucket: "landsat".to_owned(),
//!     prefix: "team/".to_owned(),
//!     actions: vec![GrantAction::Read],
//! }]);
//! let ask = |key| Ask::new(Action::GetObject, Target::Object { bucket: "landsat", key });
//! assert!(policy.decide(&ask("team/a.tif")).is_allowed());
//! assert!(!policy.decide(&ask("team2/a.tif")).is_allowed());
//! ```

mod action;
mod ask;
mod condition;
mod decision;
mod document;
mod facts;
mod glob;
mod grant;
mod key;
mod lowercase;
mod pattern;
mod policy;
mod principals;
mod resource;
mod scopes;
mod truth;

pub use action::{Action, Level};
pub use ask::{Ask, Target};
pub use decision::{Decision, StatementRef, Whose};
pub use document::{DocumentError, DocumentPath, Mistake, Step};
pub use facts::{FactError, Facts};
pub use grant::{Grant, GrantAction, GrantActionError, GrantField, PublicError};
pub use policy::Policy;
pub use scopes::Scopes;
