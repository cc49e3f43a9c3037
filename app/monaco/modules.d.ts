// The one module of Monaco that we use and that has no types of its own.
declare module "monaco-editor/base/browser/ui/aria/aria" {
  /** Has a screen reader say the text. */
  export function alert(text: string): void;
}
