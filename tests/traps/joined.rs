//! `$text`: texts that are made of several values.

use crate::both::{Upgrade, chain, down, o, up};

#[test]
fn values_stand_in_it_as_they_came() {
    let new = "a: <any>, n: <n>, t: <s>";
    let rules = "added: {t: {$text: '/{{{a}}}/{n}'}}";
    let old = "a: <any>, n: <n>";
    for (message, text) in [
        (r#"{"a":"x\u00e9\"/","n":1.50}"#, r#"/{x\u00e9\"/}/1.50"#),
        (r#"{"a":true,"n":1E400}"#, "/{true}/1E400"),
        (r#"{"a":"","n":-0}"#, "/{}/-0"),
    ] {
        let made = format!("{},\"t\":\"{text}\"}}", message.trim_end_matches('}'));
        assert_eq!(up(old, new, rules, message), made.as_str());
        assert_eq!(down(old, new, rules, &made), message);
    }
    for message in
        [r#"{"n":1}"#, r#"{"a":null,"n":1}"#, r#"{"a":[],"n":1}"#, r#"{"a":{"b":1},"n":1}"#]
    {
        assert_eq!(up(old, new, rules, message), message);
    }
    // Another text is lost.
    let lost = r#"{"a":"x","n":1} | dropped /t added.t"#;
    assert_eq!(down(old, new, rules, r#"{"a":"x","n":1,"t":"/{x}/2"}"#), lost);
}

#[test]
fn what_it_is_made_of_may_have_been_invented() {
    let (one, two, three) = (o("k: <i>"), o("k: <i>, a: <s>"), o("k: <i>, t: <s>"));
    let all = [one, two, three].map(|of| format!("T: {of}"));
    let made = "types: {T: {added: {a: {$placeholder: x}}}}";
    let text = "types: {T: {removed: {a: $absent}, added: {t: {$text: 'by {a}'}}}}";
    let said = chain(&[&all[0], &all[1], &all[2]], &[made, text], Upgrade, r#"{"k":1}"#);
    assert_eq!(
        said,
        r#"{"k":1,"t":"by x"} | placeholder /t types.T.added.a"#.replace("types.T.", "")
    );
}
