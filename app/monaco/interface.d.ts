// What the page knows of the editor: `import("./monaco/editor.js")` gives a module with one function, `create`.
//
// Lines and columns count from one, columns in UTF-16 code units. A file is known by its name.
// Everything the page hands over is copied; nothing here throws for a file that does not exist.

/** Loads the editor and puts it into the container. */
export function create(container: HTMLElement, options: Options): Promise<Editor>;

export interface Options {
  /** The files to begin with. */
  files: File[];
  /** The file to show; the first one unless given. */
  open?: string;
  /** The language of the editor's own words: menus, the find box, what a screen reader hears. Fixed once loaded. */
  language: "en" | "ko";
  theme: Theme;
  /** What a screen reader calls the editor. */
  ariaLabel: string;
  words: Words;
  /** A file's text changed, by whomever. */
  onChange(file: string, text: string): void;
  /** The cursor moved. */
  onCursor(file: string, line: number, column: number): void;
  /** Ctrl-Enter or Cmd-Enter was pressed. */
  onApply?(): void;
  /** What may stand here. Asked after a typed letter, a trigger character, or Ctrl-Space. */
  complete?(file: string, line: number, column: number): Promise<Completion[]>;
  /** What the word here means; `null` where there is nothing to say. */
  hover?(file: string, line: number, column: number): Promise<Hover | null>;
  /** Lines of text above lines of the file. Asked again after `refresh`. */
  lenses?(file: string): Promise<Lens[]>;
  /** A lens was pressed. */
  onLens?(file: string, id: string): void;
}

/** The words of the editor that are ours, in the page's language. */
export interface Words {
  /** The command behind Ctrl-Enter, as the command palette (F1) lists it. */
  apply: string;
  /** The command behind Escape. */
  leave: string;
  /** What a screen reader hears when Escape was pressed and Tab will leave the editor. */
  leaving: string;
}

export type Theme = "light" | "dark";

export interface File {
  name: string;
  text: string;
}

export interface Range {
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

/** Puts a text in the place of what is there. */
export interface Edit {
  range: Range;
  text: string;
}

/** Something wrong, underlined, with what would mend it. */
export interface Marker extends Range {
  message: string;
  severity: "error" | "warning" | "info" | "hint";
  /** A short name of the rule, shown behind the message. */
  code?: string;
  fixes?: Fix[];
}

/** One way to mend it, offered as a quick fix; dropped as soon as the text changes. */
export interface Fix {
  title: string;
  edits: Edit[];
}

export interface Completion {
  label: string;
  /** What is put in; the label unless given. With `snippet`, `$1` and `${2:word}` are places to fill. */
  text?: string;
  snippet?: boolean;
  kind: "field" | "value" | "snippet" | "reference";
  /** Whether to go on and offer what may follow. */
  asksOn?: boolean;
  /** A few words beside the label. */
  detail?: string;
  /** Markdown. */
  documentation?: string;
  /** What it replaces; the word at the cursor unless given. */
  range?: Range;
  /** Sorts by this; by the order given unless set. */
  sort?: string;
}

export interface Hover {
  /** Markdown, without HTML. */
  text: string;
  range?: Range;
}

export interface Lens {
  line: number;
  title: string;
  /** Handed to `onLens`; a lens without it is only text. */
  id?: string;
}

export interface Editor {
  /** Makes these the files: new ones appear, missing ones go, changed ones change and can be undone. */
  setFiles(files: File[]): void;
  /** Shows a file, where its cursor and scrolling last were. */
  openFile(name: string): void;
  /** The text of a file, of the shown one unless named. */
  getValue(name?: string): string;
  /** Replaces a file's text; Ctrl-Z brings the old one back. */
  setValue(name: string, text: string): void;
  /** Replaces a file's markers. */
  setMarkers(name: string, markers: Marker[]): void;
  /** Asks for lenses again. */
  refresh(): void;
  setTheme(theme: Theme): void;
  setReadOnly(readOnly: boolean): void;
  /** Brings a place of the shown file into view and puts the cursor there. */
  reveal(line: number, column: number): void;
  /** Takes the container's size, font and colours again. It follows a change of size by itself. */
  layout(): void;
  focus(): void;
  dispose(): void;
}
