// The small module that the page imports: fetches the editor's style, words and code, each once.
import type { Editor, Options } from "./interface";

type Monaco = { build(container: HTMLElement, options: Options): Editor };

let monaco: Promise<Monaco> | undefined;

/** Loads the editor and puts it into the container. */
export async function create(container: HTMLElement, options: Options): Promise<Editor> {
  monaco ??= load(options.language).catch((error) => {
    // The next attempt starts anew, say after the network came back.
    monaco = undefined;
    throw error;
  });
  return (await monaco).build(container, options);
}

async function load(language: Options["language"]): Promise<Monaco> {
  const style = stylesheet(new URL("monaco.css", import.meta.url).href);
  // The code reads its words while it is evaluated, so they come first.
  // @ts-expect-error: a bundle without types
  if (language === "ko") await import("./ko.js");
  // @ts-expect-error: the bundle of editor.ts
  const code = import("./monaco.js");
  await style;
  return code;
}

function stylesheet(href: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => reject(new Error(`cannot load ${href}`)));
    document.head.append(link);
  });
}
