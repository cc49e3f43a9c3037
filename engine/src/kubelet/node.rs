//! What a worker finds around it: the node, the API, the registries.

use std::sync::Arc;

use super::environment::{Environment, expand};
use super::mounts::{Disks, PodVolumes, is_read_only};
use super::pull::Images;
use super::runtime::{Made, Turns};
use super::sources::Sources;
use crate::api::pod::PodView;
use crate::apiserver::{ApiServer, Kinds};
use crate::container::{MessagePolicy, Spec};
use crate::images::{Catalogue, Reference};
use crate::process::Mount;
use crate::quantity::Quantity;
use crate::recorder::{Note, Recorder};
use crate::sim::{Random, Time};
use crate::value::{Str, Value};

/// The surroundings of a worker while it works.
pub(super) struct Node<'a> {
    pub(super) api: &'a mut ApiServer,
    pub(super) kinds: &'a Kinds,
    pub(super) recorder: &'a mut Recorder,
    pub(super) attacher: &'a mut Recorder,
    pub(super) catalogue: &'a mut Catalogue,
    pub(super) images: &'a mut Images,
    pub(super) turns: &'a mut Turns,
    pub(super) disks: &'a mut Disks,
    pub(super) random: &'a mut Random,
    pub(super) addresses: &'a mut Addresses,
    pub(super) recent: &'a mut Recent,
    pub(super) name: &'a str,
    pub(super) host_ip: &'a str,
    pub(super) dns_ip: &'a str,
    pub(super) relist: Time,
    /// How many times longer everything takes than it should.
    pub(super) pace: i64,
}

/// What the last container was given: most get the same, and share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    env: Arc<Vec<(Str, Str)>>,
    resolv: Str,
}

impl Recent {
    fn env(&mut self, variables: &Environment) -> Arc<Vec<(Str, Str)>> {
        let known = self.env.iter().map(|(name, text)| (&**name, &**text));
        if !variables.iter().map(|(name, text)| (&**name, &**text)).eq(known) {
            let own = variables.iter().map(|(name, text)| (name.into(), text.into()));
            self.env = Arc::new(own.collect());
        }
        Arc::clone(&self.env)
    }

    fn resolv(&mut self, text: String) -> Str {
        if self.resolv != *text {
            self.resolv = text.into();
        }
        self.resolv.clone()
    }
}

/// The addresses that a node gives its Pods, in turn.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    /// The first two or three numbers, as `10.244.1`.
    prefix: String,
    last: u32,
}

impl Addresses {
    /// The addresses of a range as `10.244.1.0/24`.
    pub(super) fn new(range: &str) -> Self {
        let prefix = range.rsplit_once('.').map_or(range, |(prefix, _)| prefix);
        Self { prefix: prefix.to_owned(), last: 1 }
    }

    fn next(&mut self) -> String {
        self.last = if self.last >= 254 { 2 } else { self.last + 1 };
        format!("{}.{}", self.prefix, self.last)
    }
}

