//! The shape of a parsed script.

use std::sync::Arc;

use crate::value::Str;

/// Commands one after the other.
pub type List = Arc<Vec<AndOr>>;

/// Pipelines joined by `&&` and `||`.
#[derive(Debug, Clone, PartialEq)]
pub struct AndOr {
    /// The first pipeline.
    pub first: Pipeline,
    /// The others, each with what joins it to those before.
    pub rest: Vec<(Joint, Pipeline)>,
    /// Whether `&` ends it.
    pub background: bool,
    /// Its source text, as `jobs` and `set -x` show it.
    pub text: Str,
}

/// `&&` or `||`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// `&&`: only after success.
    And,
    /// `||`: only after failure.
    Or,
}

/// Commands joined by `|`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// Whether `!` turns the status around.
    pub negated: bool,
    /// The commands, at least one.
    pub stages: Vec<Arc<Command>>,
}

/// One command with its redirections.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// What it does.
    pub body: Body,
    /// Its redirections in order.
    pub redirects: Vec<Redirect>,
    /// The line it starts on.
    pub line: u32,
}

/// What a command does.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Assignments, a name and arguments.
    Simple(Simple),
    /// `{ …; }`.
    Group(List),
    /// `( … )`.
    Subshell(List),
    /// `if …; then …; elif …; else …; fi`.
    If(Arc<Vec<(List, List)>>, Option<List>),
    /// `while` (or `until`, when true) …; `do …; done`.
    Loop(bool, List, List),
    /// `for name in words; do …; done`; without words, over `"$@"`.
    For(Str, Option<Arc<Vec<Word>>>, List),
    /// `for ((first; condition; step)); do …; done`.
    Count(Arc<[Word; 3]>, List),
    /// `case word in patterns) …;; esac`.
    Case(Word, Arc<Vec<(Vec<Word>, List)>>),
    /// `name() …`.
    Function(Str, Arc<Command>),
    /// `[[ … ]]`.
    Test(Arc<Vec<Word>>),
    /// `(( … ))`.
    Arithmetic(Word),
}

/// A simple command.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Simple {
    /// `name=word` before the command.
    pub assignments: Vec<Assignment>,
    /// The command and its arguments; may be empty.
    pub words: Vec<Word>,
}

/// `name=value`, `name+=value`, `name[index]=value` or `name=(values)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The variable.
    pub name: Str,
    /// The index inside `[…]`.
    pub index: Option<Word>,
    /// Whether `+=` adds to it.
    pub append: bool,
    /// The value, or an array's values.
    pub value: Result<Word, Vec<Word>>,
}

/// A redirection.
#[derive(Debug, Clone, PartialEq)]
pub struct Redirect {
    /// The descriptor it changes.
    pub descriptor: u8,
    /// How.
    pub kind: RedirectKind,
    /// The file, the descriptor, or the text of a here-document.
    pub target: Word,
}

/// Kinds of redirections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectKind {
    /// `<`.
    Read,
    /// `>` and `>|`.
    Write,
    /// `>>`.
    Append,
    /// `<&` and `>&`.
    Duplicate,
    /// `<<` and `<<<`: the target is the text itself.
    Here,
    /// `&>`: both outputs; true to append.
    Both(bool),
}

/// A word: pieces without a gap.
pub type Word = Arc<Vec<Piece>>;

/// A piece of a word.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Plain text.
    Text(String),
    /// Text that quotes protect.
    Quoted(String),
    /// `~` or `~name` at a word's start.
    Tilde,
    /// `$name` or `${…}`; true inside double quotes.
    Parameter(Parameter, bool),
    /// `$(…)` or `` `…` ``; true inside double quotes.
    Substitution(List, bool),
    /// `$((…))`; true inside double quotes.
    Arithmetic(Word, bool),
}

/// A parameter expansion.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The variable or special parameter.
    pub name: Str,
    /// The index of an array's item.
    pub index: Option<Word>,
    /// What is done with its value.
    pub operation: Operation,
}

/// What `${…}` does with a value. The boolean of the first four says whether
/// an empty value counts as unset (`:-`).
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// The value itself.
    Value,
    /// `-`: the word if unset.
    Default(bool, Word),
    /// `=`: set to the word if unset.
    Assign(bool, Word),
    /// `?`: fail with the word if unset.
    Require(bool, Word),
    /// `+`: the word if set.
    Alternative(bool, Word),
    /// `${#name}`.
    Length,
    /// `#` and `##`: without a prefix; true for the longest.
    Prefix(bool, Word),
    /// `%` and `%%`: without a suffix; true for the longest.
    Suffix(bool, Word),
    /// `/`: the first match replaced, or all when true.
    Replace(bool, Word, Word),
    /// `:offset:length`.
    Slice(Word, Option<Word>),
    /// `^^`, `,,`, `^`, `,`: upper or lower case, of all or the first letter.
    Case(bool, bool),
    /// `${!name}`: the variable that the value names.
    Indirect,
}

/// Why a text is no script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line it was found on.
    pub line: u32,
    /// What was found; none at the end of the text.
    pub found: Option<String>,
    /// What was missed, when one thing only would do.
    pub expecting: Option<&'static str>,
}

impl SyntaxError {
    /// Whether more text could complete the script, so that an interactive
    /// shell asks for it.
    pub fn is_incomplete(&self) -> bool {
        self.found.is_none()
    }
}
