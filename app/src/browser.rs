//! The little that views need of the browser itself: sizes, media queries, the
//! document's root.

use gloo::events::{EventListener, EventListenerOptions};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, HtmlAnchorElement, HtmlElement, KeyboardEvent, MediaQueryList, ResizeObserver, Response,
    Url,
};

/// The width and height of an element's content box, kept up to date.
pub(crate) fn size_of(node: NodeRef<Div>) -> RwSignal<(f64, f64)> {
    let size = RwSignal::new((0.0, 0.0));
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let watched = element.clone();
        let measure = Closure::<dyn Fn()>::new(move || {
            let now = (f64::from(watched.client_width()), f64::from(watched.client_height()));
            if size.get_untracked() != now {
                size.set(now);
            }
        });
        if let Ok(observer) = ResizeObserver::new(measure.as_ref().unchecked_ref()) {
            observer.observe(&element);
        }
        // The observer lives as long as the page.
        measure.forget();
    });
    size
}

/// Whether a media query holds, kept up to date.
pub(crate) fn media(query: &str) -> RwSignal<bool> {
    let list = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    let holds = RwSignal::new(list.as_ref().is_some_and(MediaQueryList::matches));
    if let Some(list) = list {
        let current = list.clone();
        EventListener::new(&list, "change", move |_| holds.set(current.matches())).forget();
    }
    holds
}

/// The text that a `paste` brings.
pub(crate) fn pasted(event: &web_sys::Event) -> Option<String> {
    let data = js_sys::Reflect::get(event, &"clipboardData".into()).ok()?;
    let get = js_sys::Reflect::get(&data, &"getData".into()).ok()?;
    let get = get.dyn_into::<js_sys::Function>().ok()?;
    get.call1(&data, &"text".into()).ok()?.as_string()
}

/// The text at an address beside the page; none where it cannot be had.
pub(crate) async fn fetch_text(address: &str) -> Option<String> {
    let window = web_sys::window()?;
    let response = JsFuture::from(window.fetch_with_str(address)).await.ok()?;
    let response: Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// Does something when the space bar is pressed where it means nothing else.
pub(crate) fn on_space(act: impl Fn() + 'static) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let body = document.body();
    EventListener::new_with_options(
        &document,
        "keydown",
        EventListenerOptions::enable_prevent_default(),
        move |event| {
            let pressed = event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == " ");
            let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
            if pressed && target == body {
                event.prevent_default();
                act();
            }
        },
    )
    .forget();
}

/// Sets an attribute of the document's root.
pub(crate) fn set_root(name: &str, value: &str) {
    if let Some(root) = web_sys::window().and_then(|window| window.document()?.document_element()) {
        // The names are ours and valid.
        let _ = root.set_attribute(name, value);
    }
}

/// Takes away what stood on the page until the program arrived.
pub(crate) fn remove_shell() {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(shell) = document.and_then(|document| document.get_element_by_id("shell")) {
        shell.remove();
    }
}

/// Gives the keyboard to the element of that id, and brings it into view.
pub(crate) fn focus(id: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let element = document.and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take it leaves it where it is.
        let _ = element.focus();
    }
}

/// Keeps the page for visits without a network. A browser that cannot is no
/// error.
pub(crate) fn keep_offline() {
    const AFTER_MS: u32 = 3_000;
    let register = || {
        let navigator = web_sys::window().map(|window| window.navigator());
        // Pages that are not served safely have no such container.
        let has = |navigator: &web_sys::Navigator| {
            js_sys::Reflect::get(navigator, &"serviceWorker".into())
                .is_ok_and(|container| !container.is_undefined())
        };
        if let Some(navigator) = navigator.filter(has) {
            drop(navigator.service_worker().register("./service-worker.js"));
        }
    };
    gloo::timers::callback::Timeout::new(AFTER_MS, register).forget();
}

/// The panes that another page asks for which shows this one in a frame; none
/// where the page stands by itself.
pub(crate) fn embedded_panes() -> Option<String> {
    const USUAL: &str = "editor picture";
    let search = web_sys::window().and_then(|window| window.location().search().ok())?;
    let parameters = web_sys::UrlSearchParams::new_with_str(&search).ok()?;
    parameters.get("embed").filter(|value| value != "0")?;
    let panes = parameters.get("panes").map(|panes| panes.replace(',', " "));
    Some(panes.filter(|panes| !panes.is_empty()).unwrap_or_else(|| USUAL.to_owned()))
}

/// Brings the element of that id into view.
pub(crate) fn show(id: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(element) = document.and_then(|document| document.get_element_by_id(id)) {
        element.scroll_into_view();
    }
}

/// Saves a text as a file of the person's computer.
pub(crate) fn download(name: &str, text: &str) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let blob = Blob::new_with_str_sequence(&js_sys::Array::of1(&text.into()));
    let Some(address) = blob.ok().and_then(|blob| Url::create_object_url_with_blob(&blob).ok())
    else {
        return;
    };
    let anchor = document.create_element("a").ok();
    if let Some(anchor) = anchor.and_then(|anchor| anchor.dyn_into::<HtmlAnchorElement>().ok()) {
        anchor.set_href(&address);
        anchor.set_download(name);
        anchor.click();
    }
    // The browser has taken its own hold of the text by now.
    let _ = Url::revoke_object_url(&address);
}

/// Scrolls an element to its end.
pub(crate) fn scroll_to_end(element: &HtmlElement) {
    element.set_scroll_top(element.scroll_height());
}

/// The width and height of the page.
pub(crate) fn window_size() -> (i32, i32) {
    let document = web_sys::window().and_then(|window| window.document());
    let root = document.and_then(|document| document.document_element());
    root.map_or((1_280, 800), |root| (root.client_width(), root.client_height()))
}
