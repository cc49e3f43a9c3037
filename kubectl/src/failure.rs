//! Why a command failed, and how kubectl words it.
//!
//! Models `k8s.io/kubectl/pkg/cmd/util/helpers.go`: `checkErr`,
//! `StandardErrorMessage`, `MultilineError` and `AddSourceToErr`.

use podyard_engine::value::Value;

/// What a command ends with.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Why a command failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The server said so: its `Status` object.
    Status(Value),
    /// The words of an ordinary error, without `error: `.
    Text(String),
    /// A message that goes out exactly as it is.
    Verbatim(String),
    /// Several failures.
    Many(Vec<Failure>),
    /// The server cannot be reached.
    Refused {
        /// Host and port.
        host: String,
        /// What was asked for, as `Get "http://127.0.0.1:8080/api"`.
        asked: String,
    },
    /// Everything was said already; only the exit code is left.
    Exit(i32),
    /// A message of its own and its exit code.
    Code(i32, String),
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Fails with these words.
pub fn fail<T>(text: impl Into<String>) -> Outcome<T> {
    Err(Failure::Text(text.into()))
}

impl Failure {
    /// The reason of the server's `Status`, or `""`.
    pub fn reason(&self) -> &str {
        if let Self::Status(status) = self { status["reason"].text() } else { "" }
    }

    /// Whether the server did not find the object.
    pub fn is_not_found(&self) -> bool {
        self.reason() == "NotFound"
    }

    /// Whether the server found a conflict.
    pub fn is_conflict(&self) -> bool {
        self.reason() == "Conflict"
    }

    /// The words of the error itself, as Go's `err.Error()` gives them.
    pub fn text(&self) -> String {
        match self {
            Self::Status(status) => status["message"].text().to_owned(),
            Self::Text(text) | Self::Verbatim(text) | Self::Code(_, text) => text.clone(),
            Self::Many(failures) => match failures.as_slice() {
                [one] => one.text(),
                many => {
                    let texts: Vec<_> = many.iter().map(Self::text).collect();
                    format!("[{}]", texts.join(", "))
                }
            },
            Self::Refused { host, asked } => {
                let address = host.replace("localhost", "127.0.0.1");
                format!("{asked}: dial tcp {address}: connect: connection refused")
            }
            Self::Exit(code) => format!("exit {code}"),
        }
    }

    /// Puts `prefix` and a colon in front, as `fmt.Errorf("…: %w")` does.
    #[must_use]
    pub fn under(self, prefix: &str) -> Self {
        Self::Text(format!("{prefix}: {}", self.text()))
    }

    /// Says what was being done with which source when it happened.
    #[must_use]
    pub fn when(self, verb: &str, source: &str) -> Self {
        if source.is_empty() {
            return self;
        }
        let message = format!("error when {verb} {source:?}: {}", self.text());
        self.with_message(message)
    }

    /// The same failure in other words; a `Status` keeps its reason.
    #[must_use]
    pub fn with_message(self, message: String) -> Self {
        match self {
            Self::Status(mut status) => {
                status.set("message", message);
                Self::Status(status)
            }
            _ => Self::Text(message),
        }
    }

    /// One failure of several; a single one stays itself, and none is success.
    /// A failure that is several itself stays one line of the whole.
    pub fn collect(mut failures: Vec<Self>) -> Outcome {
        match failures.len() {
            0 => Ok(()),
            1 => failures.pop().map_or(Ok(()), Err),
            _ => Err(Self::Many(failures)),
        }
    }

    /// What goes to standard error, whether or not with the last line's end, and
    /// the exit code.
    pub fn report(&self) -> (String, i32) {
        match self {
            Self::Exit(code) => (String::new(), *code),
            Self::Code(code, text) => (text.clone(), *code),
            Self::Verbatim(text) => (text.clone(), 1),
            // Its text is a paragraph, ended whether or not its last line is.
            Self::Status(status) if status["reason"].text() == "Invalid" => {
                (invalid(status) + "\n", 1)
            }
            Self::Many(failures) => {
                let lines: Vec<_> = failures.iter().map(Self::bare).collect();
                (lines.join("\n"), 1)
            }
            _ => (self.standard().unwrap_or_else(|| prefixed(&self.text())), 1),
        }
    }

    /// One line of several: without `error: `.
    fn bare(&self) -> String {
        self.standard().unwrap_or_else(|| self.text())
    }

    fn standard(&self) -> Option<String> {
        match self {
            Self::Status(status) => {
                let message = status["message"].text();
                Some(match status["reason"].text() {
                    "Unauthorized" => {
                        format!("error: You must be logged in to the server ({message})")
                    }
                    "" => format!("Error from server: {message}"),
                    reason => format!("Error from server ({reason}): {message}"),
                })
            }
            Self::Refused { host, .. } => Some(format!(
                "The connection to the server {host} was refused - \
                 did you specify the right host or port?"
            )),
            _ => None,
        }
    }
}

fn prefixed(text: &str) -> String {
    if text.starts_with("error: ") { text.to_owned() } else { format!("error: {text}") }
}

/// A `Status` with the reason `Invalid`: its causes in a list of their own.
fn invalid(status: &Value) -> String {
    let details = &status["details"];
    let (kind, name) = (details["kind"].text(), details["name"].text());
    let mut causes: Vec<String> = Vec::new();
    for cause in details["causes"].items() {
        let (field, message) = (cause["field"].text(), cause["message"].text());
        let text =
            if field.is_empty() { message.to_owned() } else { format!("{field}: {message}") };
        if !causes.contains(&text) {
            causes.push(text);
        }
    }
    let mut head = "The request is invalid".to_owned();
    if !kind.is_empty() || !name.is_empty() {
        head = format!("The {kind} {name:?} is invalid");
    } else if causes.is_empty() && !status["message"].is_empty() {
        head = format!("{head}: {}", status["message"].text());
    }
    match causes.as_slice() {
        [] => head,
        [one] => format!("{head}: {one}"),
        many => format!("{head}: \n* {}", many.join("\n* ")),
    }
}
