// Keeps the page for visits without a network. Trunk's last step (boot.mjs) puts in the list of files and a
// hash of them, so that a new build is a new worker with a shelf of its own.
const NAME = "podyard-@HASH@";
const FILES = ["@FILES@"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(tidy().then(() => self.clients.claim()));
});

async function tidy() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("podyard-") && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = request.url.startsWith(self.registration.scope);
  if (request.method !== "GET" || !isOurs) return;
  event.respondWith(request.mode === "navigate" ? page(request) : file(request));
});

/** The newest page there is: from the network, and from the shelf where there is none. */
async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match("./", { cacheName: NAME })) ?? Response.error();
  }
}

/** A file of this build, from the shelf. Whatever else is asked for comes from the network. */
async function file(request) {
  const kept = await caches.match(request, { cacheName: NAME, ignoreSearch: true });
  return kept ?? fetch(request);
}
