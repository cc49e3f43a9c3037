//! Starts the worker, and carries bytes to and from it.
//!
//! The worker is this same program: a blob imports the page's own script and
//! starts the page's own compiled module. Nothing is downloaded or compiled
//! twice.

use gloo::events::EventListener;
use wasm_bindgen::prelude::*;
use web_sys::{
    Blob, BlobPropertyBag, ErrorEvent, MessageEvent, Url, Worker, WorkerOptions, WorkerType,
};

use crate::protocol::{Command, Report, pack, unpack};

#[wasm_bindgen]
extern "C" {
    /// Where the page's own script came from.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static SCRIPT_URL: String;
}

const WORKER_SCRIPT: &str = "onmessage = async ({ data: [script, module] }) => {
    onmessage = null;
    await (await import(script)).default({ module_or_path: module });
};";

/// What comes out of the channel.
pub(super) enum News {
    /// The worker says something.
    Report(Report),
    /// The worker fell over.
    Broken(String),
}

/// A line to the worker. What is sent before it listens waits for it.
#[derive(Default)]
pub(super) struct Channel {
    worker: Option<Started>,
    waiting: Vec<Command>,
    awake: bool,
}

struct Started {
    worker: Worker,
    _listeners: [EventListener; 2],
}

impl Channel {
    /// Starts a worker in the place of the one before.
    pub(super) fn start(&mut self, hear: impl Fn(News) + Clone + 'static) -> Result<(), JsValue> {
        self.stop();
        let worker = spawn()?;
        let tell = hear.clone();
        let messages = EventListener::new(&worker, "message", move |event| {
            if let Some(report) = event.dyn_ref().and_then(read) {
                tell(News::Report(report));
            }
        });
        let errors = EventListener::new(&worker, "error", move |event| {
            let message = event.dyn_ref().map(ErrorEvent::message);
            hear(News::Broken(message.unwrap_or_default()));
        });
        self.worker = Some(Started { worker, _listeners: [messages, errors] });
        Ok(())
    }

    /// Ends the worker, whatever it does.
    pub(super) fn stop(&mut self) {
        if let Some(started) = self.worker.take() {
            started.worker.terminate();
        }
        self.awake = false;
        self.waiting.clear();
    }

    /// The worker listens: sends what waited.
    pub(super) fn woke(&mut self) {
        self.awake = true;
        for command in std::mem::take(&mut self.waiting) {
            self.send(command);
        }
    }

    /// Sends a command now or as soon as the worker listens.
    pub(super) fn send(&mut self, command: Command) {
        let Some(started) = self.worker.as_ref().filter(|_| self.awake) else {
            return self.waiting.push(command);
        };
        let bytes = js_sys::Uint8Array::from(pack(&command).as_slice());
        // Bytes can always be posted; a worker that is gone says so itself.
        let _ = started.worker.post_message(&bytes);
    }
}

fn spawn() -> Result<Worker, JsValue> {
    let parts = js_sys::Array::of1(&WORKER_SCRIPT.into());
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&parts, &kind)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&url, &options)?;
    let script = SCRIPT_URL.with(String::clone);
    let first = js_sys::Array::of2(&script.into(), &wasm_bindgen::module());
    worker.post_message(&first)?;
    Ok(worker)
}

fn read(event: &MessageEvent) -> Option<Report> {
    unpack(&js_sys::Uint8Array::new(&event.data()).to_vec())
}
