//! One image: what is in it and what it runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::behaviour::Behaviour;
use super::fields::{Fields, Read};
use super::reference::Reference;
use crate::process::{Entry, Family, Layer, Signal, parent};
use crate::sim::Time;
use crate::tools::{Set, layer};
use crate::value::{Str, Value};

/// Servers by name.
pub type Servers = BTreeMap<Str, Arc<Behaviour>>;

/// An image, as a container starts from it.
#[derive(Debug, Clone)]
pub struct Image {
    /// Registry and repository, as `docker.io/library/nginx`.
    pub name: Str,
    /// Patterns of the tags it has; see `tags`.
    pub(super) tags: Vec<Str>,
    /// Bytes, as `Image size:` in events tells them.
    pub size: u64,
    /// `ENTRYPOINT`.
    pub entrypoint: Vec<Str>,
    /// `CMD`.
    pub cmd: Vec<Str>,
    /// `ENV`, in order.
    pub env: Vec<(Str, Str)>,
    /// `WORKDIR`.
    pub workdir: Str,
    /// `USER`, as a number; its name has no meaning here.
    pub user: u32,
    /// `STOPSIGNAL`.
    pub stop_signal: Signal,
    /// The files, lowest layer first.
    pub layers: Arc<[Arc<Layer>]>,
    /// The servers that its programs may be.
    pub servers: Arc<Servers>,
    /// The version it shows where its tag tells none.
    default_version: Str,
    /// The tag it was found under.
    pub tag: Str,
    /// The digest of that tag.
    pub digest: Str,
}

/// The layers that images share, made once.
#[derive(Debug, Default)]
pub(super) struct Bases(BTreeMap<Str, Vec<Arc<Layer>>>);

impl Bases {
    fn get(&mut self, name: &str) -> Read<Vec<Arc<Layer>>> {
        if let Some(layers) = self.0.get(name) {
            return Ok(layers.clone());
        }
        let sets: &[Set] = match name {
            "scratch" => &[],
            "busybox" => &[Set::Busybox],
            "busybox-classic" => &[Set::BusyboxClassic],
            "alpine" => &[Set::Alpine],
            "alpine-bash" => &[Set::Alpine, Set::Bash],
            "alpine-network" => &[Set::Alpine, Set::Network],
            "alpine-curl" => &[Set::Alpine, Set::Curl],
            "debian" => &[Set::Debian],
            "debian-curl" => &[Set::Debian, Set::Curl],
            "debian-network" => &[Set::Debian, Set::Network],
            "ubuntu" => &[Set::Ubuntu],
            _ => return Err(format!("base: there is no {name}")),
        };
        let mut layers = vec![layer(&[Set::Base])];
        layers.extend((!sets.is_empty()).then(|| layer(sets)));
        self.0.insert(name.into(), layers.clone());
        Ok(layers)
    }
}

impl Image {
    /// Reads an image that a page's author declares:
    ///
    /// ```yaml
    /// name: example.com/shop          # without a tag; required
    /// tags: [latest, "1.{0..9}"]      # all tags when left out
    /// base: alpine                    # scratch, busybox, alpine, debian, ubuntu, …
    /// size: 20Mi
    /// entrypoint: [shop-server]       # or cmd
    /// env: {GREETING: hello}
    /// workdir: /srv
    /// user: 1000
    /// stopSignal: SIGQUIT
    /// files: {/srv/motto.txt: "…"}
    /// programs: {/usr/bin/shop-server: shop}    # file: a server below, or a tool
    /// servers:
    ///   shop:
    ///     ports: [8080]
    ///     portFrom: $PORT             # an option or a variable that changes it
    ///     starts: 2s
    ///     lines: ["listening"]
    ///     accessLog: combined         # none, nginx, common, combined, path
    ///     stop: 0                     # exit code at SIGTERM, or ignored
    ///     memory: 30Mi
    ///     requestCpu: 2ms
    ///     routes:
    ///     - {path: /healthz, body: ok}
    ///     - {path: "/*", body: "Hello from {hostname}\n", takes: 3ms}
    /// ```
    ///
    /// A body may hold `{hostname}`, `{ip}`, `{client}`, `{method}`, `{path}`,
    /// `{target}`, `{headers}`, `{body}`, `{port}`, `{date}`, `{tag}`,
    /// `{query NAME}`, `{env NAME}` and `{arg OPTION}`.
    pub fn declared(value: &Value) -> Result<Self, String> {
        Self::read(value, &mut Bases::default(), &Arc::default())
    }

