//! When two results are the same.

use fishplate::json::Value;

/// Objects as sets of members, arrays exactly, scalars by their text.
pub(crate) fn same_text(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_text(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(k, v)| b.iter().any(|(l, w)| k.same(l) && same_text(v, w)))
        }
        (a, b) => a == b,
    }
}
