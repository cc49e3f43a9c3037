//! `--sort-by` (kubectl's `pkg/cmd/get/sorter.go`).

use std::cmp::Ordering;

use podyard_engine::quantity::Quantity;
use podyard_engine::value::Value;

use super::gofmt;
use super::jsonpath::{JsonPath, JsonPathError, relaxed};

/// Sorts objects by the field at `path`; objects without it come first.
pub fn sort_objects(objects: &mut Vec<Value>, path: &str) -> Result<(), JsonPathError> {
    let field = relaxed(path)?;
    let keys = keys(objects.iter(), &field)?;
    *objects = sorted(std::mem::take(objects), keys)?;
    Ok(())
}

/// Sorts the rows of a server's `Table` by the field at `path` of their
/// objects.
pub fn sort_table(table: &mut Value, path: &str) -> Result<(), JsonPathError> {
    let field = relaxed(path).unwrap_or_else(|_| path.to_owned());
    let rows = table["rows"].items().to_vec();
    if rows.len() < 2 {
        return Ok(());
    }
    let keys = keys(rows.iter().map(|row| &row["object"]), &field)?;
    table["rows"] = Value::list(sorted(rows, keys)?);
    Ok(())
}

fn keys<'a>(
    objects: impl Iterator<Item = &'a Value>,
    field: &str,
) -> Result<Vec<Option<Value>>, JsonPathError> {
    let path = JsonPath::parse(field)
        .map_err(|error| JsonPathError::from(format!("sorting error: {error}")))?;
    let keys = objects.map(|object| path.find_first(object)).collect::<Result<Vec<_>, _>>()?;
    if !keys.is_empty() && keys.iter().all(Option::is_none) {
        let field = gofmt::quote(field);
        let message = format!("couldn't find any field with path {field} in the list of objects");
        return Err(message.into());
    }
    Ok(keys)
}

fn sorted(objects: Vec<Value>, keys: Vec<Option<Value>>) -> Result<Vec<Value>, JsonPathError> {
    if let Some(key) =
        keys.iter().flatten().find(|key| matches!(key, Value::Map(_) | Value::List(_)))
        && keys.len() > 1
    {
        return Err(format!("unsortable type: {}", gofmt::type_name(key)).into());
    }
    let mut pairs: Vec<_> = keys.into_iter().zip(objects).collect();
    pairs.sort_by(|(a, _), (b, _)| compare(a.as_ref(), b.as_ref()));
    Ok(pairs.into_iter().map(|(_, object)| object).collect())
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Int(a)), Some(Value::Int(b))) => a.cmp(b),
        (Some(Value::Float(a)), Some(Value::Float(b))) => a.total_cmp(b),
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a.cmp(b),
        (Some(Value::Str(a)), Some(Value::Str(b))) => {
            match (Quantity::parse(a), Quantity::parse(b)) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                _ => natural(a, b),
            }
        }
        (a, b) => a.is_some_and(|a| !a.is_null()).cmp(&b.is_some_and(|b| !b.is_null())),
    }
}

/// Texts with runs of digits compared by their value: `pod-2` before `pod-10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (digits_a, digits_b) = (digits(a), digits(b));
        if !digits_a.is_empty() && !digits_b.is_empty() {
            let (value_a, value_b) = (without_zeros(digits_a), without_zeros(digits_b));
            let order = value_a.len().cmp(&value_b.len()).then_with(|| value_a.cmp(value_b));
            let order = order.then(digits_a.len().cmp(&digits_b.len()));
            if order != Ordering::Equal {
                return order;
            }
            a = a.get(digits_a.len()..).unwrap_or_default();
            b = b.get(digits_b.len()..).unwrap_or_default();
            continue;
        }
        match (a.split_first(), b.split_first()) {
            (Some((first, rest_a)), Some((second, rest_b))) if first == second => {
                (a, b) = (rest_a, rest_b);
            }
            (first, second) => {
                return first.map(|(byte, _)| byte).cmp(&second.map(|(byte, _)| byte));
            }
        }
    }
}

fn digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let start = digits.iter().position(|byte| *byte != b'0').unwrap_or(digits.len());
    digits.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;

    fn check(path: &str, expected: &[&str]) {
        let pod = |name: &str, memory: &str| value!({ "name": name, "memory": memory });
        let mut objects = vec![pod("p10", "1Gi"), pod("p2", "900Mi"), pod("p1", "2Gi")];
        objects.push(value!({ "name": "none" }));
        sort_objects(&mut objects, path).expect("sorted");
        let names: Vec<&str> = objects.iter().map(|object| object["name"].text()).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn texts_sort_naturally_and_quantities_by_amount() {
        check("{.name}", &["none", "p1", "p2", "p10"]);
        check(".memory", &["none", "p2", "p10", "p1"]);
    }

    #[test]
    fn an_unknown_field_is_an_error() {
        let error = sort_objects(&mut vec![Value::map()], "nope").expect_err("unknown").to_string();
        let expected = "couldn't find any field with path \"{.nope}\" in the list of objects";
        assert_eq!(error, expected);
    }
}