    pub(super) fn read(value: &Value, bases: &mut Bases, shared: &Arc<Servers>) -> Read<Self> {
        let mut fields = Fields::new(value, "image")?;
        let text = fields.required("name")?;
        let name = Reference::parse(&text)?.name();
        let mut servers = shared.clone();
        for (own, server) in fields.field("servers").entries() {
            let behaviour = Behaviour::read(own, server, &format!("image.servers.{own}"))?;
            Arc::make_mut(&mut servers).insert(own.clone(), Arc::new(behaviour));
        }
        let mut layers = bases.get(fields.text("base")?.as_deref().unwrap_or("scratch"))?;
        let mut top = Layer::new();
        for (path, program) in fields.pairs("programs")? {
            put(&mut top, &path, Entry::program(&program, Family::Gnu, Time::default()))?;
        }
        for (path, contents) in fields.pairs("files")? {
            let mut entry = Entry::file(contents.as_bytes().to_vec(), crate::tools::built());
            if contents.starts_with("#!") {
                entry.mode = 0o755;
            }
            put(&mut top, &path, entry)?;
        }
        layers.push(Arc::new(top));
        let stop = fields.text("stopSignal")?;
        let stop_signal = stop.as_deref().map_or(Some(Signal::TERM), Signal::parse);
        let image = Self {
            name: name.into(),
            tags: fields.texts("tags")?,
            size: fields.bytes("size")?.unwrap_or(20 << 20),
            entrypoint: fields.texts("entrypoint")?,
            cmd: fields.texts("cmd")?,
            env: fields.pairs("env")?,
            workdir: fields.text("workdir")?.unwrap_or_else(|| "/".into()),
            user: fields.number("user")?.unwrap_or_default(),
            stop_signal: stop_signal.ok_or("image.stopSignal: must be a signal, as SIGQUIT")?,
            layers: layers.into(),
            servers,
            default_version: fields.text("version")?.unwrap_or_else(|| "1.0.0".into()),
            tag: Str::from(""),
            digest: Str::from(""),
        };
        fields.finish()?;
        Ok(image)
    }

    /// The version that the tag tells, in three parts.
    pub fn version(&self) -> String {
        let tag = self.tag.trim_start_matches('v');
        let end =
            tag.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(tag.len());
        let parts: Vec<&str> =
            tag.get(..end).unwrap_or_default().split('.').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => self.default_version.to_string(),
            [major] => format!("{major}.0.0"),
            [major, minor] => format!("{major}.{minor}.0"),
            [major, minor, patch, ..] => format!("{major}.{minor}.{patch}"),
        }
    }

    /// The path that images of Docker Hub set, unless they say otherwise.
    pub fn default_path() -> &'static str {
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    }
}

fn put(layer: &mut Layer, path: &str, entry: Entry) -> Read<()> {
    if !path.starts_with('/') {
        return Err(format!("{path}: must be an absolute path"));
    }
    let mut above = parent(path);
    // Only directories of this layer's own; those of the base stay as they are.
    while above != "/" && !matches!(above, "/bin" | "/sbin" | "/lib") && !layer.contains_key(above)
    {
        layer.insert(above.into(), Entry::directory(entry.modified));
        above = parent(above);
    }
    layer.insert(path.into(), entry);
    Ok(())
}
