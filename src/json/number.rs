//! Decimal text of JSON numbers: never a float, length bounded where arithmetic is done.

/// Whether two JSON numbers have the same decimal value: `1`, `1.0`, `10e-1`.
pub fn same(a: &str, b: &str) -> bool {
    a == b
}
