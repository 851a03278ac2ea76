//! Values that go through as they are, since their branch of a union has no counterpart, as `check`
//! says (F608). What the way home makes of them says nothing of the rest.

use fishplate::diagnostic::{Diagnostic, Sources, Span};
use fishplate::json::{self, Value};

use super::generate::{Contract, Property, Ty};

/// Where the values of a branch go through a hop as they are.
#[derive(Debug)]
pub(crate) struct Passed {
    branch: usize,
    /// Names, `[]` and `{}`.
    path: Vec<String>,
}

impl Passed {
    /// What one F608 says of the way to a version.
    pub(crate) fn new(said: &Diagnostic, to: &str) -> Option<Self> {
        let rest = said.message.strip_prefix("`T")?;
        let (branch, rest) = rest.split_once("` at ")?;
        let place = rest.strip_suffix(&format!(" has no counterpart in {to}"))?;
        let (_, path) = place.split_once(": ")?;
        let path = path.replace('[', ".[").replace('{', ".{");
        let path = path.split('.').map(String::from).collect();
        Some(Self { branch: branch.parse().ok()?, path })
    }

    /// Puts null in the stead of these values of a document.
    pub(crate) fn take(&self, contract: &Contract, document: &mut Value) {
        self.take_at(contract, document, &mut Vec::new());
    }

    fn take_at(&self, contract: &Contract, value: &mut Value, at: &mut Vec<Option<String>>) {
        if self.is_at(at) && self.is_of_branch(contract, value) {
            *value = Value::Null;
        }
        match value {
            Value::Array(items) => {
                for item in items {
                    at.push(None);
                    self.take_at(contract, item, at);
                    at.pop();
                }
            }
            Value::Object(members) => {
                for (name, inner) in members {
                    at.push(Some(name.decode().unwrap_or_default()));
                    self.take_at(contract, inner, at);
                    at.pop();
                }
            }
            _ => {}
        }
    }

    /// Whether a place is this one, or the same again in a type that is in itself.
    fn is_at(&self, at: &[Option<String>]) -> bool {
        let is = |(step, own): (&Option<String>, &String)| match step {
            None => own.starts_with('['),
            Some(name) => own == "{}" || own == name,
        };
        let around = at.len().checked_sub(self.path.len());
        around.is_some_and(|around| at[around..].iter().zip(&self.path).all(is))
    }

    /// Whether the tag of a value says that it is of the branch.
    fn is_of_branch(&self, contract: &Contract, value: &Value) -> bool {
        let Value::Object(members) = value else { return false };
        let tag = members.iter().find(|(name, _)| name.decode().as_deref() == Some("k"));
        let Some((_, Value::String(tag))) = tag else { return false };
        let (tag, own) = (tag.decode(), contract[self.branch].iter().find(|p| p.name == "k"));
        match own.map(|own| &own.ty) {
            Some(Ty::Tag(of)) => tag == Some(format!("t{of}")),
            Some(Ty::Enum) => tag.is_some_and(|tag| ["p", "q", "r"].contains(&&*tag)),
            _ => false,
        }
    }
}

#[test]
fn what_goes_through_is_taken_and_nothing_else() {
    let tag = |of| Property { name: "k", ty: Ty::Tag(of), nullable: false, required: true };
    let contract = vec![vec![tag(0)], vec![tag(1)], vec![tag(2)]];
    let message = "`T0` at POST /t request: j.c[] has no counterpart in v0";
    let span = Span { file: Sources::default().add("contract", ""), start: 0, end: 0 };
    let said = Diagnostic::warning("F608", span, message);
    assert!(Passed::new(&said, "v1").is_none(), "of the other way");
    let passed = Passed::new(&said, "v0").unwrap();
    let taken = |document: &str| {
        let mut document = json::parse(document.as_bytes(), 16).unwrap();
        passed.take(&contract, &mut document);
        document.to_string()
    };
    assert_eq!(taken(r#"{"j":{"c":[{"k":"t0"},1]}}"#), r#"{"j":{"c":[null,1]}}"#);
    assert_eq!(taken(r#"{"e":{"j":{"c":[{"k":"t0"}]}}}"#), r#"{"e":{"j":{"c":[null]}}}"#);
    let others = [
        r#"{"j":{"c":[{"k":"t1"},{"k":"p"},{}]}}"#,
        r#"{"j":{"c":{"k":"t0"}}}"#,
        r#"{"j":{"d":[{"k":"t0"}]}}"#,
        r#"{"c":[{"k":"t0"}]}"#,
    ];
    for other in others {
        assert_eq!(taken(other), other);
    }
}
