//! `cargo xtask split`: the page's program in two, so that a first visit does
//! not wait for what it does not need.
//!
//! What is needed until the first useful picture stands in `xtask/startup.txt`,
//! by name, as `cargo xtask startup` found it. All other functions go into a
//! second program, which comes after the picture and shares the first one's
//! memory and table. Nothing relies on the list: whoever calls a function that
//! is not there yet waits for it. After a change of the sources the list may
//! miss some, and the first picture then waits: the list knows of which program
//! it was written.

mod calls;
pub(crate) mod instrument;
pub(crate) mod names;
mod plan;
mod program;
#[cfg(test)]
mod tests;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use self::instrument::function_names;
use self::names::Names;
use self::program::Halves;
use crate::failure::{Doing, Failure, Result};
use crate::process::say;
use crate::workspace;

/// The names of the functions that a visit begins with.
pub(crate) const STARTUP: &str = "xtask/startup.txt";
/// Where the program and its script are kept as they were.
pub(crate) const WHOLE: &str = "target/split";

/// Says whether the list is of the program that was split last: `own` or
/// `other`.
const LIST: &str = "target/split/list";

/// What the script gets for the later part.
const SCRIPT: &str = include_str!("later.js");
/// Where the script begins to start the program without holding anybody up.
const INIT: &str = "async function __wbg_init_once(";
/// Where it asks for the program's imports, before and after that.
const IMPORTS: &str = "= __wbg_get_imports();";

/// Splits the program in a folder with a site that Trunk has built.
pub(crate) fn run(options: &[String]) -> Result<()> {
    let [folder] = options else { return Err(Failure::new("the folder of the site, please")) };
    let site = Site::find(Path::new(folder))?;
    let kept = workspace::path(WHOLE);
    fs::create_dir_all(&kept).doing(kept.display())?;
    fs::copy(site.program(), kept.join("whole.wasm")).doing("the program")?;
    fs::copy(site.script(), kept.join("whole.js")).doing("the script")?;
    site.split()
}

/// The files of a built site that belong to the program.
pub(crate) struct Site {
    folder: PathBuf,
    /// What their names begin with: the crate's name and a hash.
    name: String,
}

impl Site {
    /// Finds the program of the site in a folder.
    pub(crate) fn find(folder: &Path) -> Result<Self> {
        let files = workspace::files(folder)?;
        let names = files.iter().filter_map(|file| file.file_name()?.to_str());
        let mut programs = names.filter_map(|name| name.strip_suffix("_bg.wasm"));
        let name = programs.next().map(str::to_owned);
        let name = name.ok_or_else(|| {
            Failure::new(format!("{} has no program of Trunk's", folder.display()))
        })?;
        Ok(Self { folder: folder.to_owned(), name })
    }

    /// The program that a visit begins with.
    pub(crate) fn program(&self) -> PathBuf {
        self.folder.join(format!("{}_bg.wasm", self.name))
    }

    /// The script that starts it.
    pub(crate) fn script(&self) -> PathBuf {
        self.folder.join(format!("{}.js", self.name))
    }

    fn split(self) -> Result<()> {
        let list = fs::read_to_string(workspace::path(STARTUP)).doing(STARTUP)?;
        let names = Names::parse(&list);
        let whole = fs::read(self.program()).doing("the program")?;
        let script = fs::read_to_string(self.script()).doing("the script")?;
        say("Splitting the program");
        note(list.contains(&Names::of(&function_names(&whole)?).fingerprint()))?;
        let halves = program::split(&whole, &|name| names.has(name))?;
        self.write(&halves, &script)
    }

    /// Writes both programs and the script, under a name that tells them from
    /// those of another split.
    fn write(self, halves: &Halves, script: &str) -> Result<()> {
        let mut hasher = DefaultHasher::new();
        (&halves.first, &halves.later, script, SCRIPT).hash(&mut hasher);
        let crate_name = self.name.rsplit_once('-').map_or(self.name.as_str(), |(name, _)| name);
        let new = Self { name: format!("{crate_name}-{:016x}", hasher.finish()), ..self };
        let later = format!("{}_later.wasm", new.name);
        let old = Self { folder: new.folder.clone(), name: self.name };
        fs::remove_file(old.program()).doing("the program")?;
        fs::remove_file(old.script()).doing("the script")?;
        fs::write(new.program(), &halves.first).doing("the program")?;
        fs::write(new.folder.join(&later), &halves.later).doing("the later program")?;
        fs::write(new.script(), with_later(script, halves, &later)?).doing("the script")?;
        let page = new.folder.join("index.html");
        let html = fs::read_to_string(&page).doing(page.display())?;
        fs::write(&page, html.replace(&old.name, &new.name)).doing(page.display())
    }
}

/// Notes and says whether the list is of this very program.
fn note(is_own: bool) -> Result<()> {
    if !is_own {
        say(format!(
            "{STARTUP} was written for another program: the first picture may come later \
             until `cargo xtask startup` writes it anew"
        ));
    }
    fs::write(workspace::path(LIST), if is_own { "own" } else { "other" }).doing(LIST)
}

/// Whether the list is of the program that was split last.
pub(crate) fn has_own_list() -> bool {
    fs::read_to_string(workspace::path(LIST)).is_ok_and(|word| word == "own")
}

/// wasm-bindgen's script, so that it brings the later program too.
fn with_later(script: &str, halves: &Halves, later: &str) -> Result<String> {
    let known = script.split_once(INIT).filter(|(sync, inits)| {
        [sync, inits].iter().all(|part| part.matches(IMPORTS).count() == 1)
    });
    let Some((sync, inits)) = known else {
        return Err(Failure::new("wasm-bindgen's script is not of the form that is known here"));
    };
    let (slot, count) = halves.shared;
    let ours = SCRIPT
        .replace("@NAME@", later)
        .replace("@SLOT@", &slot.to_string())
        .replace("@COUNT@", &count.to_string());
    let sync = sync.replace(IMPORTS, "= withLater(__wbg_get_imports());");
    let inits = inits.replace(IMPORTS, "= withLater(__wbg_get_imports(), await keptLater());");
    Ok([&sync, INIT, &inits, &ours].concat())
}