impl Node<'_> {
    /// The present instant.
    pub(super) fn now(&self) -> Time {
        self.api.now()
    }

    /// When the kubelet looks at its containers next.
    pub(super) fn next_relist(&self) -> Time {
        self.relist
    }

    /// Records an event.
    pub(super) fn tell(&mut self, note: Note) {
        self.recorder.record(note, self.api, self.kinds);
    }

    /// An address for a Pod.
    pub(super) fn address(&mut self, pod: &Value) -> String {
        if PodView(pod).uses_host_network() {
            self.host_ip.to_owned()
        } else {
            self.addresses.next()
        }
    }

    /// The 64 letters of a container's id.
    pub(super) fn hex_id(&mut self) -> String {
        self.random.hex(4)
    }

    pub(super) fn sources<'b>(&'b self, pod: &'b Value, ip: &'b str) -> Sources<'b> {
        Sources {
            api: self.api,
            kinds: self.kinds,
            pod,
            pod_ip: ip,
            host_ip: self.host_ip,
            node: self.name,
        }
    }

    /// Sets up a Pod's volumes.
    pub(super) fn set_up_volumes(
        &mut self,
        pod: &Value,
        ip: &str,
        own: &mut PodVolumes,
    ) -> Vec<(Str, String)> {
        let now = self.now();
        let mut disks = std::mem::take(self.disks);
        let troubles = own.set_up(&self.sources(pod, ip), &mut disks, now);
        *self.disks = disks;
        troubles
    }

    /// Fills those of a Pod's volumes anew that show API objects.
    pub(super) fn refresh_volumes(&mut self, pod: &Value, ip: &str, own: &PodVolumes) {
        let now = self.now();
        let mut disks = std::mem::take(self.disks);
        own.refresh(&self.sources(pod, ip), &mut disks.volumes, now);
        *self.disks = disks;
    }

    /// Makes a container, or says why its configuration does not allow it.
    pub(super) fn make(
        &mut self,
        pod: &Value,
        ip: &str,
        container: &Value,
        own: &PodVolumes,
    ) -> Result<Made, String> {
        let variables = self.sources(pod, ip).environment(container)?;
        let reference = Reference::parse(container["image"].text()).map_err(|why| why.clone())?;
        let Some(image) = self.images.get(&reference).cloned() else {
            return Err(format!("image \"{}\" is gone", container["image"].text()));
        };
        let words = |field: &str| -> Vec<Str> {
            let known = |name: &str| variables.get(name).cloned();
            let words = container[field].items().iter();
            words.map(|word| expand(word.text(), known).into()).collect()
        };
        let security = [&container["securityContext"], &pod["spec"]["securityContext"]];
        let id = |field: &str| {
            let given = security.iter().find_map(|context| context[field].as_int());
            given.and_then(|id| u32::try_from(id).ok())
        };
        let hostname = hostname(pod, self.name);
        let mut groups: Vec<u32> = id("runAsGroup").into_iter().collect();
        groups.extend(id("fsGroup"));
        let spec = Spec {
            command: words("command"),
            args: words("args"),
            env: self.recent.env(&variables),
            workdir: container["workingDir"].as_shared().cloned(),
            user: id("runAsUser"),
            groups: groups.into(),
            mounts: mounts(pod, container, &variables, own, self.disks).into(),
            read_only: container["securityContext"]["readOnlyRootFilesystem"].is_true(),
            hosts: hosts(pod, ip, &hostname).into(),
            hostname,
            ip: ip.into(),
            resolv: self.recent.resolv(resolv(pod, self.dns_ip)),
            tty: container["tty"].is_true(),
            stdin: container["stdin"].is_true(),
            message_path: match container["terminationMessagePath"].text() {
                "" => "/dev/termination-log".into(),
                path => path.into(),
            },
            message_policy: match container["terminationMessagePolicy"].text() {
                "FallbackToLogsOnError" => MessagePolicy::FallbackToLogsOnError,
                _ => MessagePolicy::File,
            },
            memory_limit: limit(container, "memory", Quantity::value),
            cpu_limit: limit(container, "cpu", Quantity::milli_value),
            seed: self.random.next_u64(),
        };
        let image_id = format!("{}@{}", image.name, image.digest).into();
        let image_name = reference.to_string().into();
        Ok(Made { image, spec: Arc::new(spec), image_id, image_name })
    }
}

fn hostname(pod: &Value, node: &str) -> Str {
    if PodView(pod).uses_host_network() {
        return node.into();
    }
    if let Some(given) = pod["spec"]["hostname"].as_shared().filter(|own| !own.is_empty()) {
        return given.clone();
    }
    let name = pod["metadata"]["name"].as_shared().cloned().unwrap_or_default();
    match name.get(..63) {
        // A host name has 63 letters at most.
        Some(cut) => cut.trim_end_matches(['-', '.']).into(),
        None => name,
    }
}

fn limit(container: &Value, resource: &str, measure: fn(Quantity) -> i64) -> Option<u64> {
    let limit = container["resources"]["limits"][resource].as_str()?;
    u64::try_from(measure(Quantity::parse_or_zero(limit))).ok()
}

