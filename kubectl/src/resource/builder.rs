//! Arguments and selectors to objects and lists.

use std::rc::Rc;

use podyard_engine::api::selector::Selector as Labels;
use podyard_engine::value::Value;

use super::{FileOptions, Info, read_files};
use crate::call::Call;
use crate::client::{Client, Target};
use crate::discovery::{Discovery, Resource};
use crate::failure::{Failure, Outcome};

/// What the command line says about which objects are meant.
#[derive(Debug, Clone, Default)]
pub struct Selector {
    /// The arguments: types and names.
    pub args: Vec<String>,
    /// `-l`.
    pub labels: String,
    /// `--field-selector`.
    pub fields: String,
    /// All objects of the types, whatever else is said: `delete --all`.
    pub everything: bool,
    /// All objects of a type that stands alone: `--all` of most commands, and
    /// those that need no `--all`.
    pub type_means_all: bool,
    /// `-A`.
    pub all_namespaces: bool,
    /// Files, and how to read them.
    pub files: FileOptions,
}

/// What is meant.
#[derive(Debug)]
pub enum Selection {
    /// Objects by name, or from files; each may have failed already.
    Objects(Vec<Outcome<Info>>),
    /// Lists.
    Lists(Vec<Listed>),
}

/// One list to ask for.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What to list.
    pub resource: Rc<Resource>,
    /// Where; empty for everywhere.
    pub namespace: String,
    /// `-l`.
    pub labels: String,
    /// `--field-selector`.
    pub fields: String,
}

const COMBINED: &str = "there is no need to specify a resource type as a separate argument when \
    passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead \
    of 'kubectl get resource resource/<resource_name>'";
/// The refusal when nothing says which objects are meant.
pub const MISSING: &str = "You must provide one or more resources by argument or filename.\n\
    Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   \
    '<resource> <name>'\n   '<resource>'";

impl Selector {
    /// What the usual flags and the arguments of `call` say. With
    /// `type_means_all`, a type alone means all of its objects.
    pub fn of(call: &Call<'_>, type_means_all: bool) -> Self {
        let flags = &call.flags;
        Self {
            args: call.args.clone(),
            labels: flags.text("selector").to_owned(),
            fields: flags.text("field-selector").to_owned(),
            everything: false,
            type_means_all: type_means_all || flags.is("all"),
            all_namespaces: flags.is("all-namespaces"),
            files: FileOptions::of(call),
        }
    }

    /// Whether objects are chosen by labels or fields, or all are.
    pub fn is_by_query(&self) -> bool {
        let alone = matches!(self.args.as_slice(), [word] if !word.contains('/'));
        self.everything
            || self.type_means_all && alone
            || !self.labels.is_empty()
            || !self.fields.is_empty()
    }

    /// Finds the objects or lists that are meant.
    pub async fn resolve(&self, call: &Call<'_>) -> Outcome<Selection> {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let slashes = args.iter().filter(|arg| arg.contains('/')).count();
        if slashes > 0 && slashes < args.len() {
            return Err(COMBINED.into());
        }
        let pairs = if slashes > 0 { Some(pairs(&args)?) } else { None };
        if self.files.are_given() {
            self.files.check_paths(call)?;
            if pairs.is_some() {
                return Err(
                    "resource/name arguments cannot be provided when a path is specified".into()
                );
            }
            if !args.is_empty() {
                return Err("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well".into());
            }
            return Ok(Selection::Objects(self.files(call).await?));
        }
        if self.is_by_query() {
            return self.lists(call, &args, pairs.is_some()).await;
        }
        if let Some(pairs) = pairs {
            return self.named(call, pairs).await;
        }
        let Some((types, names)) = args.split_first() else { return Err(MISSING.into()) };
        let discovery = call.client.discovery_tried(4 + types.split(',').count()).await?;
        let types = expand(&discovery, types);
        if names.is_empty() {
            for word in &types {
                discovery.lookup(word)?;
            }
            return Err("resource(s) were provided, but no name was specified".into());
        }
        self.check_namespaces()?;
        let mut pairs = Vec::new();
        for word in &types {
            discovery.lookup(word)?;
            pairs.extend(names.iter().map(|name| (word.clone(), (*name).to_owned())));
        }
        self.named(call, pairs).await
    }

    /// The objects of the files that have the labels.
    pub async fn files(&self, call: &Call<'_>) -> Outcome<Vec<Outcome<Info>>> {
        let mut objects = read_files(call, &self.files).await?;
        if !self.labels.is_empty() {
            let wanted = Labels::parse(&self.labels)?;
            objects.retain(|info| {
                let labels = info.as_ref().map(|info| &info.object["metadata"]["labels"]);
                labels.map_or(true, |labels| wanted.matches(labels))
            });
        }
        Ok(objects)
    }

