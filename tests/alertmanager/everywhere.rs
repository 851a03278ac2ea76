//! What every answer of Alertmanager's two versions may differ in.

use serde_json::Value;

/// Of the header or member at a place.
pub(crate) fn everywhere(
    place: &str,
    one: Option<&Value>,
    two: Option<&Value>,
) -> Option<[String; 3]> {
    let said = |place: &str, one: &str, two: &str| Some([place, one, two].map(str::to_owned));
    let member = place.rsplit('.').next().unwrap();
    match (one?, two) {
        // Each version of the API looks at the clock when it begins.
        (Value::String(one), Some(Value::String(two)))
            if (place == "data.uptime" && near(one, two)) || milliseconds(one, two) =>
        {
            said(member, "to the nanosecond", "to the millisecond")
        }
        (Value::Object(none), Some(Value::Null)) if none.is_empty() => said(member, "{}", "null"),
        _ => None,
    }
}

fn near(one: &str, two: &str) -> bool {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    at(one).abs_diff(at(two)) < 1000
}

/// Whether the second is the first, cut off behind the milliseconds, in the same offset.
fn milliseconds(one: &str, two: &str) -> bool {
    let cut = |text: &str| {
        let parsed: jiff::Timestamp = text.parse().ok()?;
        let offset = text
            .trim_start_matches(|c: char| c != 'T')
            .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, 'T' | ':' | '.'));
        Some((parsed.as_millisecond(), offset.to_owned()))
    };
    matches!((cut(one), cut(two)), (Some(one), Some(two)) if one == two)
}
