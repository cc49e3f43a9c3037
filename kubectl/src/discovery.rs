//! What an API server serves, and which resource a word on the command line
//! means.
//!
//! Models client-go's aggregated discovery and `restmapper` (the priority
//! mapper and the shortcut expander) and the lookups of cli-runtime's builder.

use std::rc::Rc;

use podyard_engine::value::Value;

use crate::client::{Client, Target};
use crate::failure::{Failure, Outcome};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// One resource in one version of its group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resource {
    /// The group; empty for the core.
    pub group: String,
    /// The version.
    pub version: String,
    /// The plural, as `deployments`.
    pub plural: String,
    /// The singular, as `deployment`.
    pub singular: String,
    /// The kind, as `Deployment`.
    pub kind: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Short names, as `deploy`.
    pub short_names: Vec<String>,
    /// Categories, as `all`.
    pub categories: Vec<String>,
    /// What can be done to it.
    pub verbs: Vec<String>,
    /// Its subresources.
    pub subresources: Vec<String>,
}

impl Resource {
    /// `v1` or `apps/v1`.
    pub fn api_version(&self) -> String {
        api_version(&self.group, &self.version)
    }

    /// `pods` or `deployments.apps`.
    pub fn qualified(&self) -> String {
        with_group(&self.plural, &self.group)
    }

    /// What prints before a name: `pod` or `deployment.apps`.
    pub fn printed(&self) -> String {
        with_group(&self.kind.to_lowercase(), &self.group)
    }

    /// Go's print of the GroupVersionResource: `apps/v1, Resource=deployments`.
    pub fn gvr(&self) -> String {
        format!("{}/{}, Resource={}", self.group, self.version, self.plural)
    }

    /// Go's print of the GroupVersionKind: `apps/v1, Kind=Deployment`.
    pub fn gvk(&self) -> String {
        format!("{}/{}, Kind={}", self.group, self.version, self.kind)
    }

    /// The collection in `namespace`; in all namespaces when that is empty.
    pub fn collection(&self, namespace: &str) -> Target {
        let mut target = if self.group.is_empty() {
            Target::of(["api", &self.version])
        } else {
            Target::of(["apis", &self.group, &self.version])
        };
        if self.namespaced && !namespace.is_empty() {
            target = target.child("namespaces").child(namespace);
        }
        target.child(&self.plural)
    }

    /// One object.
    pub fn object(&self, namespace: &str, name: &str) -> Target {
        self.collection(namespace).child(name)
    }

    /// Whether `verb` can be done to it.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }

    fn is_called(&self, word: &str) -> bool {
        self.plural == word || self.singular == word
    }
}

/// `name.group`, or just the name in the core group.
pub fn with_group(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

/// `group/version`, or just the version in the core group.
pub fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// One version of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// As `v1`.
    pub name: String,
    /// The resources in it, in the server's order.
    pub resources: Vec<Rc<Resource>>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// As `apps`; empty for the core.
    pub name: String,
    /// Its versions, the preferred one first.
    pub versions: Vec<Version>,
}

/// Everything an API server serves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    /// The groups, the core first.
    pub groups: Vec<Group>,
}

impl Discovery {
    /// Every resource of the preferred version of its group, and those that
    /// only other versions have.
    pub fn preferred(&self) -> Vec<&Rc<Resource>> {
        let mut found: Vec<&Rc<Resource>> = Vec::new();
        for group in &self.groups {
            let start = found.len();
            for resource in group.versions.iter().flat_map(|version| &version.resources) {
                let known = found.iter().skip(start).any(|one| one.plural == resource.plural);
                if !known {
                    found.push(resource);
                }
            }
        }
        found
    }

    /// The resource of this kind, which may be in lower case; any version when
    /// that is empty.
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Option<&Rc<Resource>> {
        let group = self.groups.iter().find(|known| known.name == group)?;
        let mut versions =
            group.versions.iter().filter(|known| version.is_empty() || known.name == version);
        versions.find_map(|version| {
            let is = |one: &&Rc<Resource>| one.kind == kind || one.kind.to_lowercase() == kind;
            version.resources.iter().find(is)
        })
    }

    /// The resource that `word` means: a plural, singular, short name or kind,
    /// with `.group` or `.version.group` where given.
    pub fn find(&self, word: &str) -> Option<&Rc<Resource>> {
        let (name, rest) = word.split_once('.').unwrap_or((word, ""));
        let lower = name.to_lowercase();
        if let Some((version, group)) = rest.split_once('.')
            && let Some(found) = self.search(&lower, Some(version), group)
        {
            return Some(found);
        }
        self.search(&lower, None, rest).or_else(|| {
            // A kind, which may be written with its version: `Deployment.v1.apps`.
            let (version, group) = rest.split_once('.').unwrap_or(("", rest));
            self.kind(group, version, name).or_else(|| self.kind(rest, "", name))
        })
    }

    /// Whether the server has this version of this group at all.
    pub fn serves(&self, group: &str, version: &str) -> bool {
        let mut groups = self.groups.iter().filter(|known| known.name == group);
        groups.any(|known| known.versions.iter().any(|known| known.name == version))
    }