    fn check_namespaces(&self) -> Outcome {
        if self.all_namespaces {
            return Err("a resource cannot be retrieved by name across all namespaces".into());
        }
        Ok(())
    }

    async fn lists(&self, call: &Call<'_>, args: &[&str], has_pairs: bool) -> Outcome<Selection> {
        if has_pairs {
            return Err(
                "selectors and the all flag cannot be used when passing resource/name arguments"
                    .into(),
            );
        }
        let Some((types, names)) = args.split_first() else {
            return Err("at least one resource must be specified to use a selector".into());
        };
        if !names.is_empty() {
            return Err("name cannot be provided when a selector is specified".into());
        }
        let discovery = call.client.discovery_tried(4 + types.split(',').count()).await?;
        let namespace = if self.all_namespaces { "" } else { call.namespace.as_str() };
        let mut lists: Vec<Listed> = Vec::new();
        for word in expand(&discovery, types) {
            let resource = discovery.lookup(&word)?;
            if lists.iter().any(|list| list.resource == resource) {
                continue;
            }
            let namespace = if resource.namespaced { namespace } else { "" };
            lists.push(Listed {
                resource,
                namespace: namespace.to_owned(),
                labels: self.labels.clone(),
                fields: self.fields.clone(),
            });
        }
        Ok(Selection::Lists(lists))
    }

    async fn named(&self, call: &Call<'_>, pairs: Vec<(String, String)>) -> Outcome<Selection> {
        self.check_namespaces()?;
        let discovery = call.client.discovery_tried(4).await?;
        let mut objects = Vec::new();
        for (word, name) in pairs {
            let resource = discovery.lookup(&word)?;
            let namespace =
                if resource.namespaced { call.namespace.clone() } else { String::new() };
            objects.push(Ok(Info {
                resource,
                namespace,
                name,
                source: String::new(),
                object: Value::Null,
            }));
        }
        Ok(Selection::Objects(objects))
    }
}

impl Listed {
    /// Where the list is.
    pub fn target(&self) -> Target {
        self.resource
            .collection(&self.namespace)
            .query_some("labelSelector", &self.labels)
            .query_some("fieldSelector", &self.fields)
    }

    /// Words a failure to list as the selector visitor does.
    pub fn explain(&self, failure: Failure) -> Failure {
        let status = matches!(&failure, Failure::Status(_));
        let reason = failure.reason().to_owned();
        if !status || !matches!(reason.as_str(), "BadRequest" | "NotFound") {
            return failure;
        }
        let text = failure.text();
        let gvr = self.resource.gvr();
        let message = if self.labels.is_empty() && self.fields.is_empty() {
            format!("Unable to list {gvr:?}: {text}")
        } else {
            format!(
                "Unable to find {gvr:?} that match label selector {:?}, field selector {:?}: {text}",
                self.labels, self.fields
            )
        };
        failure.with_message(message)
    }

    /// Reads the objects of the list, a part at a time.
    pub async fn read(&self, client: &Client<'_>) -> Outcome<Vec<Info>> {
        let mut infos = Vec::new();
        let mut next = String::new();
        loop {
            let target = self.target().query("limit", "500").query_some("continue", &next);
            let list = client.get(&target).await.map_err(|failure| self.explain(failure))?;
            infos.extend(list["items"].items().iter().map(|item| self.info(item)));
            list["metadata"]["continue"].text().clone_into(&mut next);
            if next.is_empty() {
                return Ok(infos);
            }
        }
    }

    /// An item of the list with the kind that lists leave out.
    pub fn info(&self, item: &Value) -> Info {
        let mut object = item.clone();
        object.set_default("apiVersion", self.resource.api_version());
        object.set_default("kind", self.resource.kind.as_str());
        Info {
            resource: self.resource.clone(),
            namespace: object["metadata"]["namespace"].text().to_owned(),
            name: object["metadata"]["name"].text().to_owned(),
            source: String::new(),
            object,
        }
    }
}

/// Splits `type/name` arguments.
fn pairs(args: &[&str]) -> Outcome<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for arg in args {
        let parts: Vec<&str> = arg.split('/').collect();
        match parts.as_slice() {
            [kind, name] if !kind.is_empty() && !name.is_empty() && !kind.contains(',') => {
                pairs.push(((*kind).to_owned(), (*name).to_owned()));
            }
            [_, _] => {
                return Err(
                    "arguments in resource/name form must have a single resource and name".into()
                );
            }
            _ => {
                return Err(
                    "arguments in resource/name form may not have more than one slash".into()
                );
            }
        }
    }
    Ok(pairs)
}

/// The types of a comma list, categories taken apart.
fn expand(discovery: &Discovery, types: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in types.split(',') {
        let members = discovery.category(word);
        if members.is_empty() {
            words.push(word.to_owned());
        }
        words.extend(members.into_iter().map(|one| one.qualified()));
    }
    words
}
