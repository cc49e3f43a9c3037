//! Markup. Components take state and hand over gestures; they never act.

mod bar;
mod editor;
mod frame;
mod icons;
mod inspector;
mod lesson;
mod picture;
mod share;
mod terminal;
mod timeline;

use leptos::prelude::*;

use self::frame::Frame;
use crate::browser;
use crate::session::Session;

/// Puts the page into the document.
pub(crate) fn mount() {
    mount_to_body(|| {
        let session = Session::open();
        browser::remove_shell();
        dress(session);
        browser::keep_offline();
        browser::on_space(move || session.toggle_pace());
        view! { <Frame session /> }
    });
}

/// Keeps the document's root in the chosen language and theme.
fn dress(session: Session) {
    let state = session.state();
    Effect::new(move |_| browser::set_root("lang", state.language.get().tag()));
    Effect::new(move |_| browser::set_root("data-theme", state.theme.get().key()));
}
