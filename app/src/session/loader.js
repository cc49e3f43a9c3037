// Loads the editor's bundle when it is asked for, from beside the page.
export const loadEditor = () => import(new URL("./monaco/editor.js", document.baseURI).href);
