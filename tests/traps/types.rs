//! One rule on a type reaches every place where a message holds that type: through operations of
//! two contracts, both ways, with and without a hop that changes nothing around it. (A rule that
//! reaches nothing, and a schema that meets one its block is not about, are errors: F604 and F605
//! in `tests/diagnostics`.)

use fishplate::compile::Series;

use crate::both::{self, Downgrade, Upgrade, answer, heads, load};

/// What the shapes are made of: an order whose field has another name on either side, and an item
/// that is converted.
fn contract(new: bool, body: &str, schemas: &str) -> String {
    let (name, amount) = if new { ("buyer", "string") } else { ("customer", "integer") };
    let order = format!(
        "{{ type: object, required: [id], properties: {{ id: {{ type: integer }}, \
         {name}: {{ type: string }}, amount: {{ $ref: '#/components/schemas/Amount' }} }} }}"
    );
    let text = format!(
        "openapi: 3.1.0\npaths:\n  /x:\n    get: {{ responses: {{ '200': {{ content: \
         {{ application/json: {{ schema: {body} }} }} }} }} }}\n\
         components:\n  schemas:\n    Order: {order}\n    Amount: {{ type: {amount} }}\n{schemas}"
    );
    let mut text = text.replace("<id>", "{ type: integer }").replace("<s>", "{ type: string }");
    while let Some((before, rest)) = text.split_once('<') {
        let (name, after) = rest.split_once('>').expect("a name between < and >");
        text = format!("{before}{{ $ref: '#/components/schemas/{name}' }}{after}");
    }
    text
}

const RULES: &str = "
types:
  Order:
    fields: { customer: buyer }
  Amount:
    fields: { '.': { convert: { old: integer, new: string } } }
";

