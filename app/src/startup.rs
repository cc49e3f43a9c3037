//! Says when the first useful picture is there, on the page and in the worker.
//! What `cargo xtask dist` split off the program is fetched then.

use std::sync::Once;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn mark(name: &str);
}

/// The first picture is sent, or shown. Only the first call counts.
pub(crate) fn pictured() {
    static PICTURED: Once = Once::new();
    PICTURED.call_once(|| mark("picture"));
}
