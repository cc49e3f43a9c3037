//! Podyard's page, and the worker behind it: one program in two roles.
//!
//! With a window it is the page; without one it is the worker that hosts the
//! cluster. The modules are declared in order of dependency. `state` is data,
//! `scene` geometry, `view` markup; only `session` acts, and only `worker`
//! names the cluster.

#![expect(unreachable_pub, reason = "`#[component]` writes `pub` for its properties")]

mod startup;
mod protocol;
mod worker;
mod i18n;
mod state;
mod browser;
mod scene;
mod session;
mod view;

fn main() {
    if worker::is_here() {
        worker::start();
    } else {
        view::mount();
    }
}