    fn search(&self, name: &str, version: Option<&str>, group: &str) -> Option<&Rc<Resource>> {
        let plural = self.expand(name, group).unwrap_or_else(|| name.to_owned());
        let matching = |exact: bool| {
            let groups = self.groups.iter().filter(move |known| {
                group.is_empty() && !exact
                    || known.name == group
                    || !exact && known.name.starts_with(group)
            });
            groups
                .flat_map(|group| &group.versions)
                .filter(|known| version.is_none_or(|version| known.name == version))
                .find_map(|known| known.resources.iter().find(|one| one.is_called(&plural)))
        };
        if group.is_empty() { matching(false) } else { matching(true).or_else(|| matching(false)) }
    }

    /// The plural for a short name, unless it is the name of a resource itself.
    fn expand(&self, name: &str, group: &str) -> Option<String> {
        let all =
            || self.groups.iter().flat_map(|group| &group.versions).flat_map(|v| &v.resources);
        if all().any(|one| one.is_called(name)) {
            return None;
        }
        all()
            .filter(|one| one.group.starts_with(group))
            .find(|one| one.short_names.iter().any(|short| short == name))
            .map(|one| one.plural.clone())
    }

    /// The resources of a category, as `all`; none if there is no such.
    pub fn category(&self, name: &str) -> Vec<&Rc<Resource>> {
        let mut found = self.preferred();
        found.retain(|one| one.categories.iter().any(|category| category == name));
        found
    }

    /// As [`Discovery::find`], with kubectl's words for failure.
    pub fn lookup(&self, word: &str) -> Outcome<Rc<Resource>> {
        self.find(word).cloned().ok_or_else(|| {
            let name = word.split('.').next().unwrap_or_default();
            Failure::Text(format!("the server doesn't have a resource type {name:?}"))
        })
    }
}

/// Asks the server what it serves.
pub(crate) async fn read(client: &Client<'_>) -> Outcome<Discovery> {
    let mut discovery = Discovery::default();
    for root in ["/api", "/apis"] {
        let answer = client.get_as(&Target::raw(root).query("timeout", "32s"), AGGREGATED).await?;
        match answer["kind"].text() {
            "APIVersions" => {
                for version in answer["versions"].items() {
                    let path = format!("/api/{}", version.text());
                    add_legacy(client, &mut discovery, "", version.text(), &path).await?;
                }
            }
            "APIGroupList" => {
                for group in answer["groups"].items() {
                    for version in group["versions"].items() {
                        let path = format!("/apis/{}", version["groupVersion"].text());
                        let (group, version) = (group["name"].text(), version["version"].text());
                        add_legacy(client, &mut discovery, group, version, &path).await?;
                    }
                }
            }
            _ => discovery.groups.extend(answer["items"].items().iter().map(group_of)),
        }
    }
    Ok(discovery)
}

fn group_of(item: &Value) -> Group {
    let name = item["metadata"]["name"].text();
    let versions = item["versions"].items().iter().map(|version| Version {
        name: version["version"].text().to_owned(),
        resources: version["resources"]
            .items()
            .iter()
            .map(|one| Rc::new(resource_of(name, version["version"].text(), one)))
            .collect(),
    });
    Group { name: name.to_owned(), versions: versions.collect() }
}

fn resource_of(group: &str, version: &str, item: &Value) -> Resource {
    let kind = item["responseKind"]["kind"].text();
    let singular = item["singularResource"].text();
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: item["resource"].text().to_owned(),
        singular: if singular.is_empty() { kind.to_lowercase() } else { singular.to_owned() },
        kind: kind.to_owned(),
        namespaced: item["scope"].text() == "Namespaced",
        short_names: texts(&item["shortNames"]),
        categories: texts(&item["categories"]),
        verbs: texts(&item["verbs"]),
        subresources: item["subresources"]
            .items()
            .iter()
            .map(|one| one["subresource"].text().to_owned())
            .collect(),
    }
}

/// A group version of a server without aggregated discovery.
async fn add_legacy(
    client: &Client<'_>,
    discovery: &mut Discovery,
    group: &str,
    version: &str,
    path: &str,
) -> Outcome {
    let list = client.get(&Target::raw(path)).await?;
    let mut resources: Vec<Resource> = Vec::new();
    for item in list["resources"].items() {
        if let Some((parent, sub)) = item["name"].text().split_once('/') {
            if let Some(parent) = resources.iter_mut().find(|one| one.plural == parent) {
                parent.subresources.push(sub.to_owned());
            }
            continue;
        }
        let kind = item["kind"].text();
        let singular = item["singularName"].text();
        resources.push(Resource {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: item["name"].text().to_owned(),
            singular: if singular.is_empty() { kind.to_lowercase() } else { singular.to_owned() },
            kind: kind.to_owned(),
            namespaced: item["namespaced"].is_true(),
            short_names: texts(&item["shortNames"]),
            categories: texts(&item["categories"]),
            verbs: texts(&item["verbs"]),
            subresources: Vec::new(),
        });
    }
    let version = Version {
        name: version.to_owned(),
        resources: resources.into_iter().map(Rc::new).collect(),
    };
    match discovery.groups.iter_mut().find(|known| known.name == group) {
        Some(known) => known.versions.push(version),
        None => discovery.groups.push(Group { name: group.to_owned(), versions: vec![version] }),
    }
    Ok(())
}

fn texts(list: &Value) -> Vec<String> {
    list.items().iter().map(|item| item.text().to_owned()).collect()
}
