//! Random conversions: two representations of one family, mostly of the types of their places.

use super::generate::{Contract, Random, Rule, Ty, is_scalar, path};

/// Numbers, truth, instants, durations, texts and names; within each, any two.
const FAMILIES: &[&[&str]] = &[
    &["\"integer\"", "\"string\"", "\"number\"", "{\"scaled\": 2}", "{\"unit\": 4}"],
    &["\"bool\"", "\"0/1\"", "\"true/false\"", "{\"words\": [\"p\", \"q\"]}"],
    &[
        "\"unix-seconds\"",
        "\"unix-millis\"",
        "\"rfc3339\"",
        "\"rfc2822\"",
        "\"date\"",
        "{\"strftime\": \"%d.%m.%y %H:%M\"}",
        "{\"strftime\": \"%F %T%.f %z\"}",
        "{\"strftime\": \"%s\"}",
    ],
    &["\"seconds\"", "\"millis\"", "\"iso8601-duration\"", "\"go-duration\""],
    &[
        "\"text\"",
        "\"base64\"",
        "\"base64url\"",
        "\"hex\"",
        "\"percent\"",
        "\"upper\"",
        "\"lower\"",
    ],
    &["\"snake\"", "\"camel\"", "\"kebab\"", "\"pascal\"", "\"screaming\""],
];

/// Texts that some of them read.
pub(crate) const TEXTS: &[&str] = &[
    "\"1970-01-01T00:00:02.50+01:00\"",
    "\"1970-01-01T00:00:01Z\"",
    "\"1970-01-02\"",
    "\"1m0.5s\"",
    "\"P1DT2H\"",
    "\"p,q\"",
    "\"p=7,q=,\"",
    "\"7, q, \"",
    "\"cXE=\"",
    "\"50%25\"",
    "\"pQr_s\"",
    "\"p-q\"",
    "\"{p,\\\"q\\\\\\\\,\\\",NULL}\"",
    "\"\"",
];

/// A conversion between scalars.
pub(crate) fn scalars(random: &mut Random) -> String {
    let family = random.of(FAMILIES);
    let (a, b) = (random.of(family), random.of(family));
    format!("{{\"old\": {a}, \"new\": {b}}}")
}

/// How a list stands at a place of a type.
fn list(random: &mut Random, ty: &Ty) -> &'static str {
    match ty {
        Ty::List(_) => "\"list\"",
        ty if is_scalar(ty) => random.of::<&str>(&[
            "{\"separated\": \",\"}",
            "{\"separated\": \", \"}",
            "{\"separated\": \",\", \"last\": \"optional\"}",
            "{\"separated\": \",\", \"open\": \"{\", \"close\": \"}\", \"quote\": \"\\\"\"}",
            "\"one-or-list\"",
        ]),
        _ => random.of::<&str>(&["\"one-or-list\"", "\"list\""]),
    }
}

/// A rule that makes a list, or a dictionary, of a text or of one value, or the reverse.
pub(crate) fn regroup(
    random: &mut Random,
    old: &Contract,
    new: &Contract,
    ty: usize,
) -> Option<Rule> {
    let nests = |ty: &Ty| matches!(ty, Ty::List(_) | Ty::Dict(_));
    let (from, source) = path(random, old, ty)?;
    let mut found = path(random, new, ty)?;
    for _ in 0..6 {
        if nests(&source) != nests(&found.1) {
            break;
        }
        found = path(random, new, ty)?;
    }
    let (to, target) = found;
    let pairs = [&source, &target].iter().any(|ty| matches!(ty, Ty::Dict(_)));
    let (a, b) = if pairs && random.chance(90) {
        let how = |ty: &Ty| match ty {
            Ty::Dict(_) => "\"list\"",
            _ => "{\"pairs\": [\",\", \"=\"]}",
        };
        let (a, b) = (how(&source), how(&target));
        if a == b { (a, "{\"pairs\": [\";\", \":\"]}") } else { (a, b) }
    } else {
        (list(random, &source), list(random, &target))
    };
    let each = match random.below(6) {
        0 => ", \"each\": {\"map\": {\"p\": \"q\", \"1\": \"z\"}}",
        1 => ", \"pairs\": [[\"\", \"$absent\"]]",
        2 => ", \"pairs\": [[\"p\", [\"z\"]]], \"else\": \"refuse\"",
        _ => "",
    };
    let to_said = if from == to { String::new() } else { format!("\"to\": \"{to}\", ") };
    let value = format!("{{{to_said}\"convert\": {{\"old\": {a}, \"new\": {b}}}{each}}}");
    Some(Rule {
        ty,
        word: "fields",
        key: from.clone(),
        value,
        old: Some(from),
        new: Some(to),
        also: (None, None),
    })
}

/// Conversions that lose nothing of what fits, by the type of the place before them: what it is then,
/// and how.
pub(crate) fn lossless(random: &mut Random, ty: &Ty) -> Option<(Ty, &'static str)> {
    let text = |of: Ty| Ty::List(Box::new(of));
    Some(match (ty, random.below(5)) {
        (Ty::Integer, 0) => (Ty::String, "{ convert: { old: unix-millis, new: rfc3339 } }"),
        (Ty::Integer, 1) => (Ty::String, "{ convert: { old: seconds, new: go-duration } }"),
        (Ty::Integer, _) => (Ty::String, "{ convert: { old: seconds, new: iso8601-duration } }"),
        (Ty::String, 0) => (
            text(Ty::String),
            "{ convert: { old: { separated: ',', last: optional }, new: list } }",
        ),
        (Ty::String, 1) => (
            Ty::Dict(Box::new(Ty::String)),
            "{ convert: { old: { pairs: [',', '='] }, new: list } }",
        ),
        (Ty::String, 2) => (Ty::String, "{ convert: { old: text, new: base64 } }"),
        (Ty::String, 3) => (Ty::String, "{ convert: { old: percent, new: hex } }"),
        (Ty::String, _) => {
            (text(Ty::Integer), "{ convert: { old: { separated: ',' }, new: list } }")
        }
        (Ty::List(of), 0) if matches!(**of, Ty::String | Ty::Integer | Ty::Boolean) => {
            let how = "{ convert: { old: list, new: { separated: ',', quote: '/' } } }";
            (Ty::String, how)
        }
        (Ty::Dict(of), 0) if matches!(**of, Ty::String | Ty::Integer | Ty::Boolean) => {
            (Ty::String, "{ convert: { old: list, new: { pairs: [';', ':'] } } }")
        }
        _ => return None,
    })
}
