//! Single elements of lists, `[0]` and `[k=v]`: which stay, and which go with what is carried out of
//! them.

use super::both::{Downgrade, Upgrade, chain, down, o, up};

#[test]
fn an_element_that_was_made_goes_whatever_other_rules_do_with_its_fields() {
    let list = |properties: &str| format!("l: {{type: array, items: {}}}", o(properties));
    // The field of its selector has another name on the other side.
    let (old, new) =
        (format!("x: <s>, {}", list("k: <s>, v: <s>")), list("kk: <s>, v: <s>, w: <s>"));
    let rules = "fields: {x: 'l[kk=a].w', 'l[].k': 'l[].kk'}";
    let (here, there) =
        (r#"{"x":"1","l":[{"k":"b"}]}"#, r#"{"l":[{"kk":"b"},{"kk":"a","w":"1"}]}"#);
    assert_eq!(up(&old, &new, rules, here), there);
    assert_eq!(down(&old, &new, rules, there), here);
    let more = r#"{"l":[{"kk":"a","w":"1","v":"2"}]}"#;
    assert_eq!(down(&old, &new, rules, more), r#"{"x":"1","l":[{"k":"a","v":"2"}]}"#);
    // Its type's rules would put something into what is left of it.
    let item = |properties: &str| format!("I: {}", o(properties));
    let list = "l: {type: array, items: {$ref: '#/$defs/I'}}";
    let old = format!("T: {}, {}", o(&format!("x: <s>, {list}")), item("k: <s>, q: <i>"));
    let new = format!("T: {}, {}", o(list), item("k: <s>, w: <s>"));
    let rest = "types: {T: {fields: {x: 'l[k=a].w'}}, I: {removed: {q: 1}}}";
    let (here, there) = (r#"{"x":"1","l":[]}"#, r#"{"l":[{"k":"a","w":"1"}]}"#);
    assert_eq!(chain(&[&old, &new], &[rest], Upgrade, here), there);
    assert_eq!(chain(&[&old, &new], &[rest], Downgrade, there), here);
    // What its type's rules take out of it came, and would not come again.
    let rest = "types: {T: {fields: {x: 'l[k=a].w'}}, I: {added: {q: 1}}}";
    let (old, new) = (
        format!("T: {}, {}", o(&format!("x: <s>, {list}")), item("k: <s>")),
        format!("T: {}, {}", o(list), item("k: <s>, w: <s>, q: <i>")),
    );
    let there = r#"{"l":[{"k":"a","q":1,"w":"1"}]}"#;
    assert_eq!(chain(&[&old, &new], &[rest], Downgrade, there), r#"{"x":"1","l":[{"k":"a"}]}"#);
}

#[test]
fn an_element_at_a_position_goes_with_what_made_it_where_it_is_the_last() {
    let list = "l: {type: array, items: {type: object, properties: {x: <s>, y: <s>}}}";
    let old = format!("a: <s>, {list}");
    let rules = "fields: {a: 'l[1].x'}";
    let (here, there) = (r#"{"a":"2","l":[{"x":"1"}]}"#, r#"{"l":[{"x":"1"},{"x":"2"}]}"#);
    assert_eq!(up(&old, list, rules, here), there);
    assert_eq!(down(&old, list, rules, there), here);
    // Before others it holds their place.
    let (here, there) =
        (r#"{"a":"2","l":[{"x":"1"},{},{"y":"3"}]}"#, r#"{"l":[{"x":"1"},{"x":"2"},{"y":"3"}]}"#);
    assert_eq!(down(&old, list, rules, there), here);
    assert_eq!(up(&old, list, rules, here), there);
    assert_eq!(down(&old, list, rules, r#"{"l":[{"x":"1"},{}]}"#), r#"{"l":[{"x":"1"},{}]}"#);
    // Several, and one beneath an object that goes with it.
    let list = format!("l: {{type: array, items: {}}}", o(&format!("o: {}, y: <s>", o("x: <s>"))));
    let old = format!("a: <s>, b: <s>, {list}");
    let rules = "fields: {a: 'l[0].y', b: 'l[1].o.x'}";
    let (here, there) = (r#"{"a":"1","b":"2","l":[]}"#, r#"{"l":[{"y":"1"},{"o":{"x":"2"}}]}"#);
    assert_eq!(up(&old, &list, rules, here), there);
    assert_eq!(down(&old, &list, rules, there), here);
    let empty = r#"{"b":"2","l":[{"y":"3"},{"o":{}}]}"#;
    let full = r#"{"l":[{"y":"3"},{"o":{"x":"2"}}]}"#;
    assert_eq!(
        up(&old, &list, "fields: {b: 'l[1].o.x'}, removed: {a: z}", empty),
        format!("{full} | narrowed /l/1 fields.b")
    );
}

#[test]
fn an_element_that_several_name_stays() {
    let list = "l: {type: array, items: {type: object, properties: {k: <s>, x: <s>, y: <s>}}}";
    let old = format!("a: <s>, b: <s>, {list}");
    let rules = "fields: {a: 'l[0].x', b: 'l[k=p].y'}";
    let (here, there) =
        (r#"{"a":"1","b":"2","l":[{"k":"p"}]}"#, r#"{"l":[{"k":"p","x":"1","y":"2"}]}"#);
    assert_eq!(down(&old, list, rules, there), here);
    // One out of which a value goes and into which it comes again is needed where it is.
    let rules = "fields: {a: 'l[k=p].x', 'l[k=p].y': {map: {r: s}}}";
    let there = r#"{"l":[{"k":"p","x":"1","y":"s"},{"k":"q"}]}"#;
    let here = r#"{"a":"1","l":[{"k":"p","y":"r"},{"k":"q"}]}"#;
    assert_eq!(down(&old, list, rules, there), here);
    assert_eq!(up(&old, list, rules, here), there);
}

#[test]
fn the_fields_of_a_selector_stand_in_every_element_that_is_made_for_it() {
    let of = "{type: object, properties: {k: {type: object, properties: {x: <s>}}, v: <s>}}";
    let (old, new) = (&format!("o: {of}"), &format!("l: {{type: array, items: {of}}}"));
    let rules = "fields: {o: 'l[k.x=a]'}";
    assert_eq!(
        up(old, new, rules, r#"{"o":{"k":5,"v":"1"}}"#),
        r#"{"l":[{"k":{"x":"a"},"v":"1"}]} | dropped /o/k fields.o"#
    );
    let whole = r#"{"o":{"k":{"x":"a","y":1},"v":"1"}}"#;
    assert_eq!(up(old, new, rules, whole), r#"{"l":[{"k":{"x":"a","y":1},"v":"1"}]}"#);
    // What is no object can have none.
    assert_eq!(up(old, new, rules, r#"{"o":5}"#), r#"{"l":[]} | dropped /o fields.o"#);
    assert_eq!(up(old, new, rules, r#"{"o":null}"#), r#"{"l":[]} | dropped /o fields.o"#);
}

#[test]
fn one_element_beneath_the_list_that_wrap_makes() {
    let new = "w: {type: array, items: {type: object, properties: {l: [<s>], m: <s>}}}";
    let new = new.replace("[<s>]", "{type: array, items: <s>}");
    let rules = "fields: {a: {to: 'w[].l[0]', wrap: new}}";
    let (here, there) = (r#"{"a":"1"}"#, r#"{"w":[{"l":["1"]}]}"#);
    assert_eq!(up("a: <s>", &new, rules, here), there);
    assert_eq!(down("a: <s>", &new, rules, there), here);
    assert_eq!(
        down("a: <s>", &new, rules, r#"{"w":[{"l":["1","2"],"m":"3"},{"l":["4"]}]}"#),
        r#"{"a":"1"} | dropped /w/0/l/1 fields.a | dropped /w/0/m fields.a | dropped /w/1 fields.a"#
    );
    assert_eq!(down("a: <s>", &new, rules, r#"{"w":[{"l":"1"}]}"#), "{} | dropped /w/0 fields.a");
    let rules = "fields: {a: {to: 'w[].l[1]', wrap: new}}";
    assert_eq!(
        up("a: <s>", &new, rules, here),
        r#"{"w":[{"l":[null,"1"]}]} | placeholder /w/0/l/0 fields.a"#
    );
    let card = format!("l: {{type: array, items: {}}}", o("k: <s>, v: <s>"));
    let new = format!("w: {{type: array, items: {}}}", o(&card));
    let rules = "fields: {a: {to: 'w[].l[k=p].v', wrap: new}}";
    let there = r#"{"w":[{"l":[{"k":"p","v":"1"}]}]}"#;
    assert_eq!(up("a: <s>", &new, rules, here), there);
    assert_eq!(down("a: <s>", &new, rules, there), here);
    let more = r#"{"w":[{"l":[{"k":"q"},{"k":"p","v":"1"}]}]}"#;
    assert_eq!(down("a: <s>", &new, rules, more), format!("{here} | dropped /w/0/l/0 fields.a"));
    // The other side's list, too.
    let rules = "fields: {'w[].l[k=p].v': {to: a, wrap: old}}";
    assert_eq!(up(&new, "a: <s>", rules, there), here);
    assert_eq!(down(&new, "a: <s>", rules, here), there);
}

#[test]
fn an_alias_of_one_element() {
    let list = "l: {type: array, items: {type: object, properties: {t: <s>, g: <s>}}}";
    let both = format!("ali: <s>, {list}");
    // The first of the two is in an element.
    let rules = "alias: {ali: 'l[0].g'}";
    let (old, new) = (&*both, list);
    let (here, there) = (r#"{"ali":"x","l":[{"g":"x"}]}"#, r#"{"l":[{"g":"x"}]}"#);
    assert_eq!(up(old, new, rules, here), there);
    assert_eq!(down(old, new, rules, there), here);
    assert_eq!(up(old, new, rules, r#"{"ali":"x"}"#), there);
    assert_eq!(
        up(old, new, rules, r#"{"ali":"x","l":[{"t":"a"}]}"#),
        r#"{"l":[{"t":"a","g":"x"}]}"#
    );
    assert_eq!(
        up(old, new, rules, r#"{"ali":"y","l":[{"g":"x"}]}"#),
        format!("{there} | dropped /ali alias.ali")
    );
    assert_eq!(up(old, new, rules, r#"{"ali":"x","l":5}"#), r#"{"l":5} | dropped /ali alias.ali"#);
    let second = "alias: {ali: {of: 'l[0].g', prefer: second}}";
    assert_eq!(
        up(old, new, second, r#"{"ali":"y","l":[{"g":"x"}]}"#),
        r#"{"l":[{"g":"y"}]} | dropped /l/0/g alias.ali"#
    );
    // Another rule takes what it says.
    let rules = "alias: {ali: 'l[t=a].g'}, fields: {'l[t=a].g': n}";
    let old = &*format!("ali: <s>, {list}");
    let new = "n: <s>, l: {type: array, items: {type: object, properties: {t: <s>}}}";
    let (here, there) = (r#"{"ali":"x","l":[{"t":"a","g":"x"}]}"#, r#"{"n":"x","l":[]}"#);
    assert_eq!(up(old, new, rules, here), there);
    assert_eq!(down(old, new, rules, there), here);
    assert_eq!(
        up(old, new, rules, r#"{"ali":"x","l":[{"t":"b"}]}"#),
        r#"{"n":"x","l":[{"t":"b"}]}"#
    );
}

#[test]
fn an_alias_that_is_in_an_element() {
    let list = "l: {type: array, items: {type: object, properties: {t: <s>, g: <s>}}}";
    let bare = "ali: <s>, l: {type: array, items: {type: object, properties: {t: <s>}}}";
    let old = &*format!("ali: <s>, {list}");
    let rules = "alias: {'l[t=a].g': ali}";
    let (here, there) =
        (r#"{"ali":"x","l":[{"t":"b"},{"t":"a","g":"x"}]}"#, r#"{"ali":"x","l":[{"t":"b"}]}"#);
    assert_eq!(up(old, bare, rules, here), there);
    assert_eq!(down(old, bare, rules, there), here);
    assert_eq!(up(old, bare, rules, r#"{"l":[{"t":"a","g":"x"}]}"#), r#"{"ali":"x","l":[]}"#);
    assert_eq!(
        up(old, bare, rules, r#"{"ali":"y","l":[{"t":"a","g":"x"}]}"#),
        r#"{"ali":"y","l":[]} | dropped /l/0/g alias.l[t=a].g"#
    );
    // A whole one, of a list that the other side does not have, and with another name for each value.
    let old = "ali: <s>, l: {type: array, items: <s>}";
    let rules = "alias: {'l[1]': {of: ali, map: {X: x}}}";
    assert_eq!(
        up(old, "ali: <s>", rules, r#"{"l":["p","X"]}"#),
        r#"{"ali":"x"} | dropped /l/0 alias.l[1]"#
    );
    assert_eq!(
        down(old, "ali: <s>", rules, r#"{"ali":"x"}"#),
        r#"{"ali":"x","l":[null,"X"]} | placeholder /l/0 alias.l[1]"#
    );
}

#[test]
fn an_alias_within_one_list() {
    let list = "l: {type: array, items: {type: object, properties: {t: <s>, g: <s>, h: <s>}}}";
    let rules = "alias: {'l[t=b].g': 'l[t=a].h'}";
    let (here, there) =
        (r#"{"l":[{"t":"a","h":"x"},{"t":"b","g":"x"}]}"#, r#"{"l":[{"t":"a","h":"x"}]}"#);
    assert_eq!(up(list, list, rules, here), there);
    assert_eq!(down(list, list, rules, there), here);
    let alone = r#"{"l":[{"t":"b","g":"x"}]}"#;
    assert_eq!(up(list, list, rules, alone), there);
    let texts = "l: {type: array, items: <s>}";
    let rules = "alias: {'l[1]': 'l[0]'}";
    assert_eq!(up(texts, texts, rules, r#"{"l":["x","x","y"]}"#), r#"{"l":["x","y"]}"#);
    assert_eq!(down(texts, texts, rules, r#"{"l":["x","y"]}"#), r#"{"l":["x","x","y"]}"#);
    assert_eq!(
        up(texts, texts, rules, r#"{"l":["x","z"]}"#),
        r#"{"l":["x"]} | dropped /l/1 alias.l[1]"#
    );
    // Of a type that is a list itself.
    let of = "T: {type: array, items: <s>}";
    let rest = "types: {T: {alias: {'[1]': '[0]'}}}";
    assert_eq!(chain(&[of, of], &[rest], Upgrade, r#"["x","x"]"#), r#"["x"]"#);
    assert_eq!(chain(&[of, of], &[rest], Downgrade, r#"["x"]"#), r#"["x","x"]"#);
}

#[test]
fn an_element_stays_where_the_other_side_has_no_list() {
    let old = "c: {type: array, items: {type: object, properties: {d: <s>}}}";
    let new = "a: <s>, c: {type: object, properties: {d: <s>}}";
    let said = up(old, new, "fields: {'c[1].d': a}", r#"{"c":[{},{"d":"p"}]}"#);
    assert_eq!(said, r#"{"c":[{},{"d":"p"}],"a":"p"}"#);
}

#[test]
fn an_element_within_an_element_goes_alike() {
    let inner = "{type: array, items: {type: object, properties: {x: <s>, y: <s>}}}";
    let list = format!("l: {{type: array, items: {}}}", o(&format!("b: <s>, m: {inner}")));
    let rules = "fields: {'l[0].m[1].x': 'l[0].b'}";
    let (here, there) =
        (r#"{"l":[{"m":[{"y":"p"},{"x":"1"}]}]}"#, r#"{"l":[{"m":[{"y":"p"}],"b":"1"}]}"#);
    assert_eq!(up(&list, &list, rules, here), there);
    assert_eq!(down(&list, &list, rules, there), here);
    let rules = "fields: {'l[0].m[1].x': 'l[0].m[1].y'}";
    let (here, there) =
        (r#"{"l":[{"m":[{"y":"p"},{"x":"1"}]}]}"#, r#"{"l":[{"m":[{"y":"p"},{"y":"1"}]}]}"#);
    assert_eq!(up(&list, &list, rules, here), there);
}

#[test]
fn what_is_around_the_field_of_a_selector_keeps_it() {
    let of = "{type: object, properties: {id: <i>, n: <s>}}";
    let cards = "cards: {type: array, items: {type: object, properties: {o: {type: object, \
                 properties: {id: <i>, n: <s>}}}}}";
    let old = format!("first: {of}");
    let rules = "fields: {first: 'cards[o.id=1].o'}";
    assert_eq!(
        up(&old, cards, rules, r#"{"first":{"id":2,"n":"x"}}"#),
        r#"{"cards":[{"o":{"id":1,"n":"x"}}]} | dropped /first/id fields.first"#
    );
    assert_eq!(
        up(&old, cards, rules, r#"{"first":{"id":1,"n":"x"}}"#),
        r#"{"cards":[{"o":{"id":1,"n":"x"}}]}"#
    );
}

#[test]
fn what_two_rules_write_into_one_element() {
    let list = "l: {type: array, items: {type: object, properties: {k: <s>, v: <s>}}}";
    let rules = "fields: {'l[k=b].v': p, 'l[0].v': q}";
    assert_eq!(
        down(list, "p: <s>, q: <s>", rules, r#"{"p":"1","q":"2"}"#),
        r#"{"l":[{"k":"b","v":"2"}]} | dropped /p fields.l[0].v"#
    );
    // The field of the selector is another's result.
    let old =
        format!("T: {}, E: {}", o("l: {type: array, items: <E>}, p: <s>"), o("k: <s>, v: <s>"));
    let new = format!("T: {}, E: {}", o("l: {type: array, items: <E>}"), o("k: <s>, v: <s>"));
    let rest = "types: {T: {fields: {p: 'l[k=z].v'}}, E: {fields: {k: {map: {a: z, z: a}}}}}";
    let said = chain(&[&old, &new], &[rest], Upgrade, r#"{"l":[{"k":"a","v":"1"}],"p":"P"}"#);
    assert_eq!(said, r#"{"l":[{"k":"z","v":"P"}]} | dropped /l/0/v fields.p"#);
}

#[test]
fn an_element_that_holds_the_place_of_others_stays_unsaid() {
    let list = "l: {type: array, items: {type: object, properties: {v: <s>, g: <s>}}}";
    let new = "p: <s>, l: {type: array, items: {type: object, properties: {g: <s>}}}";
    let rules = "fields: {'l[0].v': p}";
    let (here, there) = (r#"{"l":[{"v":"1"},{"g":"2"}]}"#, r#"{"p":"1","l":[{},{"g":"2"}]}"#);
    assert_eq!(up(list, new, rules, here), there);
    assert_eq!(down(list, new, rules, there), here);
    assert_eq!(
        down(list, new, rules, r#"{"p":"1","l":[{}]}"#),
        r#"{"l":[{"v":"1"}]} | narrowed /l/0 fields.l[0].v"#
    );
    // Nothing is written into what is no object.
    assert_eq!(
        down(list, new, rules, r#"{"p":"1","l":[[]]}"#),
        r#"{"l":[[]]} | dropped /p fields.l[0].v"#
    );
}

#[test]
fn absence_of_a_member_of_an_element() {
    let list = "l: {type: array, items: {type: object, properties: {k: <s>, v: <s>, g: <s>}}}";
    let rules = "fields: {'l[k=a].v': {to: p, absent: {old: x, new: x}}}";
    let here = r#"{"l":[{"k":"a","g":"1"}]}"#;
    assert_eq!(
        up(list, &format!("p: <s>, {list}"), rules, here),
        r#"{"p":"x","l":[{"k":"a","g":"1"}]}"#
    );
    let rules = "fields: {p: {to: 'l[k=a].v', absent: {new: x}}}";
    let old = format!("p: <s>, {list}");
    assert_eq!(down(&old, list, rules, here), r#"{"p":"x","l":[{"k":"a","g":"1"}]}"#);
    // The way back would take absence there for `x`.
    assert_eq!(up(&old, list, rules, here), format!("{here} | narrowed  fields.p"));
    let rules = "fields: {'l[0].v': {to: 'l[1].g', absent: {old: x}}}";
    let said = up(list, list, rules, r#"{"l":[{"k":"a"},{"k":"b"}]}"#);
    assert_eq!(said, r#"{"l":[{"k":"a"},{"k":"b","g":"x"}]}"#);
}

#[test]
fn a_null_element_is_a_value_to_an_alias() {
    let list = "y: {type: array, items: {type: [string, 'null']}}";
    let rules = "nulls: absent, alias: {r: 'y[0]'}";
    let old = format!("r: <s?>, {list}");
    assert_eq!(down(&old, list, rules, r#"{"y":[null]}"#), r#"{"y":[null],"r":null}"#);
}

#[test]
fn a_second_that_counts_stands_where_the_first_stood() {
    let list = "l: {type: array, items: {type: object, properties: {t: <s>, g: <s>}}}";
    let old = format!("r: {}, {list}", o("t: <s>, g: <s>"));
    let rules = "alias: {r: {of: 'l[t=a]', prefer: second}}";
    assert_eq!(
        up(&old, list, rules, r#"{"r":{"g":"2"},"l":[{"t":"a","g":"1"},{"t":"b"}]}"#),
        r#"{"l":[{"g":"2","t":"a"},{"t":"b"}]} | dropped /l/0 alias.r"#
    );
}

#[test]
fn a_list_and_an_object_of_one_name_are_not_each_others_counterparts() {
    let list = "at: {type: array, items: <i>}";
    let object = format!("at: {}", o("start: <i>, end: <i>"));
    let rules = "fields: {'at[0]': at.start, 'at[1]': at.end}";
    let (here, there) = (r#"{"at":[1,2]}"#, r#"{"at":{"start":1,"end":2}}"#);
    assert_eq!(up(list, &object, rules, here), there);
    assert_eq!(down(list, &object, rules, there), here);
    assert_eq!(
        up(list, &object, rules, r#"{"at":[1,2,3]}"#),
        format!("{there} | dropped /at/2 fields.at[0]")
    );
    let back = "fields: {at.start: 'at[0]', at.end: 'at[1]'}";
    assert_eq!(up(&object, list, back, there), here);
    assert_eq!(down(&object, list, back, here), there);
}

#[test]
fn a_null_that_an_alias_says_is_absent_to_the_way_back() {
    let list = "y: {type: array, items: {type: [string, 'null']}}";
    let old = format!("r: <s?>, {list}");
    assert_eq!(
        up(&old, &old, "nulls: absent, alias: {'y[0]': r}", r#"{"y":[null,"1"]}"#),
        r#"{"y":["1"],"r":null} | narrowed /y/0 alias.y[0]"#
    );
}
