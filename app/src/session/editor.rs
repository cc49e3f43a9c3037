//! Monaco, behind the interface of `app/monaco/interface.d.ts`. It is fetched
//! after the first paint; the page works without it.

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{Action, Session};
use crate::i18n::Say;
use crate::protocol::{File, Problem, Spot};

#[wasm_bindgen(module = "/src/session/loader.js")]
extern "C" {
    #[wasm_bindgen(js_name = loadEditor)]
    fn load_bundle() -> Promise;
}

#[wasm_bindgen]
extern "C" {
    type Bundle;

    #[wasm_bindgen(method)]
    fn create(this: &Bundle, container: &web_sys::HtmlElement, options: &Object) -> Promise;

    /// The editor in the page.
    #[derive(Debug, Clone)]
    pub(crate) type Editor;

    #[wasm_bindgen(method, js_name = setFiles)]
    fn set_files_js(this: &Editor, files: &Array);

    /// Shows a file.
    #[wasm_bindgen(method, js_name = openFile)]
    pub(crate) fn open_file(this: &Editor, name: &str);

    #[wasm_bindgen(method, js_name = setMarkers)]
    fn set_markers_js(this: &Editor, name: &str, markers: &Array);

    /// Wears `light` or `dark`.
    #[wasm_bindgen(method, js_name = setTheme)]
    pub(crate) fn set_theme(this: &Editor, theme: &str);

    /// Brings a place into view.
    #[wasm_bindgen(method)]
    pub(crate) fn reveal(this: &Editor, line: u32, column: u32);

    /// Asks for lenses again.
    #[wasm_bindgen(method)]
    pub(crate) fn refresh(this: &Editor);

    /// Takes the keyboard.
    #[wasm_bindgen(method)]
    pub(crate) fn focus(this: &Editor);
}

/// What the editor needs to begin.
pub(crate) struct EditorOptions {
    /// The files.
    pub(crate) files: Vec<File>,
    /// The file to show.
    pub(crate) open: String,
    /// `en` or `ko`.
    pub(crate) language: &'static str,
    /// `light` or `dark`.
    pub(crate) theme: &'static str,
    /// What a screen reader calls it.
    pub(crate) label: &'static str,
    /// Its words: the command behind Ctrl-Enter, that behind Escape, and what
    /// a screen reader then hears.
    pub(crate) words: [&'static str; 3],
}

/// Loads the editor into the container; fails where it cannot be fetched.
pub(crate) async fn load_editor(
    container: web_sys::HtmlElement,
    options: EditorOptions,
    session: Session,
) -> Result<Editor, JsValue> {
    let bundle: Bundle = JsFuture::from(load_bundle()).await?.unchecked_into();
    let [apply, leave, leaving] = options.words;
    let words =
        object(&[("apply", apply.into()), ("leave", leave.into()), ("leaving", leaving.into())]);
    let options = object(&[
        ("files", files(&options.files).into()),
        ("open", options.open.into()),
        ("language", options.language.into()),
        ("theme", options.theme.into()),
        ("ariaLabel", options.label.into()),
        ("words", words.into()),
    ]);
    listen(&options, session);
    let editor = JsFuture::from(bundle.create(&container, &options)).await?;
    Ok(editor.unchecked_into())
}

/// Says what happens when the editor reports something, or asks.
fn listen(options: &Object, session: Session) {
    let write = move |file, text| session.dispatch(Action::WriteFile(file, text));
    let apply = move || session.dispatch(Action::Apply);
    let complete = move |file, line, column| session.complete(Spot { file, line, column });
    let explain = move |file, line, column| session.explain(Spot { file, line, column });
    let lenses = move |file| session.lenses(file);
    let choose = move |_: String, path: String| session.choose(&path);
    let all = [
        ("onChange", Closure::<dyn Fn(String, String)>::new(write).into_js_value()),
        ("onCursor", Closure::<dyn Fn()>::new(|| {}).into_js_value()),
        ("onApply", Closure::<dyn Fn()>::new(apply).into_js_value()),
        ("complete", Closure::<dyn Fn(String, u32, u32) -> Promise>::new(complete).into_js_value()),
        ("hover", Closure::<dyn Fn(String, u32, u32) -> Promise>::new(explain).into_js_value()),
        ("lenses", Closure::<dyn Fn(String) -> Promise>::new(lenses).into_js_value()),
        ("onLens", Closure::<dyn Fn(String, String)>::new(choose).into_js_value()),
    ];
    for (name, listener) in all {
        put(options, name, &listener);
    }
}

impl Editor {
    /// Makes these the files.
    pub(crate) fn set_files(&self, all: &[File]) {
        self.set_files_js(&files(all));
    }

    /// Underlines the problems of one file.
    pub(crate) fn set_problems<'a>(
        &self,
        file: &str,
        problems: impl Iterator<Item = &'a Problem>,
        say: Say,
    ) {
        self.set_markers_js(file, &problems.map(|problem| marker(problem, say)).collect());
    }
}

fn files(all: &[File]) -> Array {
    let file = |file: &File| {
        object(&[("name", file.name.as_str().into()), ("text", file.text.as_str().into())])
    };
    all.iter().map(file).collect()
}

fn marker(problem: &Problem, say: Say) -> Object {
    let help = problem.help.as_ref().map(|help| say.help(help));
    let message = match &help {
        Some(help) => format!("{}\n{help}", problem.message),
        None => problem.message.clone(),
    };
    let severity = if problem.error { "error" } else { "warning" };
    let marker = object(&[
        ("line", problem.line.into()),
        ("column", problem.column.into()),
        ("endLine", problem.line.into()),
        ("endColumn", problem.end_column.into()),
        ("message", message.into()),
        ("severity", severity.into()),
    ]);
    if let Some(fix) = &problem.fix {
        let range = object(&[
            ("line", fix.line.into()),
            ("column", 1.into()),
            ("endLine", (fix.line + fix.lines).into()),
            ("endColumn", 1.into()),
        ]);
        let edit = object(&[("range", range.into()), ("text", fix.text.as_str().into())]);
        let edits = Array::of1(&edit);
        let fix = object(&[("title", help.unwrap_or_default().into()), ("edits", edits.into())]);
        put(&marker, "fixes", &Array::of1(&fix));
    }
    marker
}

/// An object of JavaScript with these fields.
pub(super) fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        put(&object, name, value);
    }
    object
}

/// Sets a field of an object of JavaScript.
pub(super) fn put(object: &Object, name: &str, value: &JsValue) {
    // Only a frozen object refuses, and none of ours is.
    let _ = Reflect::set(object, &name.into(), value);
}