/// `/etc/hosts` as the kubelet writes it; empty where it only names the Pod,
/// which the runtime writes by itself.
fn hosts(pod: &Value, ip: &str, hostname: &str) -> String {
    if pod["spec"]["subdomain"].is_empty() && pod["spec"]["hostAliases"].is_empty() {
        return String::new();
    }
    let mut text = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n\
                    ::1\tlocalhost ip6-localhost ip6-loopback\n\
                    fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\n\
                    fe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"
        .to_owned();
    let subdomain = pod["spec"]["subdomain"].text();
    if subdomain.is_empty() {
        text.push_str(&format!("{ip}\t{hostname}\n"));
    } else {
        let namespace = pod["metadata"]["namespace"].text();
        let full = format!("{hostname}.{subdomain}.{namespace}.svc.cluster.local");
        text.push_str(&format!("{ip}\t{full}\t{hostname}\n"));
    }
    let aliases = pod["spec"]["hostAliases"].items();
    if !aliases.is_empty() {
        text.push_str("\n# Entries added by HostAliases.\n");
    }
    for alias in aliases {
        let names: Vec<&str> = alias["hostnames"].items().iter().map(Value::text).collect();
        text.push_str(&format!("{}\t{}\n", alias["ip"].text(), names.join("\t")));
    }
    text
}

/// `/etc/resolv.conf` by the Pod's DNS policy.
fn resolv(pod: &Value, dns_ip: &str) -> String {
    let config = &pod["spec"]["dnsConfig"];
    let mut servers: Vec<String> = Vec::new();
    let mut searches: Vec<String> = Vec::new();
    let mut options: Vec<String> = Vec::new();
    match pod["spec"]["dnsPolicy"].text() {
        "None" => {}
        "Default" => servers.push("192.0.2.53".to_owned()),
        _ => {
            let namespace = pod["metadata"]["namespace"].text();
            servers.push(dns_ip.to_owned());
            searches.push(format!("{namespace}.svc.cluster.local"));
            searches.extend(["svc.cluster.local".to_owned(), "cluster.local".to_owned()]);
            options.push("ndots:5".to_owned());
        }
    }
    let texts = |field: &str| {
        config[field].items().iter().map(|own| own.text().to_owned()).collect::<Vec<_>>()
    };
    servers.extend(texts("nameservers"));
    searches.extend(texts("searches"));
    options.extend(config["options"].items().iter().map(|option| match option["value"].text() {
        "" => option["name"].text().to_owned(),
        value => format!("{}:{value}", option["name"].text()),
    }));
    let mut text = String::new();
    if !searches.is_empty() {
        text.push_str(&format!("search {}\n", searches.join(" ")));
    }
    for server in servers {
        text.push_str(&format!("nameserver {server}\n"));
    }
    if !options.is_empty() {
        text.push_str(&format!("options {}\n", options.join(" ")));
    }
    text
}

/// Where a container sees the Pod's volumes; its `variables` may name a part.
fn mounts(
    pod: &Value,
    container: &Value,
    variables: &Environment,
    own: &PodVolumes,
    disks: &mut Disks,
) -> Vec<Mount> {
    let volumes = pod["spec"]["volumes"].items();
    let mounts = container["volumeMounts"].items().iter().filter_map(|mount| {
        let volume = volumes.iter().find(|volume| volume["name"] == mount["name"])?;
        let sub_path = match mount["subPathExpr"].as_str() {
            Some(text) => expand(text, |name| variables.get(name).cloned()),
            None => mount["subPath"].text().to_owned(),
        };
        let id = own.get(mount["name"].text())?;
        let sub_path = disks.volumes.get_mut(id)?.pin(&sub_path);
        Some(Mount {
            path: mount["mountPath"].text().trim_end_matches('/').into(),
            volume: id,
            sub_path: sub_path.into(),
            read_only: mount["readOnly"].is_true() || is_read_only(volume),
        })
    });
    mounts.collect()
}
