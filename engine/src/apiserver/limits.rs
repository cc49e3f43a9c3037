//! LimitRanges and ResourceQuotas at the door.
//!
//! Source: upstream `plugin/pkg/admission/limitranger` and apiserver
//! `pkg/admission/plugin/resourcequota`.

use super::{ApiServer, Status};
use crate::api::Kind;
use crate::api::admission::{limits, quota};
use crate::store::Key;
use crate::value::Value;

impl ApiServer {
    /// Gives a new Pod what the LimitRanges of its namespace have for it.
    pub(super) fn set_default_limits(&self, object: &mut Value) {
        for range in self.of_namespace("LimitRange", object) {
            limits::set_defaults(&range, object);
        }
    }

    /// Refuses what the LimitRanges of its namespace do not allow.
    pub(super) fn check_limits(&self, kind: &Kind, object: &Value) -> Result<(), Status> {
        for range in self.of_namespace("LimitRange", object) {
            if let Some(why) = limits::refusal(&range, kind, object) {
                return Err(Status::forbidden(kind, object["metadata"]["name"].text(), &why));
            }
        }
        Ok(())
    }

    /// Charges the quotas of the namespace for an object, or refuses it.
    pub(super) fn charge_quotas(
        &mut self,
        kind: &Kind,
        object: &Value,
        old: Option<&Value>,
        dry_run: bool,
    ) -> Result<(), Status> {
        let quotas = self.of_namespace("ResourceQuota", object);
        if quotas.is_empty() {
            return Ok(());
        }
        let charged = quota::charge(&quotas, kind, object, old)
            .map_err(|why| Status::forbidden(kind, object["metadata"]["name"].text(), &why))?;
        let Some(id) = self.registry.by_kind("", "ResourceQuota").filter(|_| !dry_run) else {
            return Ok(());
        };
        for quota in charged {
            self.commit(Key::of(id, &quota), Some(quota));
        }
        Ok(())
    }

    /// The objects of a core kind that are in the namespace of `object`.
    fn of_namespace(&self, kind: &str, object: &Value) -> Vec<Value> {
        let namespace = object["metadata"]["namespace"].text();
        match self.registry.by_kind("", kind) {
            Some(id) if !namespace.is_empty() => self.list(id, namespace).cloned().collect(),
            _ => Vec::new(),
        }
    }
}
