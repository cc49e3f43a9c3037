//! JSON patches: RFC 6902.
//!
//! Source of the words: evanphx/json-patch, which Kubernetes uses.

use super::PatchError;
use crate::value::Value;

/// The operations of a JSON patch.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPatch(Vec<Operation>);

#[derive(Debug, Clone, PartialEq)]
struct Operation {
    op: String,
    path: String,
    from: Option<String>,
    value: Option<Value>,
}

impl JsonPatch {
    /// Reads a patch.
    pub fn from_value(patch: &Value) -> Result<Self, PatchError> {
        let Value::List(operations) = patch else {
            let found = if patch.as_map().is_some() { "object" } else { "value" };
            return Err(PatchError::Malformed(format!(
                "json: cannot unmarshal {found} into Go value of type jsonpatch.Patch"
            )));
        };
        let operation = |own: &Value| Operation {
            op: own["op"].text().to_owned(),
            path: own["path"].text().to_owned(),
            from: own["from"].as_str().map(str::to_owned),
            value: own.get("value").cloned(),
        };
        Ok(Self(operations.iter().map(operation).collect()))
    }

    /// How many operations there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Applies the operations one after the other, or none of them.
pub fn apply_json_patch(object: &Value, patch: &JsonPatch) -> Result<Value, PatchError> {
    let mut patched = object.clone();
    for operation in &patch.0 {
        operation.apply(&mut patched).map_err(PatchError::DoesNotApply)?;
    }
    Ok(patched)
}

impl Operation {
    fn apply(&self, object: &mut Value) -> Result<(), String> {
        let value = || self.value.clone().unwrap_or_default();
        match self.op.as_str() {
            "add" => self.add(object, &self.path, value()),
            "remove" => self.remove(object, &self.path).map(|_| ()),
            "replace" => self.replace(object, value()),
            "move" => {
                let from = self.from();
                let moved = self.remove(object, from)?;
                self.add(object, &self.path, moved)
            }
            "copy" => {
                let copied = self.read(object, self.from())?.clone();
                self.add(object, &self.path, copied)
            }
            "test" => self.test(object, &value()),
            other => Err(format!("Unexpected kind: {other}")),
        }
    }

    fn from(&self) -> &str {
        self.from.as_deref().unwrap_or_default()
    }

    fn missing_path(&self, path: &str) -> String {
        let op = &self.op;
        match op.as_str() {
            "add" => format!(
                "add operation does not apply: doc is missing path: \"{path}\": missing value"
            ),
            "move" | "copy" if path == self.from() => {
                format!(
                    "{op} operation does not apply: doc is missing from path: {path}: missing value"
                )
            }
            "move" | "copy" => {
                format!(
                    "{op} operation does not apply: doc is missing destination path: {path}: missing value"
                )
            }
            _ => {
                format!("{op} operation does not apply: doc is missing path: {path}: missing value")
            }
        }
    }

    /// The container that holds `path`, and the key or index in it.
    fn container<'a>(
        &self,
        object: &'a mut Value,
        path: &str,
    ) -> Result<(&'a mut Value, String), String> {
        let missing = || self.missing_path(path);
        let (parents, last) = path.rsplit_once('/').ok_or_else(missing)?;
        let mut own = object;
        for step in parents.split('/').skip(1).map(unescaped) {
            own = child(own, &step).ok_or_else(missing)?;
        }
        match own {
            Value::Map(_) | Value::List(_) => Ok((own, unescaped(last))),
            _ => Err(missing()),
        }
    }

