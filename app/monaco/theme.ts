// The editor's colours and font: the page's own where the container has them.
import { editor } from "monaco-editor/editor";
import type { Theme } from "./interface";

type Rule = editor.ITokenThemeRule;

/** Every colour has a contrast of at least 4.5 to its background. */
const rules: Record<Theme, Rule[]> = {
  light: [
    { token: "type", foreground: "0b5a7a" },
    { token: "string", foreground: "8a3b12" },
    { token: "number", foreground: "0a6b3d" },
    { token: "keyword", foreground: "5b2bc4" },
    { token: "comment", foreground: "5a6472" },
  ],
  dark: [
    { token: "type", foreground: "7cc7f0" },
    { token: "string", foreground: "f0b48a" },
    { token: "number", foreground: "9adba8" },
    { token: "keyword", foreground: "c7a6ff" },
    { token: "comment", foreground: "9aa5b4" },
  ],
};

/** Makes the theme the one of every editor on the page. */
export function applyTheme(theme: Theme, container: HTMLElement): void {
  const style = getComputedStyle(container);
  const background = hex(style.backgroundColor);
  const colors: Record<string, string> = {};
  if (background) {
    colors["editor.background"] = background;
    colors["editorGutter.background"] = background;
    const foreground = hex(style.color);
    if (foreground) colors["editor.foreground"] = foreground;
  }
  const name = `podyard-${theme}`;
  editor.defineTheme(name, {
    base: theme === "dark" ? "vs-dark" : "vs",
    inherit: true,
    rules: rules[theme],
    colors,
  });
  editor.setTheme(name);
}

/** The container's font, as options of the editor. */
export function fontOf(container: HTMLElement): editor.IEditorOptions {
  const style = getComputedStyle(container);
  return { fontFamily: style.fontFamily, fontSize: Number.parseFloat(style.fontSize) };
}

/** A colour in any notation as `#010203`; nothing for one that lets the ground shine through. */
function hex(color: string): string | undefined {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d");
  if (!pen) return undefined;
  pen.fillStyle = color;
  pen.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, opacity = 0] = pen.getImageData(0, 0, 1, 1).data;
  if (opacity < 255) return undefined;
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
