// The editor itself: several YAML files in one Monaco, driven by the page.
import { type IDisposable, KeyCode, KeyMod, MarkerSeverity, Uri, editor } from "monaco-editor/editor";
import { alert as announce } from "monaco-editor/base/browser/ui/aria/aria";
import "./features";
import type { Editor, File, Marker, Options, Theme } from "./interface";
import { LENS_COMMAND, provide } from "./providers";
import { fromRange } from "./ranges";
import { applyTheme, fontOf } from "./theme";

self.MonacoEnvironment = {
  getWorker: () => new Worker(new URL("editor.worker.js", import.meta.url)),
};

editor.registerCommand(LENS_COMMAND, (_services: unknown, press: () => void) => press());

const severities: Record<Marker["severity"], MarkerSeverity> = {
  error: MarkerSeverity.Error,
  warning: MarkerSeverity.Warning,
  info: MarkerSeverity.Info,
  hint: MarkerSeverity.Hint,
};

const settings: editor.IStandaloneEditorConstructionOptions = {
  automaticLayout: true,
  detectIndentation: false,
  fixedOverflowWidgets: true,
  insertSpaces: true,
  minimap: { enabled: false },
  padding: { top: 8, bottom: 8 },
  quickSuggestions: { comments: false, other: true, strings: true },
  scrollBeyondLastLine: false,
  suggest: { showWords: false, snippetsPreventQuickSuggestions: false },
  tabSize: 2,
  wordBasedSuggestions: "off",
};

/** What stands open and would take Escape for itself. */
const POPUPS = [
  "codeActionMenuVisible",
  "editorHasMultipleSelections",
  "editorHasSelection",
  "editorHoverVisible",
  "findWidgetVisible",
  "inSnippetMode",
  "markersNavigationVisible",
  "suggestWidgetVisible",
];

/** One open file. */
interface Opened {
  model: editor.ITextModel;
  view: editor.ICodeEditorViewState | null;
  markers: Marker[];
  /** The version of the text that the markers were made for. */
  markedVersion: number;
  changes: IDisposable;
}

/** Numbers the editors of a page, so that equal file names do not clash. */
let editors = 0;

/** Puts an editor into the container. */
export function build(container: HTMLElement, options: Options): Editor {
  return new PodyardEditor(container, options);
}

class PodyardEditor implements Editor {
  readonly #container: HTMLElement;
  readonly #options: Options;
  readonly #id = (editors += 1);
  readonly #files = new Map<string, Opened>();
  readonly #monaco: editor.IStandaloneCodeEditor;
  readonly #providers: ReturnType<typeof provide>;
  #shown: string | undefined;
  #theme: Theme;

