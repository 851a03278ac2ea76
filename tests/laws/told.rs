//! Nothing is lost without a word: documents that differ in one text become different documents, or what
//! went is told.

use fishplate::json::{self, Value};
use fishplate::translate::Translated;

use super::Case;
use super::back::{Loaded, run};

/// Texts that no rule lists, and that stay two under every conversion.
const TWO: [&str; 2] = ["first-of-two", "second-of-2"];
/// Texts of one document that are looked at.
const MOST: usize = 6;

/// What breaks the law.
pub(crate) fn tells(case: &Case) -> Option<String> {
    let loaded = Loaded::new(case);
    // The author's word that it does not matter.
    let allowed = loaded.texts.iter().any(|text| text.contains("allow"));
    if allowed || !loaded.is_right() {
        return None;
    }
    let plan = loaded.plan(case.direction)?;
    case.documents.iter().find_map(|document| {
        let value = json::parse(document.as_bytes(), 64).ok()?;
        let mut places = Vec::new();
        texts(&value, "", &mut places);
        let step = places.len().div_ceil(MOST).max(1);
        places.iter().step_by(step).find_map(|place| {
            let [one, other] = TWO.map(|text| {
                let mut value = value.clone();
                write(&mut value, "", place, text);
                value.to_string()
            });
            let done = [&one, &other].map(|text| run(&plan, text.as_bytes()));
            let [Some(first), Some(second)] = &done else { return None };
            let told = |done: &Translated, text: &str| {
                done.losses(&plan, text.as_bytes()).iter().any(|loss| is_about(&loss.place, place))
            };
            let silent = first.bytes == second.bytes && !told(first, &one) && !told(second, &other);
            silent.then(|| {
                let went = String::from_utf8_lossy(&first.bytes);
                format!("{place}\n  came {one}\n  went {went}, whatever stands there")
            })
        })
    })
}

/// Whether a loss says something of the value at a place, or around it.
fn is_about(loss: &str, place: &str) -> bool {
    place.strip_prefix(loss).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The places of all texts.
fn texts(value: &Value, at: &str, into: &mut Vec<String>) {
    each(value, at, &mut |inner, place| match inner {
        Value::String(_) => into.push(place),
        _ => texts(inner, &place, into),
    });
}

fn each(value: &Value, at: &str, with: &mut dyn FnMut(&Value, String)) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| with(item, format!("{at}/{n}")));
        }
        Value::Object(members) => {
            for (name, inner) in members {
                with(inner, format!("{at}/{}", name.decode().unwrap_or_default()));
            }
        }
        _ => {}
    }
}

fn write(value: &mut Value, at: &str, place: &str, text: &str) {
    if at == place {
        *value = Value::string(text);
        return;
    }
    let inside = |at: &str| place == at || is_about(at, place);
    match value {
        Value::Array(items) => {
            for (n, item) in items.iter_mut().enumerate() {
                let at = format!("{at}/{n}");
                if inside(&at) {
                    write(item, &at, place, text);
                }
            }
        }
        Value::Object(members) => {
            for (name, inner) in members.iter_mut() {
                let at = format!("{at}/{}", name.decode().unwrap_or_default());
                if inside(&at) {
                    write(inner, &at, place, text);
                }
            }
        }
        _ => {}
    }
}
