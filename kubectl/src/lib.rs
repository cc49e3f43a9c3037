//! kubectl as a client of any Kubernetes API.
