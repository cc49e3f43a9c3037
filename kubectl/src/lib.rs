//! kubectl as a client of any Kubernetes API.

pub mod print;