/// A text in which orders stand where `@n` does.
fn orders(text: &str, new: bool) -> String {
    let mut text = text.to_owned();
    for n in 0..10 {
        let order = if new {
            format!(r#"{{"id":{n},"buyer":"Zoë {n}","amount":"{n}"}}"#)
        } else {
            format!(r#"{{"id":{n},"customer":"Zoë {n}","amount":{n}}}"#)
        };
        text = text.replace(&format!("@{n}"), &order);
    }
    text
}

/// Takes messages whose orders stand where `@n` does through contracts with this body and these
/// further schemas, which are the same in both.
#[track_caller]
fn reaches(body: &str, schemas: &[&str], messages: &[&str]) {
    let schemas = schemas.iter().fold(String::new(), |all, s| format!("{all}    {s}\n"));
    let (old, new) = (contract(false, body, &schemas), contract(true, body, &schemas));
    through((&old, &new), messages);
}

#[track_caller]
fn through((old, new): (&str, &str), messages: &[&str]) {
    let load = |contracts: &[&str], rests: &[&str]| -> Series {
        let contracts: Vec<String> = contracts.iter().map(|c| String::from(*c)).collect();
        load(&contracts, &heads(rests)).unwrap_or_else(|errors| panic!("{errors}\n{new}"))
    };
    for series in [
        load(&[old, new], &[RULES]),
        load(&[old, old, new], &["", RULES]),
        load(&[old, new, new], &[RULES, ""]),
    ] {
        for message in messages {
            let (before, after) = (orders(message, false), orders(message, true));
            assert_ne!(before, after, "{message} has no order");
            assert_eq!(answer(&series, "GET /x", Upgrade, &before), after);
            assert_eq!(answer(&series, "GET /x", Downgrade, &after), before);
        }
    }
}

#[test]
fn a_body() {
    reaches("<Order>", &[], &["@1", " @2 "]);
}

#[test]
fn a_list() {
    let list = "{ type: array, items: <Order> }";
    reaches(list, &[], &["[@1]", "[@1,@2,null,@3]", " [ @1 , @2 ] "]);
}

#[test]
fn a_nested_list() {
    let list = "{ type: array, items: { type: array, items: { type: array, items: <Order> } } }";
    reaches(list, &[], &["[[[@1]]]", "[[],[[]],[[@1,@2],null,[@3]]]"]);
}

#[test]
fn a_dictionary() {
    let values = "{ type: object, additionalProperties: <Order> }";
    reaches(values, &[], &[r#"{"a":@1}"#, r#"{"customer":@1,"buyer":@2,"":@3,"n":null}"#]);
    let lists = "{ type: object, additionalProperties: { type: array, items: <Order> } }";
    reaches(lists, &[], &[r#"{"a":[@1,@2],"b":[]}"#]);
    let named = "{ type: object, patternProperties: { '^o': <Order> }, properties: { p: <s> } }";
    reaches(named, &[], &[r#"{"o1":@1,"p":"x","o2":@2}"#]);
}

/// Members whose patterns say different things are of neither: both executors carry them.
#[test]
fn a_dictionary_of_several_patterns() {
    let order = |name: &str| format!("O: {}", both::o(&format!("{name}: <s>")));
    for rest in [
        "patternProperties: { '^o': <O> }, additionalProperties: <s>",
        "patternProperties: { '^x': <s>, '^o': <O> }",
    ] {
        let t = format!("T: {{ type: object, properties: {{ p: <O> }}, {rest} }}");
        let (old, new) = (format!("{t}, {}", order("a")), format!("{t}, {}", order("b")));
        let series = both::types(&[&old, &new], &["types: {O: {fields: {a: b}}}"]).unwrap();
        let way = fishplate::compile::Way { from: 0, to: 1 };
        let subject = fishplate::compile::Subject::Type("T");
        let said = both::run(&series, subject, way, br#"{"o1":{"a":"1"},"p":{"a":"1"}}"#);
        assert_eq!(said, r#"{"o1":{"a":"1"},"p":{"b":"1"}}"#);
    }
}

#[test]
fn a_page_wrapper() {
    let page =
        "Page: { type: object, properties: { data: { type: array, items: <Order> }, next: <s> } }";
    reaches("<Page>", &[page], &[r#"{"data":[@1,@2],"next":"x"}"#, r#"{"next":null,"data":[@1]}"#]);
    // A wrapper that says what is common, and beside it what its list holds.
    let common = "Wrapper: { type: object, properties: { next: <s>, data: { type: array } } }";
    let of = "{ allOf: [<Wrapper>, { type: object, properties: { data: { items: <Order> } } }] }";
    reaches(of, &[common], &[r#"{"next":"x","data":[@1,@2]}"#]);
    // A wrapper in a wrapper, of which one is named.
    let outer = "{ type: object, properties: { result: <Page>, first: <Order> } }";
    reaches(outer, &[page], &[r#"{"first":@3,"result":{"data":[@1],"next":"x"}}"#]);
}

#[test]
fn a_recursive_tree() {
    let node = "Node: { type: object, properties: { value: <Order>, \
                children: { type: array, items: <Node> }, by: { type: object, additionalProperties: <Node> } } }";
    let deep = "{\"children\":[{\"value\":@1,\"by\":{\"k\":".repeat(10)
        + "{\"value\":@2}"
        + &"}}]}".repeat(10);
    reaches(
        "<Node>",
        &[node],
        &[
            r#"{"value":@1,"children":[{"value":@2,"children":[]},{"by":{"x":{"value":@3}}}]}"#,
            &deep,
        ],
    );
    // Two types that hold each other.
    let pair = [
        "Left: { type: object, properties: { right: <Right>, order: <Order> } }",
        "Right: { type: object, properties: { left: <Left>, orders: { type: array, items: <Order> } } }",
    ];
    let message = r#"{"right":{"orders":[@1],"left":{"order":@2,"right":{"orders":[@3]}}}}"#;
    reaches("<Left>", &pair, &[message]);
}

#[test]
fn a_type_inside_itself() {
    let both = |name: &str, amount: &str| {
        contract(false, "<Tree>", "").replace(
            "    Amount:",
            &format!(
                "    Tree: {{ type: object, properties: {{ {name}: {{ type: {amount} }}, \
                 sub: {{ $ref: '#/components/schemas/Tree' }} }} }}\n    Amount:"
            ),
        )
    };
    let series = load(
        &[both("a", "integer"), both("b", "integer")],
        &heads(&["types:\n  Tree:\n    fields: { a: b }"]),
    )
    .unwrap();
    let before = r#"{"sub":{"a":1,"sub":{"sub":{"a":2}}},"a":3}"#;
    let after = before.replace("\"a\"", "\"b\"");
    assert_eq!(answer(&series, "GET /x", Upgrade, before), after);
    assert_eq!(answer(&series, "GET /x", Downgrade, &after), before);
}

#[test]
fn a_branch_of_one_of() {
    let gift = "Gift: { type: object, required: [to], properties: { to: <s>, customer: <s> } }";
    let either = "{ type: array, items: { oneOf: [<Order>, <Gift>] } }";
    // The gift has a field of the same name, which is no order's.
    let messages = [r#"[@1,{"to":"x","customer":"y"},@2]"#, r#"[{"to":"x"},@1]"#];
    reaches(either, &[gift], &messages);
    reaches(&either.replace("oneOf", "anyOf"), &[gift], &messages);
    reaches(
        "{ oneOf: [<Order>, { type: string }, { type: array, items: <Order> }] }",
        &[],
        &["@1", "[@1,@2]"],
    );
    // Nullable is written as a union, too.
    for null in ["{ oneOf: [<Order>, { type: 'null' }] }", "{ anyOf: [{ type: 'null' }, <Order>] }"]
    {
        let body = format!("{{ type: object, properties: {{ o: {null}, p: <Order> }} }}");
        reaches(&body, &[], &[r#"{"o":@1,"p":@2}"#, r#"{"o":null,"p":@2}"#]);
    }
}

#[test]
fn a_branch_that_a_tag_tells() {
    let placed = "Placed: { type: object, properties: { kind: <s>, order: <Order> } }";
    let paid = "Paid: { type: object, properties: { kind: <s>, order: <s>, of: <Order> } }";
    let event = "{ oneOf: [<Placed>, <Paid>], discriminator: { propertyName: kind, mapping: \
                 { placed: '#/components/schemas/Placed', paid: '#/components/schemas/Paid' } } }";
    let list = format!("{{ type: array, items: {event} }}");
    reaches(
        &list,
        &[placed, paid],
        &[
            r#"[{"kind":"placed","order":@1},{"kind":"paid","order":"x","of":@2}]"#,
            r#"[{"order":@1,"kind":"placed"},{"of":@2,"order":"x","kind":"paid"}]"#,
        ],
    );
}

#[test]
fn a_child_of_all_of() {
    let child =
        "Rush: { allOf: [<Order>, { type: object, properties: { by: <s>, inner: <Order> } }] }";
    let (old, new) = (
        contract(false, "<Rush>", &format!("    {child}\n")),
        contract(true, "<Rush>", &format!("    {child}\n")),
    );
    let series = load(&[old, new], &heads(&[RULES])).unwrap();
    let before = r#"{"id":1,"customer":"Zoë","by":"x","amount":5,"inner":{"id":2,"customer":"y"}}"#;
    let after = r#"{"id":1,"buyer":"Zoë","by":"x","amount":"5","inner":{"id":2,"buyer":"y"}}"#;
    assert_eq!(answer(&series, "GET /x", Upgrade, before), after);
    assert_eq!(answer(&series, "GET /x", Downgrade, after), before);
    // A child of a child, in a list, beside its base.
    let grandchild = format!(
        "{child}\n    Same: {{ allOf: [<Rush>] }}\n    All: {{ type: object, properties: \
         {{ l: {{ type: array, items: <Same> }}, o: <Order> }} }}"
    );
    let (old, new) = (
        contract(false, "<All>", &format!("    {grandchild}\n")),
        contract(true, "<All>", &format!("    {grandchild}\n")),
    );
    let before = format!(r#"{{"l":[{before}],"o":{{"customer":"z"}}}}"#);
    let after = format!(r#"{{"l":[{after}],"o":{{"buyer":"z"}}}}"#);
    let series = load(&[old, new], &heads(&[RULES])).unwrap();
    assert_eq!(answer(&series, "GET /x", Upgrade, &before), after);
    assert_eq!(answer(&series, "GET /x", Downgrade, &after), before);
}

#[test]
fn a_base_with_a_tag_whose_children_are_all_of_it() {
    let schemas = |name: &str| {
        format!(
            "    Pet: {{ type: object, discriminator: {{ propertyName: kind }}, properties: \
             {{ kind: <s>, {name}: <s> }} }}\n\
             \x20   Cat: {{ allOf: [<Pet>, {{ type: object, properties: {{ lives: <id> }} }}] }}\n\
             \x20   Dog: {{ allOf: [<Pet>, {{ type: object, properties: {{ bark: <s>, of: <Order> }} }}] }}\n"
        )
    };
    let list = "{ type: array, items: <Pet> }";
    let (old, new) =
        (contract(false, list, &schemas("name")), contract(true, list, &schemas("title")));
    let rules = format!("{RULES}  Pet:\n    fields: {{ name: title }}\n");
    let series = load(&[old, new], &heads(&[&rules])).unwrap_or_else(|e| panic!("{e}"));
    let before = r#"[{"kind":"Cat","name":"a","lives":9},{"name":"b","of":{"id":1,"customer":"x"},"kind":"Dog"}]"#;
    let after = r#"[{"kind":"Cat","title":"a","lives":9},{"title":"b","of":{"id":1,"buyer":"x"},"kind":"Dog"}]"#;
    assert_eq!(answer(&series, "GET /x", Upgrade, before), after);
    assert_eq!(answer(&series, "GET /x", Downgrade, after), before);
}

#[test]
fn a_place_that_another_rule_moves() {
    let with = |place: &str| {
        format!("    Cart: {{ type: object, properties: {{ {place}, other: <Order> }} }}\n")
    };
    let old = contract(false, "<Cart>", &with("order: <Order>"));
    let new =
        contract(true, "<Cart>", &with("box: { type: object, properties: { order: <Order> } }"));
    let rules = format!("{RULES}  Cart:\n    fields: {{ order: box.order }}\n");
    let series = load(&[old, new], &heads(&[&rules])).unwrap_or_else(|e| panic!("{e}"));
    let before = r#"{"order":{"id":1,"customer":"x"},"other":{"amount":2}}"#;
    let after = r#"{"other":{"amount":"2"},"box":{"order":{"id":1,"buyer":"x"}}}"#;
    assert_eq!(answer(&series, "GET /x", Upgrade, before), after);
    assert_eq!(answer(&series, "GET /x", Downgrade, after), before);
}

#[test]
fn a_type_of_another_name_in_the_new_contract() {
    let old = contract(false, "{ type: array, items: <Order> }", "");
    let new = contract(true, "{ type: array, items: <Order> }", "")
        .replace("/Order", "/Purchase")
        .replace("    Order:", "    Purchase:");
    let rules = RULES.replace("  Order:", "  Order -> Purchase:");
    let series = load(&[old, new], &heads(&[&rules])).unwrap_or_else(|e| panic!("{e}"));
    let (before, after) = (orders("[@1,@2]", false), orders("[@1,@2]", true));
    assert_eq!(answer(&series, "GET /x", Upgrade, &before), after);
    assert_eq!(answer(&series, "GET /x", Downgrade, &after), before);
}
