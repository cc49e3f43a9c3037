// The page's ranges as Monaco's.
import type { IRange } from "monaco-editor/editor";
import type { Range } from "./interface";

/** The same range in Monaco's words. */
export function fromRange(range: Range): IRange {
  return {
    startLineNumber: range.line,
    startColumn: range.column,
    endLineNumber: range.endLine,
    endColumn: range.endColumn,
  };
}
