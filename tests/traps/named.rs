//! `text`: texts that name a field of their request, of their own document, or fields of a type.

use fishplate::compile::{Part, Series, Status, Subject, View, program};

use crate::both::{Direction, Downgrade, Said, Upgrade, body, ends, heads, load, run};

/// A contract whose request is of these schemas, and whose answers have a `field` and `fields`.
fn contract(schemas: &str) -> String {
    format!(
        "openapi: 3.1.0
paths:
  /t:
    post:
      requestBody: {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/T' }} }} }} }}
      responses:
        '400': {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Fault' }} }} }} }}
components:
  schemas:
    Fault:
      type: object
      properties: {{ field: {{ type: string }}, at: {{ type: array }}, fields: {{ type: array, items: {{ type: string }} }} }}
{schemas}"
    )
}

const OLD: &str = "
    T:
      type: object
      properties:
        name: { type: string }
        street: { type: string }
        items: { type: array, items: { $ref: '#/components/schemas/Item' } }
        notes: { type: object, additionalProperties: { $ref: '#/components/schemas/Item' } }
        owner: { type: string }
        gone: { type: string }
        free: {}
        pet: { oneOf: [{ $ref: '#/components/schemas/Item' }, { type: string }] }
    Item: { type: object, properties: { sku: { type: string }, parts: { type: array, items: { $ref: '#/components/schemas/Item' } } } }
";
const NEW: &str = "
    T:
      type: object
      properties:
        full_name: { type: string }
        address: { type: object, properties: { street: { type: string } } }
        lines: { type: array, items: { $ref: '#/components/schemas/Item' } }
        notes: { type: object, additionalProperties: { $ref: '#/components/schemas/Item' } }
        owners: { type: array, items: { type: object, properties: { id: { type: string } } } }
        added: { type: string }
        free: {}
        pet: { oneOf: [{ $ref: '#/components/schemas/Item' }, { type: string }] }
    Item: { type: object, properties: { product: { type: string }, parts: { type: array, items: { $ref: '#/components/schemas/Item' } } } }
";
const RULES: &str = "
types:
  T:
    fields:
      name: full_name
      street: address.street
      items: lines
      owner: { to: 'owners[].id', wrap: new }
    added: { added: x }
  Item: { fields: { sku: product } }
errors:
  fields:
    body.field: { text: pointer }
    body.at: { text: pointer }
    body.fields: { each: { text: pointer } }
";

fn series(rules: &[&str]) -> Series {
    let mut contracts = vec![contract(OLD), contract(NEW)];
    contracts.extend((1..rules.len()).map(|_| contract(NEW)));
    load(&contracts, &heads(rules)).unwrap_or_else(|errors| panic!("{errors}"))
}

fn said(series: &Series, direction: Direction, message: &str) -> Said {
    let way = ends(series, direction);
    let operation = &series.contracts[way.from].operations[0];
    body(series, (operation, Part::Answer(Status::Is(400))), way, message)
}

#[track_caller]
fn becomes(series: &Series, direction: Direction, pairs: &[(&str, &str)]) {
    for (from, to) in pairs {
        let document = |text: &str| format!("{{\"field\":\"{text}\"}}");
        assert_eq!(said(series, direction, &document(from)), document(to), "{from}");
    }
}

#[test]
fn the_rules_of_the_request_say_what_it_is_called_there() {
    let series = series(&[RULES]);
    becomes(
        &series,
        Downgrade,
        &[
            ("full_name", "name"),
            ("/full_name", "/name"),
            ("#/address/street", "#/street"),
            ("$.address.street", "$.street"),
            ("lines[3].product", "items[3].sku"),
            ("lines.3.product", "items.3.sku"),
            ("lines[0][product]", "items[0][sku]"),
            ("lines[0]['product']", "items[0]['sku']"),
            (r#"notes[\"a.b\"].product"#, r#"notes[\"a.b\"].sku"#),
            ("/lines/0/parts/1/parts/2/product", "/items/0/parts/1/parts/2/sku"),
            ("/notes/a~1b/product", "/notes/a~1b/sku"),
            ("owners[0].id", "owner"),
            ("pet.product", "pet.sku"),
            ("free.x.product", "free.x.product"),
            // An extra has one name everywhere.
            ("extra.product", "extra.product"),
            ("#", "#"),
            ("", ""),
        ],
    );
    becomes(
        &series,
        Upgrade,
        &[("name", "full_name"), ("street", "address.street"), ("owner", "owners[0].id")],
    );
}

#[test]
fn lists_of_segments_and_lists_of_texts() {
    let series = series(&[RULES]);
    let message = r#"{"at":["lines",0,"product"],"fields":["full_name","lines.0.product"]}"#;
    let told = r#"{"at":["items",0,"sku"],"fields":["name","items.0.sku"]}"#;
    assert_eq!(said(&series, Downgrade, message), told);
    let words = r#"{"at":["lines","0","product"]}"#;
    assert_eq!(said(&series, Downgrade, words), r#"{"at":["items","0","sku"]}"#);
}

#[test]
fn what_has_no_counterpart_is_said() {
    let series = series(&[RULES]);
    for text in ["address", "added", "owners[1].id", "owners[1]"] {
        let message = format!("{{\"field\":\"{text}\"}}");
        let expected = format!("{message} | unknown /field errors.fields.body.field");
        assert_eq!(said(&series, Downgrade, &message), expected, "{text}");
    }
    for text in ["something is wrong", "a..b"] {
        let message = format!("{{\"field\":\"{text}\"}}");
        let expected = format!("{message} | unfit /field errors.fields.body.field");
        assert_eq!(said(&series, Downgrade, &message), expected, "{text}");
    }
    let up = "{\"field\":\"gone\"} | unknown /field errors.fields.body.field";
    assert_eq!(said(&series, Upgrade, "{\"field\":\"gone\"}"), up);
}

#[test]
fn over_several_hops_and_in_types_of_answers() {
    let of_type = "
types:
  Item: { fields: { parts: { to: parts } } }
  Fault: { fields: { field: { text: pointer } } }
";
    let twice = series(&[RULES, of_type]);
    becomes(&twice, Downgrade, &[("lines[0].product", "items[0].sku"), ("full_name", "name")]);
    becomes(&twice, Upgrade, &[("items[0].sku", "lines[0].product")]);
}

/// A contract whose one operation sends and answers these schemas.
fn both(body: &str, schemas: &str) -> String {
    let json = "content: { application/json: { schema: { $ref: '#/components/schemas/";
    format!(
        "openapi: 3.1.0
paths:
  /t:
    post:
      parameters: [{{ in: query, name: sort, schema: {{ type: string }} }}]
      requestBody: {{ {json}T' }} }} }} }}
      responses:
        '200': {{ {json}{body}' }} }} }} }}
        '400': {{ {json}Fault' }} }} }} }}
components:
  schemas:
    Fault: {{ type: object, properties: {{ field: {{ type: string }} }} }}
{schemas}"
    )
}

/// What becomes of a message of that operation, by its body.
fn told(series: &Series, direction: Direction, (part, message): (Part, &str)) -> Said {
    let way = ends(series, direction);
    let operation = &series.contracts[way.from].operations[0];
    body(series, (operation, part), way, message)
}

const FAULT: Part = Part::Answer(Status::Is(400));

fn of(old: &str, new: &str, rules: &str) -> Series {
    let contract = |own: &str| both("T", own);
    load(&[contract(old), contract(new)], &heads(&[rules]))
        .unwrap_or_else(|errors| panic!("{errors}"))
}

#[track_caller]
fn names(series: &Series, direction: Direction, pairs: &[(&str, &str)]) {
    for (from, to) in pairs {
        let document = |text: &str| format!("{{\"field\":\"{text}\"}}");
        let expected = match to.strip_prefix('?') {
            Some("") => format!("{} | unknown /field errors.fields.body.field", document(from)),
            _ => document(to),
        };
        assert_eq!(told(series, direction, (FAULT, &document(from))), expected, "{from}");
    }
}

const POINTER: &str = "errors: { fields: { body.field: { text: pointer } } }\n";

#[test]
fn the_second_of_an_alias_is_its_first() {
    let series = of(
        "    T: { type: object, properties: { bill: { $ref: '#/components/schemas/A' }, address: { $ref: '#/components/schemas/A' }, nick: { type: string }, name: { type: string } } }
    A: { type: object, properties: { zip: { type: string }, postal: { type: string } } }",
        "    T: { type: object, properties: { at: { $ref: '#/components/schemas/A' }, full: { type: string } } }
    A: { type: object, properties: { code: { type: string } } }",
        &format!(
            "types:
  T: {{ fields: {{ address: at, name: full }}, alias: {{ bill: address, nick: name }} }}
  A: {{ fields: {{ postal: code }}, alias: {{ zip: postal }} }}
{POINTER}"
        ),
    );
    names(
        &series,
        Upgrade,
        &[("nick", "full"), ("/bill", "/at"), ("bill.zip", "at.code"), ("address.zip", "at.code")],
    );
    names(&series, Downgrade, &[("full", "name"), ("/at/code", "/address/postal")]);
}

#[test]
fn what_a_source_copies_is_its_counterpart_where_there_is_no_other() {
    let series = of(
        "    T: { type: object, properties: { assignee: { $ref: '#/components/schemas/U' }, assignees: { type: array, items: { $ref: '#/components/schemas/U' } }, by: { $ref: '#/components/schemas/U' } } }
    U: { type: object, properties: { login: { type: string } } }",
        "    T: { type: object, properties: { assignees: { type: array, items: { $ref: '#/components/schemas/U' } }, who: { type: string }, owner: { $ref: '#/components/schemas/U' } } }
    U: { type: object, properties: { name: { type: string } } }",
        &format!(
            "types:
  T:
    removed: {{ assignee: {{ $from: 'assignees[0]' }} }}
    added: {{ who: {{ $from: by.login }}, owner: {{ $from: by }} }}
  U: {{ fields: {{ login: name }} }}
{POINTER}"
        ),
    );
    let up = [
        ("/assignee/login", "/assignees/0/name"),
        ("/assignees/1/login", "/assignees/1/name"),
        ("/by/login", "/who"),
        ("/by", "/owner"),
    ];
    names(&series, Upgrade, &up);
    let down = [
        ("/assignees/0/name", "/assignees/0/login"),
        ("who", "by.login"),
        ("owner.name", "by.login"),
        ("owner.other", "by.other"),
    ];
    names(&series, Downgrade, &down);
}

#[test]
fn rules_hold_as_they_did_for_the_request() {
    let schema = |own: &str| {
        format!("    T: {{ type: object, properties: {{ {own}, same: {{ type: string }} }} }}")
    };
    let all = |names: &[&str]| {
        let one = |name: &&str| format!("{name}: {{ type: string }}");
        schema(&names.iter().map(one).collect::<Vec<_>>().join(", "))
    };
    let series = of(
        &all(&["a", "b", "c", "d"]),
        &all(&["a2", "b2", "c2", "d2"]),
        &format!(
            "types:
  T:
    fields:
      a: {{ to: a2, only: request }}
      b: {{ to: b2, only: response }}
      c: {{ to: c2, only: upgrade }}
      d: {{ to: d2, only: downgrade }}
{POINTER}"
        ),
    );
    // What an answer that comes back says is of a request that went up.
    names(&series, Downgrade, &[("a2", "a"), ("b2", "?"), ("c2", "c"), ("d2", "?")]);
    names(&series, Upgrade, &[("a", "a2"), ("b", "?"), ("c", "?"), ("d", "d2")]);
}

#[test]
fn a_field_of_the_same_document() {
    let schemas = |name: &str, more: &str| {
        format!(
            "    T: {{ type: object, properties: {{ {name}: {{ type: string }}, why: {{ type: string }}, rows: {{ type: array, items: {{ $ref: '#/components/schemas/T' }} }} }} }}\n{more}"
        )
    };
    let envelope =
        "    Page: { type: object, properties: { data: { $ref: '#/components/schemas/T' } } }";
    let rules = "
types: { T: { fields: { a: b, why: { text: { pointer: document } } } } }
operations: { POST /t: { response: { fields: { body: body.data } } } }
";
    let contracts = [both("T", &schemas("a", "")), both("Page", &schemas("b", envelope))];
    let series = load(&contracts, &heads(&[rules])).unwrap_or_else(|errors| panic!("{errors}"));
    for (direction, part, from, to) in [
        (Upgrade, Part::Request, r#"{"why":"/rows/0/a"}"#, r#"{"why":"/rows/0/b"}"#),
        (Downgrade, Part::Request, r#"{"rows":[{"why":"b"}]}"#, r#"{"rows":[{"why":"a"}]}"#),
    ] {
        assert_eq!(told(&series, direction, (part, from)), to);
    }
    // It begins where the document does.
    let answer = Part::Answer(Status::Is(200));
    let (old, new) = (r##"{"a":"x","why":"#/a"}"##, r##"{"data":{"b":"x","why":"#/data/b"}}"##);
    assert_eq!(told(&series, Upgrade, (answer, old)), new);
    assert_eq!(told(&series, Downgrade, (answer, new)), old);
    for (whole, data) in [("", "/data"), ("#", "#/data"), ("$", "$.data")] {
        let (old, new) =
            (format!("{{\"why\":\"{whole}\"}}"), format!("{{\"data\":{{\"why\":\"{data}\"}}}}"));
        assert_eq!(told(&series, Upgrade, (answer, &old)), new);
        assert_eq!(told(&series, Downgrade, (answer, &new)), old);
    }
    for (whole, data) in [("a", "data.b"), ("rows[0].a", "data.rows[0].b")] {
        let (old, new) =
            (format!("{{\"why\":\"{whole}\"}}"), format!("{{\"data\":{{\"why\":\"{data}\"}}}}"));
        assert_eq!(told(&series, Upgrade, (answer, &old)), new);
        assert_eq!(told(&series, Downgrade, (answer, &new)), old);
    }
    // Names with dots between them do not say the whole body: `""` would be a pointer when it comes back.
    for lost in ["/b", "data"] {
        let came = format!("{{\"data\":{{\"why\":\"{lost}\"}}}}");
        let expected = format!("{{\"why\":\"{lost}\"}} | unknown /data/why fields.why");
        assert_eq!(told(&series, Downgrade, (answer, &came)), expected);
    }
}

#[test]
fn a_document_that_is_no_message_begins_where_its_value_does() {
    let schema = |name: &str| {
        format!(
            "$defs: {{ T: {{ type: object, properties: {{ {name}: {{ type: string }}, why: {{ type: string }} }} }} }}"
        )
    };
    let rules = "types: { T: { fields: { a: b, why: { text: { pointer: document } } } } }";
    let series = load(&[schema("a"), schema("b")], &heads(&[rules])).expect("an API");
    let up = run(&series, Subject::Type("T"), ends(&series, Upgrade), br#"{"why":"/a"}"#);
    assert_eq!(up, r#"{"why":"/b"}"#);
}

#[test]
fn names_of_fields_of_a_type() {
    let schemas = |created: &str, sku: &str, owner: &str| {
        format!(
            "    T: {{ type: object, properties: {{ {created}: {{ type: string }}, items: {{ type: array, items: {{ $ref: '#/components/schemas/Item' }} }}, {owner}, by: {{ type: string }} }} }}
    Item: {{ type: object, properties: {{ {sku}: {{ type: string }}, by: {{ type: string }} }} }}"
        )
    };
    let rules = "
types:
  T: { fields: { created: created_at, owner: { to: 'owners[].id', wrap: new }, by: { text: { names: T } } } }
  Item: { fields: { sku: product, by: { text: { names: Item } } } }
";
    let series = of(
        &schemas("created", "sku", "owner: { type: string }"),
        &schemas(
            "created_at",
            "product",
            "owners: { type: array, items: { type: object, properties: { id: { type: string } } } }",
        ),
        rules,
    );
    for (old, new) in [
        ("-created,items.sku", "-created_at,items.product"),
        ("+created", "+created_at"),
        ("owner,-extra", "owners.id,-extra"),
        ("items.0.sku", "items.0.product"),
        ("", ""),
    ] {
        let message = |text: &str| format!("{{\"by\":\"{text}\"}}");
        let sent = told(&series, Upgrade, (Part::Request, &message(old)));
        assert_eq!(sent, message(new));
        assert_eq!(told(&series, Downgrade, (Part::Request, &message(new))), message(old));
    }
    for (text, loss) in
        [("created_at,-owners.0.id", "unknown"), ("a,,b", "unfit"), ("a b", "unfit")]
    {
        let message = format!("{{\"by\":\"{text}\"}}");
        let said = told(&series, Downgrade, (Part::Request, &message)).rest;
        assert_eq!(said, format!(" | {loss} /by fields.by"), "{text}");
    }
    let inner = told(&series, Upgrade, (Part::Request, r#"{"items":[{"by":"sku"}]}"#));
    assert_eq!(inner, r#"{"items":[{"by":"product"}]}"#);
}

#[test]
fn lists_in_lists_are_looked_through_within_a_bound() {
    let schemas = |name: &str| {
        format!(
            "    T: {{ type: object, properties: {{ l: {{ $ref: '#/components/schemas/L' }}, {name}: {{ type: string }}, by: {{ type: string }} }} }}
    L: {{ type: array, items: {{ $ref: '#/components/schemas/L' }} }}"
        )
    };
    let rules = "types: { T: { fields: { a: b, by: { text: { names: T } } } } }";
    let series = of(&schemas("a"), &schemas("b"), rules);
    let message = r#"{"by":"l.x"}"#;
    let expected = format!("{message} | unknown /by fields.by");
    assert_eq!(told(&series, Upgrade, (Part::Request, message)), expected);
}

#[test]
fn a_program_that_names_nothing_has_no_tables() {
    let series = series(&[RULES]);
    let operation = &series.contracts[0].operations[0];
    let way = ends(&series, Upgrade);
    let track = series.plain_track(way.from, operation, way).unwrap();
    for (part, names) in [(Part::Request, false), (Part::Answer(Status::Is(400)), true)] {
        let travel = series.travel(Subject::Message(&track, part, View::Body), way);
        let travel = travel.unwrap().unwrap();
        let plan = program(&travel.links, &travel.roots, travel.direction).unwrap();
        let tables = plan.names.iter().flatten().filter(|table| !table.nodes.is_empty());
        assert_eq!(tables.count() > 0, names, "{part:?}");
    }
}

/// Two versions of a union of objects, one of a text and an object, and one of a text and a dictionary.
fn unions(closed: &str, rules: &str) -> Series {
    let schemas = |cat: &str, dog: &str, y: &str| {
        format!(
            "    T: {{ type: object, properties: {{ pet: {{ oneOf: [{{ $ref: '#/components/schemas/Cat' }}, {{ $ref: '#/components/schemas/Dog' }}] }}, word: {{ oneOf: [{{ type: string }}, {{ $ref: '#/components/schemas/Dog' }}] }}, any: {{ oneOf: [{{ type: string }}, {{ type: object, additionalProperties: {{ $ref: '#/components/schemas/Dog' }} }}] }}, by: {{ type: string }} }} }}
    Cat: {{ type: object, {closed} required: [kind], properties: {{ kind: {{ const: cat }}, {cat}: {{ type: string }}, in: {{ type: object, properties: {{ x: {{ type: string }} }} }} }} }}
    Dog: {{ type: object, {closed} required: [kind], properties: {{ kind: {{ const: dog }}, {dog}: {{ type: string }}, in: {{ type: object, properties: {{ {y}: {{ type: string }} }} }} }} }}"
        )
    };
    of(
        &schemas(
            "ca: { type: string }, gone: { type: string }, both",
            "da: { type: string }, both",
            "y",
        ),
        &schemas("cb", "db: { type: string }, twice", "z"),
        &format!(
            "types:
  Cat: {{ fields: {{ ca: cb }} }}
  Dog: {{ fields: {{ da: db, both: twice, in.y: in.z }} }}
{rules}"
        ),
    )
}

#[test]
fn of_a_union_the_branch_that_declares_the_field_says_what_it_is_called() {
    for closed in ["", "additionalProperties: false,"] {
        let series = unions(closed, POINTER);
        let up = [
            ("/pet/ca", "/pet/cb"),
            ("/pet/da", "/pet/db"),
            ("pet.in.x", "pet.in.x"),
            ("pet.in.y", "pet.in.z"),
            ("/pet/kind", "/pet/kind"),
            // The first one has no counterpart of it.
            ("/pet/both", "/pet/twice"),
            // It is no extra where a branch declares it.
            ("/pet/gone", "?"),
            ("/pet/x/y", "/pet/x/y"),
            ("/word/da", "/word/db"),
            ("/any/x/da", "/any/x/db"),
        ];
        names(&series, Upgrade, &up);
        let down = [("/pet/cb", "/pet/ca"), ("/pet/db", "/pet/da"), ("/word/db", "/word/da")];
        names(&series, Downgrade, &down);
    }
    let rules = "  T: { fields: { by: { text: { names: T } } } }";
    let request = (Part::Request, r#"{"by":"-pet.da,pet.ca,word.da"}"#);
    let expected = r#"{"by":"-pet.db,pet.cb,word.db"}"#;
    assert_eq!(told(&unions("", rules), Upgrade, request), expected);
}
