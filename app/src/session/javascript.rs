//! `window.podyard`: the page's interface for those who embed it, as
//! `public/podyard.d.ts` describes it.

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::{Action, Outcome, Session};
use crate::protocol::{Pace, Setup};
use crate::state::Files;

/// Puts the interface where others find it.
pub(super) fn offer(session: Session) {
    let yard = Object::new();
    put(&yard, "ready", &ready(session));
    put(&yard, "setManifest", &taking(move |text| session.dispatch(Action::Write(string(&text)))));
    put(&yard, "getManifest", &giving(move || open_text(session).into()));
    put(
        &yard,
        "apply",
        &giving(move || {
            promise(move |done| {
                let line = session.state().files.with_untracked(Files::apply_line);
                session.run_in_terminal(&line, move |outcome| done(result(&outcome)));
            })
        }),
    );
    put(
        &yard,
        "run",
        &answering(move |line| {
            promise(move |done| {
                session.run_in_terminal(&string(&line), move |outcome| done(result(&outcome)));
            })
        }),
    );
    put(
        &yard,
        "advance",
        &answering(move |seconds| {
            promise(move |done| {
                session.advance(micros(&seconds), move |_| done(JsValue::UNDEFINED));
            })
        }),
    );
    put(&yard, "setSpeed", &taking(move |times| session.dispatch(Action::SetPace(pace(&times)))));
    put(
        &yard,
        "share",
        &giving(move || {
            promise(move |done| {
                session.link(true, move |link| done(link.into()));
            })
        }),
    );
    put(
        &yard,
        "reset",
        &answering(move |options| {
            promise(move |done| {
                session.dispatch(Action::Reset(setup(&options)));
                session.when_awake(move || done(JsValue::UNDEFINED));
            })
        }),
    );
    if let Some(window) = web_sys::window() {
        put(&window, "podyard", &yard);
    }
}

impl Session {
    /// Calls back once the cluster runs.
    fn when_awake(self, then: impl FnOnce() + 'static) {
        // An empty command is answered after everything sent before it.
        self.advance(0, move |_| then());
    }
}

fn ready(session: Session) -> JsValue {
    promise(move |done| session.when_awake(move || done(JsValue::UNDEFINED)))
}

fn open_text(session: Session) -> String {
    session
        .state()
        .files
        .with_untracked(|files| files.current().map(|file| file.text.clone()).unwrap_or_default())
}

fn result(outcome: &Outcome) -> JsValue {
    let result = Object::new();
    put(&result, "stdout", &outcome.stdout.as_str().into());
    put(&result, "stderr", &outcome.stderr.as_str().into());
    put(&result, "code", &outcome.code.into());
    result.into()
}

fn setup(options: &JsValue) -> Setup {
    let field = |name: &str| Reflect::get(options, &name.into()).ok();
    let number = |name: &str| field(name)?.as_f64().map(whole);
    let usual = Setup::default();
    Setup {
        seed: number("seed").unwrap_or(usual.seed),
        workers: number("nodes")
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(usual.workers),
        profile: field("profile").and_then(|name| name.as_string()).unwrap_or(usual.profile),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is right here"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is right here")]
fn micros(seconds: &JsValue) -> i64 {
    (seconds.as_f64().unwrap_or_default() * 1e6) as i64
}

fn pace(times: &JsValue) -> Pace {
    Pace(u32::try_from(times.as_f64().map_or(1, whole)).unwrap_or(u32::MAX))
}

fn string(value: &JsValue) -> String {
    value.as_string().unwrap_or_default()
}

fn put(object: &JsValue, name: &str, value: &JsValue) {
    // Only a frozen object refuses, and none of ours is.
    let _ = Reflect::set(object, &name.into(), value);
}

/// A promise that is kept when the callback it hands out is called.
fn promise(start: impl FnOnce(Box<dyn FnOnce(JsValue)>)) -> JsValue {
    let mut start = Some(start);
    Promise::new(&mut |resolve: Function, _reject| {
        if let Some(start) = start.take() {
            start(Box::new(move |value| drop(resolve.call1(&JsValue::UNDEFINED, &value))));
        }
    })
    .into()
}

fn giving(give: impl Fn() -> JsValue + 'static) -> JsValue {
    Closure::<dyn Fn() -> JsValue>::new(give).into_js_value()
}

fn answering(answer: impl Fn(JsValue) -> JsValue + 'static) -> JsValue {
    Closure::<dyn Fn(JsValue) -> JsValue>::new(answer).into_js_value()
}

fn taking(take: impl Fn(JsValue) + 'static) -> JsValue {
    Closure::<dyn Fn(JsValue)>::new(take).into_js_value()
}