    fn read<'a>(&self, object: &'a Value, path: &str) -> Result<&'a Value, String> {
        let mut own = object;
        for step in path.split('/').skip(1).map(unescaped) {
            let next = match own {
                Value::Map(map) => map.get(&step),
                Value::List(items) => index(&step, items.len()).ok().and_then(|at| items.get(at)),
                _ => None,
            };
            own = next.ok_or_else(|| self.missing_path(path))?;
        }
        Ok(own)
    }

    fn add(&self, object: &mut Value, path: &str, value: Value) -> Result<(), String> {
        if path.is_empty() {
            *object = value;
            return Ok(());
        }
        let (container, key) = self.container(object, path)?;
        match container {
            Value::List(_) => {
                let items = container.make_list();
                let at = if key == "-" { Ok(items.len()) } else { index(&key, items.len() + 1) };
                let at = at
                    .map_err(|error| format!("error in {} for path: '{path}': {error}", self.op))?;
                items.insert(at, value);
            }
            _ => container.set(key, value),
        }
        Ok(())
    }

    fn remove(&self, object: &mut Value, path: &str) -> Result<Value, String> {
        let (container, key) = self.container(object, path)?;
        let wrapped = |error: String| format!("error in {} for path: '{path}': {error}", self.op);
        if let Value::List(items) = container {
            let at = index(&key, items.len()).map_err(wrapped)?;
            return Ok(container.make_list().remove(at));
        }
        container.remove(&key).ok_or_else(|| {
            wrapped(format!("Unable to remove nonexistent key: {key}: missing value"))
        })
    }

    fn replace(&self, object: &mut Value, value: Value) -> Result<(), String> {
        if self.path.is_empty() {
            *object = value;
            return Ok(());
        }
        let (container, key) = self.container(object, &self.path)?;
        let path = &self.path;
        let slot = child(container, &key).ok_or_else(|| {
            format!("replace operation does not apply: doc is missing key: {path}: missing value")
        })?;
        *slot = value;
        Ok(())
    }

    fn test(&self, object: &Value, expected: &Value) -> Result<(), String> {
        let failed = || format!("testing value {} failed: test failed", self.path);
        match self.read(object, &self.path) {
            Ok(found) if found == expected => Ok(()),
            Err(_) if expected.is_null() => Ok(()),
            _ => Err(failed()),
        }
    }
}

/// The child for writing; nothing is made.
fn child<'a>(own: &'a mut Value, step: &str) -> Option<&'a mut Value> {
    if let Value::List(items) = own {
        let at = index(step, items.len()).ok()?;
        return own.make_list().get_mut(at);
    }
    own.get(step)?;
    Some(&mut own[step])
}

/// An index below `length`; one below zero counts from the end.
fn index(text: &str, length: usize) -> Result<usize, String> {
    let read: i64 = text
        .parse()
        .map_err(|_| format!("value was not a proper array index: '{text}': strconv.Atoi: parsing \"{text}\": invalid syntax"))?;
    let invalid = || format!("Unable to access invalid index: {text}: invalid index referenced");
    let length = i64::try_from(length).map_err(|_| invalid())?;
    let at = if read < 0 { read + length } else { read };
    if at < 0 || at >= length {
        return Err(invalid());
    }
    usize::try_from(at).map_err(|_| invalid())
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn patched(patch: &Value) -> Result<String, String> {
        let object = value!({ "a": { "b/c": 1 }, "l": [1, 2] });
        let patch = JsonPatch::from_value(patch).map_err(|error| error.to_string())?;
        apply_json_patch(&object, &patch)
            .map(|object| object.to_json())
            .map_err(|error| error.to_string())
    }

    fn check(patch: Value, outcome: Result<&str, &str>) {
        let found = patched(&patch);
        assert_eq!(found.as_deref().map_err(String::as_str), outcome, "{}", patch.to_json());
    }

    #[test]
    fn operations_change_maps_and_lists() {
        check(
            value!([
                { "op": "add", "path": "/l/1", "value": 9 },
                { "op": "add", "path": "/l/-", "value": 8 },
                { "op": "replace", "path": "/a/b~1c", "value": 2 },
                { "op": "copy", "from": "/l/0", "path": "/x" },
                { "op": "move", "from": "/x", "path": "/y" },
                { "op": "test", "path": "/y", "value": 1 },
                { "op": "remove", "path": "/l/0" }
            ]),
            Ok(r#"{"a":{"b/c":2},"l":[9,2,8],"y":1}"#),
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (op, path, error) in [
            (
                "remove",
                "/x",
                "error in remove for path: '/x': Unable to remove nonexistent key: x: missing value",
            ),
            (
                "replace",
                "/a/x",
                "replace operation does not apply: doc is missing key: /a/x: missing value",
            ),
            (
                "replace",
                "/x/y",
                "replace operation does not apply: doc is missing path: /x/y: missing value",
            ),
            (
                "add",
                "/x/y",
                "add operation does not apply: doc is missing path: \"/x/y\": missing value",
            ),
            (
                "add",
                "/l/4",
                "error in add for path: '/l/4': Unable to access invalid index: 4: invalid index referenced",
            ),
            ("test", "/a", "testing value /a failed: test failed"),
            ("swap", "/a", "Unexpected kind: swap"),
        ] {
            check(value!([{ "op": op, "path": path, "value": 1 }]), Err(error));
        }
        check(
            value!({}),
            Err("json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
        );
    }
}
