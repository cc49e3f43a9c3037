//! Files of one volume that get in each other's way.
//!
//! Source: `warningsForOverlappingVirtualPaths` in `pkg/api/pod/warnings.go`.

use std::fmt;

use crate::value::Value;

/// A file of a volume, and which source it comes from, if there are several.
#[derive(Debug, Clone)]
struct File {
    path: String,
    source: String,
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.path)?;
        if self.source.is_empty() { Ok(()) } else { write!(f, " ({})", self.source) }
    }
}

/// What the server warns of in one volume.
pub(super) fn overlap_warnings(volume: &Value) -> Vec<String> {
    let name = volume["name"].text();
    let mut warnings = Vec::new();
    for (source, described) in [
        ("configMap", format!("ConfigMap {:?}", volume.at(&["configMap", "name"]).text())),
        ("secret", format!("Secret {:?}", volume.at(&["secret", "secretName"]).text())),
        ("downwardAPI", "DownwardAPI".to_owned()),
    ] {
        for overlap in overlaps(files(volume.at(&[source, "items"]), "")) {
            warnings.push(format!("volume {name:?} ({described}): overlapping paths: {overlap}"));
        }
    }
    let mut all: Vec<File> = Vec::new();
    for source in volume.at(&["projected", "sources"]).items() {
        if source.is_empty() {
            warnings.push(format!("volume {name:?} (Projected) has no sources provided"));
            continue;
        }
        for mut file in projected_files(source) {
            file.path.truncate(file.path.trim_end_matches('/').len());
            for other in all.iter().filter(|other| overlap(&file.path, &other.path)) {
                warnings.push(format!(
                    "volume {name:?} (Projected): overlapping paths: {file} with {other}"
                ));
            }
            all.push(file);
        }
    }
    warnings
}

fn projected_files(source: &Value) -> Vec<File> {
    for (kind, word) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
        let keys = &source[kind];
        if !keys.is_null() {
            let described = format!("{word} {:?}", keys["name"].text());
            return files(&keys["items"], &described);
        }
    }
    if !source["downwardAPI"].is_null() {
        return files(source.at(&["downwardAPI", "items"]), "DownwardAPI");
    }
    let token = &source["serviceAccountToken"];
    if token.is_null() {
        return Vec::new();
    }
    vec![File { path: token["path"].text().to_owned(), source: "ServiceAccountToken".to_owned() }]
}

fn files(items: &Value, source: &str) -> Vec<File> {
    let file =
        |item: &Value| File { path: item["path"].text().to_owned(), source: source.to_owned() };
    items.items().iter().map(file).collect()
}

/// The pairs of files that overlap, the shorter path last.
fn overlaps(files: Vec<File>) -> Vec<String> {
    let mut sorted = files;
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut seen: Vec<File> = Vec::new();
    let mut found = Vec::new();
    for mut file in sorted {
        file.path.truncate(file.path.trim_end_matches('/').len());
        for other in seen.iter().filter(|other| overlap(&file.path, &other.path)) {
            found.push(format!("{file} with {other}"));
        }
        seen.push(file);
    }
    found
}

/// Whether one path is the other or lies within it.
fn overlap(a: &str, b: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(a, b) || within(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn overlapping_files_are_named() {
        let volume = value!({
            "name": "foo",
            "projected": {
                "sources": [
                    { "serviceAccountToken": { "path": "test/test2" } },
                    { "downwardAPI": { "items": [{ "path": "test" }] } },
                    {},
                ],
            },
        });
        assert_eq!(
            overlap_warnings(&volume),
            [
                "volume \"foo\" (Projected): overlapping paths: \"test\" (DownwardAPI) with \
                 \"test/test2\" (ServiceAccountToken)",
                "volume \"foo\" (Projected) has no sources provided",
            ]
        );
    }
}
