//! Which objects a command is about: from arguments, selectors and files.
//!
//! Models cli-runtime's `pkg/resource` (builder, visitors and helper).

mod builder;
mod files;
mod metadata;

use std::rc::Rc;

use podyard_engine::value::Value;

pub use self::builder::{Listed, MISSING, Selection, Selector};
pub use self::files::{FileOptions, read_files, refuse_kustomization};

use crate::call::Call;
use crate::client::{Client, Target};
use crate::discovery::Resource;
use crate::failure::{Failure, Outcome};

/// One object that a command is about.
#[derive(Debug, Clone)]
pub struct Info {
    /// Its resource.
    pub resource: Rc<Resource>,
    /// Its namespace; empty in the cluster's scope.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The file it comes from; empty if it was named or listed.
    pub source: String,
    /// The object: from the file, or as the server last showed it.
    pub object: Value,
}

impl Info {
    /// Where it is.
    pub fn target(&self) -> Target {
        self.resource.object(&self.namespace, &self.name)
    }

    /// Where it is created.
    pub fn collection(&self) -> Target {
        self.resource.collection(&self.namespace)
    }

    /// `deployment.apps/web`.
    pub fn printed(&self) -> String {
        format!("{}/{}", self.resource.printed(), self.name)
    }

    /// Reads it from the server.
    pub async fn get(&self, client: &Client<'_>) -> Outcome<Value> {
        if self.name.is_empty() {
            return Err("resource name may not be empty".into());
        }
        match client.get(&self.target()).await {
            Err(failure) => Err(self.or_missing_namespace(client, failure).await),
            found => found,
        }
    }

    /// When the object is missing because its namespace is, that is the
    /// better failure.
    pub async fn or_missing_namespace(&self, client: &Client<'_>, failure: Failure) -> Failure {
        let namespace = self.namespace.as_str();
        if !failure.is_not_found() || namespace.is_empty() || namespace == "default" {
            return failure;
        }
        let target = Target::of(["api", "v1", "namespaces", namespace]);
        match client.get(&target).await {
            Err(missing) if missing.is_not_found() => missing,
            _ => failure,
        }
    }

    /// The same object as the server shows it.
    #[must_use]
    pub fn refreshed(&self, object: Value) -> Self {
        let mut info = self.clone();
        info.object = object;
        info
    }
}

/// The objects that the arguments, selectors and files of `call` name, as the
/// server shows them; and what went wrong with the others.
pub async fn latest(call: &Call<'_>, selector: &Selector) -> Outcome<(Vec<Info>, Vec<Failure>)> {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    match selector.resolve(call).await? {
        Selection::Objects(objects) => {
            for object in objects {
                let fetched = match object {
                    Ok(info) => info.get(&call.client).await.map(|object| info.refreshed(object)),
                    Err(failure) => Err(failure),
                };
                match fetched {
                    Ok(info) => found.push(info),
                    Err(failure) => failures.push(failure),
                }
            }
        }
        Selection::Lists(lists) => {
            for list in lists {
                match list.read(&call.client).await {
                    Ok(infos) => found.extend(infos),
                    Err(failure) => failures.push(failure),
                }
            }
        }
    }
    Ok((found, failures))
}
