//! Where in the editor's text a field of an object stands.

use podyard_engine::yaml::read_stream;

use super::Files;

/// A place in the editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldPlace {
    /// The file.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: u32,
    /// The column, from 1.
    pub(crate) column: u32,
}

impl Files {
    /// Where the field of an object stands, if a file makes that object. A
    /// field that is missing is where it would be.
    pub(crate) fn find_field(&self, kind: &str, name: &str, field: &str) -> Option<FieldPlace> {
        self.all().iter().find_map(|file| {
            let (documents, _) = read_stream(&file.text);
            let document = documents.into_iter().find(|own| {
                let text = |path: &[&str]| own.value.at(path).text();
                text(&["kind"]) == kind && text(&["metadata", "name"]) == name
            })?;
            let place = document.places.nearest(field)?;
            Some(FieldPlace {
                file: file.name.clone(),
                line: place.key.0.line + document.first_line - 1,
                column: place.key.0.column,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::File;

    #[test]
    fn finds_the_line_of_a_field_in_its_document() {
        let text = "kind: Pod\nmetadata:\n  name: a\n---\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n";
        let files = Files::of(vec![File { name: "all.yaml".to_owned(), text: text.to_owned() }]);
        let place = files.find_field("Service", "web", "spec.selector").map(|place| place.line);
        assert_eq!(place, Some(9));
        assert_eq!(files.find_field("Service", "other", "spec"), None);
    }
}
