//! Parameters and fields, which are texts: names that a contract does not declare, as it need not, and
//! what their values are beside their text.

use super::fits::{Fits, allows};
use crate::compile::resolve::place::lead;
use crate::contract::{Kinds, Type, TypeGraph, Use};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::json::{Path, Segment, Text, Value};
use crate::message::Texts;
use crate::version::ApiVersion;

/// A warning about a text that the contract does not declare, where it declares one that is called
/// much the same: any text may stand there, so that nothing else says so.
pub(super) fn misspelt(
    types: &TypeGraph,
    (root, place): (Use, &Path),
    (span, version): (Span, &ApiVersion),
) -> Option<Diagnostic> {
    // Only a message has just these parts.
    if !types.get(root.ty).sealed {
        return None;
    }
    let at = usize::from(matches!(place.0.first(), Some(Segment::Name(n)) if &**n == "request"));
    let [Segment::Name(part), Segment::Name(name), ..] = place.0.get(at..)? else { return None };
    Texts::named(part)?;
    let of = types.get(lead(types, root, place.0.get(..at.saturating_add(1))?)?.ty);
    if of.property(&Text::from_plain(name)).is_some() {
        return None;
    }
    let known: Vec<String> = of.properties.iter().filter_map(|(name, _)| name.decode()).collect();
    let near = nearest(name, known.iter().map(String::as_str))?;
    let message = format!("the contract of {version} does not declare `{part}.{name}`");
    Some(
        Diagnostic::warning("F643", span, message)
            .label("any text may stand there")
            .help(format!("did you mean `{part}.{near}`?")),
    )
}

/// Why the text of a parameter is none of a value that its schema takes, where that is no text.
pub(super) fn unread(types: &TypeGraph, at: Use, text: &Value) -> Option<String> {
    let meant = types.get(at.ty).text?;
    let ty = types.get(meant);
    let Value::String(text) = text else { return None };
    if ty.branches.is_some() || ty.kinds.meets(Kinds::STRING) || !ty.kinds.meets(Kinds::SCALARS) {
        return None;
    }
    let read = crate::json::parse(text.decode()?.as_bytes(), 1).ok();
    let of = Use { ty: meant, nullable: false };
    let fits = |value: &Value| allows((types, &mut Fits::new()), of, value, 0).is_ok();
    (!read.is_some_and(|value| fits(&value))).then(|| format!("expected the text of {}", ty.kinds))
}

/// What the values of two places are of, where both are texts and none of one is the text of any of the
/// other.
pub(super) fn unlike_texts(
    (from, own): (&TypeGraph, &Type),
    (to, other): (&TypeGraph, &Type),
) -> Option<(Kinds, Kinds)> {
    let (own, other) = (from.get(own.text?), to.get(other.text?));
    let closed = own.branches.is_none() && other.branches.is_none();
    // A text may be that of anything.
    let said = !own.kinds.or(other.kinds).meets(Kinds::STRING);
    let apart = said && !own.kinds.meets(other.kinds) && own.kinds != Kinds::NONE;
    (closed && apart && other.kinds != Kinds::NONE).then_some((own.kinds, other.kinds))
}