  constructor(container: HTMLElement, options: Options) {
    this.#container = container;
    this.#options = options;
    this.#theme = options.theme;
    applyTheme(options.theme, container);
    this.#monaco = editor.create(container, {
      ...settings,
      ...fontOf(container),
      ariaLabel: options.ariaLabel,
      model: null,
    });
    this.#providers = provide(
      { nameOf: (model) => this.#nameOf(model), markersOf: (model) => this.#markersOf(model) },
      options,
    );
    this.#bindKeys();
    this.#monaco.onDidChangeCursorPosition(({ position }) => {
      if (this.#shown !== undefined) options.onCursor(this.#shown, position.lineNumber, position.column);
    });
    this.setFiles(options.files);
    this.openFile(options.open ?? options.files[0]?.name ?? "");
  }

  setFiles(files: File[]): void {
    const names = new Set(files.map((file) => file.name));
    for (const name of this.#files.keys()) {
      if (!names.has(name)) this.#close(name);
    }
    for (const { name, text } of files) {
      if (this.#files.has(name)) this.setValue(name, text);
      else this.#add(name, text);
    }
    const first = files[0];
    if (this.#shown === undefined && first) this.openFile(first.name);
  }

  openFile(name: string): void {
    const file = this.#files.get(name);
    if (!file || name === this.#shown) return;
    const before = this.#shown === undefined ? undefined : this.#files.get(this.#shown);
    if (before) before.view = this.#monaco.saveViewState();
    this.#shown = name;
    this.#monaco.setModel(file.model);
    if (file.view) this.#monaco.restoreViewState(file.view);
  }

  getValue(name = this.#shown): string {
    return (name !== undefined && this.#files.get(name)?.model.getValue()) || "";
  }

  setValue(name: string, text: string): void {
    const model = this.#files.get(name)?.model;
    if (!model || model.getValue() === text) return;
    model.pushStackElement();
    model.pushEditOperations([], [{ range: model.getFullModelRange(), text }], () => null);
    model.pushStackElement();
  }

  setMarkers(name: string, markers: Marker[]): void {
    const file = this.#files.get(name);
    if (!file) return;
    file.markers = markers;
    file.markedVersion = file.model.getVersionId();
    editor.setModelMarkers(file.model, "podyard", markers.map((marker) => ({
      ...fromRange(marker),
      severity: severities[marker.severity],
      message: marker.message,
      code: marker.code,
    })));
  }

  refresh(): void {
    this.#providers.refresh();
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    applyTheme(theme, this.#container);
  }

  setReadOnly(readOnly: boolean): void {
    this.#monaco.updateOptions({ readOnly });
  }

  reveal(line: number, column: number): void {
    this.#monaco.setPosition({ lineNumber: line, column });
    this.#monaco.revealLineInCenterIfOutsideViewport(line);
  }

  layout(): void {
    this.#monaco.updateOptions(fontOf(this.#container));
    applyTheme(this.#theme, this.#container);
    this.#monaco.layout();
  }

  focus(): void {
    this.#monaco.focus();
  }

  dispose(): void {
    this.#providers.dispose();
    this.#monaco.dispose();
    for (const name of this.#files.keys()) this.#close(name);
  }

  #add(name: string, text: string): void {
    const uri = Uri.from({ scheme: "podyard", authority: String(this.#id), path: `/${name}` });
    const model = editor.createModel(text, "yaml", uri);
    const changes = model.onDidChangeContent(() => this.#options.onChange(name, model.getValue()));
    this.#files.set(name, { model, view: null, markers: [], markedVersion: 0, changes });
  }

  #close(name: string): void {
    const file = this.#files.get(name);
    if (!file) return;
    this.#files.delete(name);
    if (name === this.#shown) this.#shown = undefined;
    file.changes.dispose();
    file.model.dispose();
  }

  #nameOf(model: editor.ITextModel): string | undefined {
    for (const [name, file] of this.#files) {
      if (file.model === model) return name;
    }
    return undefined;
  }

  #markersOf(model: editor.ITextModel): Marker[] {
    const name = this.#nameOf(model);
    const file = name === undefined ? undefined : this.#files.get(name);
    return file && file.markedVersion === model.getVersionId() ? file.markers : [];
  }

  /** Ctrl-Enter applies; Escape, then Tab, leaves: the keyboard is never caught. */
  #bindKeys(): void {
    this.#monaco.addAction({
      id: "podyard.apply",
      label: this.#options.words.apply,
      keybindings: [KeyMod.CtrlCmd | KeyCode.Enter],
      run: () => this.#options.onApply?.(),
    });
    this.#monaco.addAction({
      id: "podyard.leave",
      label: this.#options.words.leave,
      keybindings: [KeyCode.Escape],
      keybindingContext: POPUPS.map((popup) => `!${popup}`).join(" && "),
      run: () => {
        this.#monaco.updateOptions({ tabFocusMode: true });
        announce(this.#options.words.leaving);
      },
    });
    const stay = () => this.#monaco.updateOptions({ tabFocusMode: false });
    this.#monaco.onKeyDown(({ keyCode }) => {
      if (![KeyCode.Tab, KeyCode.Escape, KeyCode.Shift].includes(keyCode)) stay();
    });
    this.#monaco.onDidBlurEditorWidget(stay);
  }
}
