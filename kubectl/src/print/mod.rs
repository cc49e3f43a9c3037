//! What kubectl makes of the server's answers: tables, YAML, JSON and the
//! template languages of `-o`.
//!
//! Everything here is pure: values in, text out. Models cli-runtime's
//! `pkg/printers`, client-go's `util/jsonpath` and kubectl's `pkg/cmd/get`.

mod custom_columns;
mod gofmt;
mod json;
pub mod jsonpath;
mod sort;
mod table;
mod tabwriter;
pub mod template;
mod typed;

pub use podyard_engine::api::age::{age, human_duration};
pub use podyard_engine::yaml::to_yaml;

pub use self::custom_columns::CustomColumns;
pub use self::gofmt::{go_syntax, quote, sprint};
pub use self::json::{to_json_line, to_json_text};
pub use self::sort::{sort_objects, sort_table};
pub(crate) use self::table::escape_terminal;
pub use self::table::{TableOptions, TablePrinter};
pub use self::tabwriter::TabWriter;
pub use self::typed::{to_ranked_json_text, to_typed_json_line, to_typed_json_text};

#[cfg(test)]
mod tests;
