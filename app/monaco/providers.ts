// What the editor asks the page for: completions, hovers, lenses, and fixes for the markers.
import { Emitter, type IDisposable, type Position, type editor, languages } from "monaco-editor/editor";
import type { Completion, Marker, Options } from "./interface";
import { fromRange } from "./ranges";

type Model = editor.ITextModel;

/** The files of one editor, as the providers see them. */
export interface Files {
  /** The name of a model's file; nothing for a model of somebody else. */
  nameOf(model: Model): string | undefined;
  /** The markers that fit the text as it is now. */
  markersOf(model: Model): Marker[];
}

/** Connects the page's answers with the editor; `refresh` asks for lenses again. */
export function provide(files: Files, options: Options): IDisposable & { refresh(): void } {
  const lensesChanged = new Emitter<languages.CodeLensProvider>();
  const all: IDisposable[] = [lensesChanged, provideFixes(files)];
  if (options.complete) all.push(provideCompletions(files, options.complete));
  if (options.hover) all.push(provideHovers(files, options.hover));
  if (options.lenses) all.push(provideLenses(files, options, options.lenses, lensesChanged));
  return {
    refresh: () => lensesChanged.fire({ provideCodeLenses: () => null }),
    dispose: () => all.forEach((one) => one.dispose()),
  };
}

const kinds: Record<Completion["kind"], languages.CompletionItemKind> = {
  field: languages.CompletionItemKind.Field,
  value: languages.CompletionItemKind.Value,
  snippet: languages.CompletionItemKind.Snippet,
  reference: languages.CompletionItemKind.Reference,
};

function provideCompletions(files: Files, complete: NonNullable<Options["complete"]>): IDisposable {
  return languages.registerCompletionItemProvider("yaml", {
    triggerCharacters: [" ", ":", "-", "/", "."],
    async provideCompletionItems(model: Model, position: Position) {
      const file = files.nameOf(model);
      if (file === undefined) return null;
      const word = model.getWordUntilPosition(position);
      const here = {
        startLineNumber: position.lineNumber,
        startColumn: word.startColumn,
        endLineNumber: position.lineNumber,
        endColumn: word.endColumn,
      };
      const found = await complete(file, position.lineNumber, position.column);
      return { suggestions: found.map((item, rank) => suggestion(item, rank, here)) };
    },
  });
}

function suggestion(item: Completion, rank: number, here: languages.CompletionItem["range"]): languages.CompletionItem {
  return {
    label: item.label,
    kind: kinds[item.kind],
    insertText: item.text ?? item.label,
    insertTextRules: item.snippet ? languages.CompletionItemInsertTextRule.InsertAsSnippet : undefined,
    detail: item.detail,
    documentation: item.documentation === undefined ? undefined : { value: item.documentation },
    range: item.range ? fromRange(item.range) : here,
    command: item.asksOn ? { id: "editor.action.triggerSuggest", title: "" } : undefined,
    sortText: item.sort ?? String(rank).padStart(5, "0"),
  };
}

function provideHovers(files: Files, hover: NonNullable<Options["hover"]>): IDisposable {
  return languages.registerHoverProvider("yaml", {
    async provideHover(model: Model, position: Position) {
      const file = files.nameOf(model);
      if (file === undefined) return null;
      const found = await hover(file, position.lineNumber, position.column);
      return found && { contents: [{ value: found.text }], range: found.range && fromRange(found.range) };
    },
  });
}

function provideLenses(
  files: Files,
  options: Options,
  lenses: NonNullable<Options["lenses"]>,
  changed: Emitter<languages.CodeLensProvider>,
): IDisposable {
  return languages.registerCodeLensProvider("yaml", {
    onDidChange: changed.event,
    async provideCodeLenses(model: Model) {
      const file = files.nameOf(model);
      if (file === undefined) return null;
      const found = await lenses(file);
      return {
        lenses: found.map((lens) => ({
          range: fromRange({ line: lens.line, column: 1, endLine: lens.line, endColumn: 1 }),
          command: {
            id: lens.id === undefined ? "" : LENS_COMMAND,
            title: lens.title,
            arguments: [() => options.onLens?.(file, lens.id ?? "")],
          },
        })),
        dispose() {},
      };
    },
  });
}

/** The command behind a lens: it calls the function it is given. */
export const LENS_COMMAND = "podyard.lens";

function provideFixes(files: Files): IDisposable {
  return languages.registerCodeActionProvider("yaml", {
    provideCodeActions(model, range) {
      const touched = files.markersOf(model).filter((marker) => {
        const place = fromRange(marker);
        return place.startLineNumber <= range.endLineNumber && range.startLineNumber <= place.endLineNumber;
      });
      const actions = touched.flatMap((marker) => (marker.fixes ?? []).map((fix, rank) => ({
        title: fix.title,
        kind: "quickfix",
        isPreferred: rank === 0,
        edit: {
          edits: fix.edits.map((edit) => ({
            resource: model.uri,
            versionId: model.getVersionId(),
            textEdit: { range: fromRange(edit.range), text: edit.text },
          })),
        },
      })));
      return { actions, dispose() {} };
    },
  }, { providedCodeActionKinds: ["quickfix"] });
}
