//! Parameters in every style that a contract can say: what is written reads as the same again, and so
//! it does once it is written in another style; or it is refused.

use fishplate::json::{Text, Value};
use fishplate::message::{Form, Head, Known, Layout, Param, Style, Template, Texts};

use crate::generate::Random;

/// The styles in which a part of a message has values of a form, and whether each may be exploded.
fn styles(part: Texts, form: Form) -> &'static [(Style, &'static [bool])] {
    const EITHER: &[bool] = &[false, true];
    match (part, form) {
        (Texts::Path, _) => {
            &[(Style::Simple, EITHER), (Style::Label, EITHER), (Style::Matrix, EITHER)]
        }
        (Texts::Header, _) => &[(Style::Simple, EITHER), (Style::Json, &[false])],
        (Texts::Query, Form::List) => &[
            (Style::Form, EITHER),
            (Style::Space, EITHER),
            (Style::Pipe, EITHER),
            (Style::Tab, &[false]),
            (Style::Json, &[false]),
        ],
        (Texts::Query, Form::Object) => {
            &[(Style::Form, &[false]), (Style::Deep, &[true]), (Style::Json, &[false])]
        }
        (Texts::Cookie, Form::Object) => &[(Style::Form, &[false]), (Style::Json, &[false])],
        (Texts::Query | Texts::Cookie, _) => &[(Style::Form, EITHER), (Style::Json, &[false])],
    }
}

fn param(random: &mut Random, part: Texts, form: Form) -> Param {
    let (style, explode) = random.of(styles(part, form));
    Param { name: "p".into(), style: *style, explode: *random.of(explode), form }
}

fn text(random: &mut Random) -> String {
    let pieces = [
        "a", "B7", "~", "é", " ", "%", "%2C", "%41", "/", "?", "&", "=", ";", "|", "+", "\"", "\\",
        ",", ".", "[]", "]", "\t", "#",
    ];
    (0..=random.below(2)).map(|_| *random.of(&pieces)).collect()
}

fn value(random: &mut Random, form: Form) -> Value {
    let scalar = |random: &mut Random| Value::string(&text(random));
    match form {
        Form::Scalar | Form::Any => scalar(random),
        Form::List => Value::Array((0..=random.below(3)).map(|_| scalar(random)).collect()),
        Form::Object => {
            let names = ["k", "k2", "x y", "é.", "=", "a,b", "]"];
            let names = names.iter().filter(|_| random.chance(25)).collect::<Vec<_>>();
            let member = |name: &&str| (Text::from_plain(name), Value::string(&text(random)));
            let mut members: Vec<_> = names.into_iter().map(member).collect();
            if members.is_empty() {
                members.push((Text::from_plain("k"), Value::string("v")));
            }
            Value::Object(members)
        }
    }
}

/// A document of one parameter.
fn document(part: Texts, value: Option<&Value>) -> Value {
    let members = value.map(|value| (Text::from_plain("p"), value.clone()));
    let parts = Texts::ALL.map(|own| {
        let members = members.iter().filter(|_| own == part).cloned().collect();
        (Text::from_plain(own.as_str()), Value::Object(members))
    });
    Value::Object(parts.to_vec())
}

fn layout(part: Texts, param: &Param) -> Layout {
    let template = if part == Texts::Path { "/o/{p}" } else { "/o" };
    let own = Known { part, param: param.clone(), is_said: true, is_named: true };
    Layout { template: Some(Template::new(template)), params: vec![own] }
}

/// What a head says as a parameter.
fn said(layout: &Layout, part: Texts, head: &Head) -> Value {
    let document = layout.read(head).unwrap_or_else(|why| panic!("{head:?}: {why}"));
    let Value::Object(parts) = document else { panic!("no document") };
    let own = parts.into_iter().find(|(name, _)| name.raw() == part.as_str());
    own.expect("the part").1
}

#[test]
fn a_value_is_the_same_in_every_style() {
    let (mut written, mut all) = (0_u32, 0_u32);
    for seed in 0..20_000 {
        let mut random = Random::new(seed ^ 0x7374_796c_6573);
        let part = *random.of(&Texts::ALL);
        let form = *random.of(&[Form::Scalar, Form::List, Form::Object]);
        let (one, other) = (param(&mut random, part, form), param(&mut random, part, form));
        let (from, to) = (layout(part, &one), layout(part, &other));
        let value = value(&mut random, form);
        let (none, some) = (document(part, None), document(part, Some(&value)));
        let expected = match &some {
            Value::Object(parts) => parts.iter().find(|(name, _)| name.raw() == part.as_str()),
            _ => None,
        };
        let expected = &expected.expect("the part").1;
        all += 1;
        let path = String::from(if part == Texts::Path { "/o/x" } else { "/o" });
        let mut head = Head { path, ..Head::default() };
        if from.write(&mut head, &from, (&none, &some)).is_err() {
            continue;
        }
        let case = format!("seed {seed}: {value} {one:?} {other:?} {head:?}");
        assert_eq!(&said(&from, part, &head), expected, "{case}");
        if to.write(&mut head, &from, (&some, &some)).is_ok() {
            written += 1;
            assert_eq!(&said(&to, part, &head), expected, "{case} {head:?}");
        }
    }
    assert!(written * 2 > all, "most can be said: {written} of {all}");
}
