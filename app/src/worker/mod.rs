//! The worker: hosts the cluster away from the page, so that nothing the
//! cluster does can hold up typing. This is the only place that names it.

mod assist;
mod check;
mod clock;
mod host;
mod opinion;
mod lesson;
mod traffic;

use std::cell::RefCell;

use gloo::events::EventListener;
use gloo::timers::callback::Interval;
use wasm_bindgen::JsCast;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use self::host::Host;
use crate::protocol::{Command, Report, pack, unpack};
use crate::startup;

/// How often time is let pass and news are sent.
const TICK_MS: u32 = 33;

thread_local! {
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
}

/// Whether this program runs as the worker.
pub(crate) fn is_here() -> bool {
    js_sys::global().dyn_ref::<DedicatedWorkerGlobalScope>().is_some()
}

/// Begins to listen.
pub(crate) fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else { return };
    std::panic::set_hook(Box::new(|panic| post(&Report::Crashed(panic.to_string()))));
    EventListener::new(&scope, "message", |event| {
        let bytes =
            event.dyn_ref().map(|event: &MessageEvent| js_sys::Uint8Array::new(&event.data()));
        if let Some(command) = bytes.and_then(|bytes| unpack(&bytes.to_vec())) {
            HOST.with_borrow_mut(|host| obey(host, command));
        }
    })
    .forget();
    let tick = |host: &mut Option<Host>| host.iter_mut().for_each(|host| host.tick(&post));
    Interval::new(TICK_MS, move || HOST.with_borrow_mut(tick)).forget();
    post(&Report::Awake);
}

/// A new session takes the place of the old one; all else is the host's.
fn obey(place: &mut Option<Host>, command: Command) {
    if let Some(mut host) = Host::new(&command, &post) {
        host.follow(place.as_ref(), &post);
        *place = Some(host);
    } else if let Some(host) = place {
        host.obey(command, &post);
    }
}

fn post(report: &Report) {
    let scope = js_sys::global().unchecked_into::<DedicatedWorkerGlobalScope>();
    let bytes = js_sys::Uint8Array::from(pack(report).as_slice());
    // Bytes can always be posted.
    let _ = scope.post_message(&bytes);
    if matches!(report, Report::Changes(_)) {
        startup::pictured();
    }
}
