//! What only Services have: addresses and node ports of their own.
//!
//! Source: upstream `pkg/registry/core/service/storage`.

use super::{ApiServer, Status};
use crate::api::Kind;
use crate::api::service::{Refusal, Transaction};
use crate::value::Value;

impl ApiServer {
    /// Gives a new or changed Service what it leaves to the server. The
    /// transaction must be finished when it is known whether it was stored.
    pub(super) fn allocate(
        &mut self,
        kind: &Kind,
        object: &mut Value,
        old: Option<&Value>,
        dry_run: bool,
    ) -> Result<Option<Transaction>, Status> {
        if kind.kind != "Service" || !kind.group.is_empty() {
            return Ok(None);
        }
        let taken = match old {
            None => self.allocators.create(object, dry_run),
            Some(old) => self.allocators.update(object, old, dry_run),
        };
        let name = object["metadata"]["name"].text();
        taken.map(Some).map_err(|refusal| match refusal {
            Refusal::Invalid(errors) => Status::invalid(kind, name, &errors),
            Refusal::Internal(why) => Status::internal(&why),
        })
    }

    /// Ends what [`ApiServer::allocate`] began.
    pub(super) fn settle(&mut self, transaction: Option<Transaction>, success: bool) {
        if let Some(transaction) = transaction {
            self.allocators.finish(transaction, success);
        }
    }

    /// Frees what a deleted object held.
    pub(super) fn release(&mut self, kind: &Kind, object: &Value) {
        if kind.kind == "Service" && kind.group.is_empty() {
            self.allocators.delete(object);
        }
    }
}
