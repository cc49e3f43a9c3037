// Loads the editor's bundle when it is asked for, from beside the page.
export const loadEditor = () => whole().then(() => import(new URL("./monaco/editor.js", document.baseURI).href));

/** The program is whole: the editor is large, and must not slow the rest of the program down. */
function whole() {
  if (!performance.getEntriesByName("split").length) return Promise.resolve();
  return new Promise((done) => {
    new PerformanceObserver((list, observer) => {
      if (!list.getEntriesByName("whole").length) return;
      observer.disconnect();
      done();
    }).observe({ type: "mark", buffered: true });
  });
}
