
// The later part of the program. It is fetched once the program marks its first useful picture; where a function of it
// is called before it is there, the caller waits for it. The marks `split` and `whole` tell others how far it is.
const LATER = new URL("./@NAME@", import.meta.url);
const coming = new AbortController();
performance.mark("split");
let importsOfLater;
let keptModule;

/** The program's imports, and what it calls where it needs the later part at once. */
function withLater(imports, kept) {
    importsOfLater = imports;
    keptModule = kept;
    const bring = () => {
        coming.abort();
        linkLater(keptModule ?? new WebAssembly.Module(fetchNow(LATER)));
    };
    return { ...imports, later: { bring } };
}

/** The later part where an earlier visit has kept it: a window that waits reaches no service worker. */
async function keptLater() {
    try {
        const response = await caches.match(LATER);
        return response && (await WebAssembly.compileStreaming(response));
    } catch {
        return undefined;
    }
}

function linkLater(module) {
    if (wasm["~here"].value) return;
    const first = { ...wasm };
    for (let number = 0; number < @COUNT@; number += 1) first[number] = wasm["~slots"].get(@SLOT@ + number);
    new WebAssembly.Instance(module, { ...importsOfLater, first });
    performance.mark("whole");
}

/** The file's bytes. A window may wait for nothing but text, so they come as letters. */
function fetchNow(address) {
    const request = new XMLHttpRequest();
    request.open("GET", address, false);
    request.overrideMimeType("text/plain; charset=x-user-defined");
    request.send();
    if (request.status !== 200) throw new Error(`${address}: ${request.status} ${request.statusText}`);
    const letters = request.responseText;
    const bytes = new Uint8Array(letters.length);
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = letters.charCodeAt(at);
    return bytes;
}

new PerformanceObserver((list, observer) => {
    if (!list.getEntriesByName("picture").length) return;
    observer.disconnect();
    // Where this fails, the first caller fetches again and hears why; nobody else has to wait for that.
    const fetched = () => WebAssembly.compileStreaming(fetch(LATER, { signal: coming.signal }));
    Promise.resolve(keptModule ?? fetched()).then(linkLater).catch(() => performance.mark("whole"));
}).observe({ type: "mark", buffered: true });
