//! Whole messages: paths, queries, headers, cookies and statuses beside bodies, and rules that relate
//! them. Both executors see a message as one document.

use fishplate::compile::{Part, Series, Status, Subject, Track, View};
use fishplate::message::Style;

use crate::both::{self, Direction, Downgrade, Said, Upgrade, load};

/// A contract of these paths; `<p:name:schema>` is a parameter.
pub(crate) fn contract(paths: &str) -> String {
    let mut text =
        format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{{paths}}}\n");
    for (short, part) in [("<p:", "path"), ("<q:", "query"), ("<h:", "header"), ("<c:", "cookie")] {
        while let Some((before, rest)) = text.split_once(short) {
            let (inner, after) = rest.split_once('>').expect("the end of a parameter");
            let (name, schema) = inner.split_once(':').expect("a name and a schema");
            let required = if part == "path" { ", required: true" } else { "" };
            text = format!(
                "{before}{{in: {part}, name: '{name}'{required}, schema: {schema}}}{after}"
            );
        }
    }
    text + "components: {schemas: {State: {type: string, enum: [a, b, x, y]}}}\n"
}

pub(crate) const JSON: &str = "content: {application/json: {schema: ";

pub(crate) fn series(contracts: &[&str], rules: &[&str]) -> Series {
    let contracts: Vec<String> = contracts.iter().map(|paths| contract(paths)).collect();
    load(&contracts, &both::heads(rules)).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What becomes of a message of an operation on the way through all versions.
#[track_caller]
fn message(series: &Series, (name, part): (&str, Part), direction: Direction, text: &str) -> Said {
    let way = both::ends(series, direction);
    let operations = &series.contracts[way.from].operations;
    let own = operations.named(name).expect("the operation");
    let at = operations.place_of(own).unwrap();
    // Answers come from where their requests went.
    let track: Track = series.track((way.from, at), way, |_, _, _| None).expect("a counterpart");
    let run = |view| both::run(series, Subject::Message(&track, part, view), way, text.as_bytes());
    let whole = run(View::Whole);
    if !series.crosses(&track, part) && !text.contains("body") {
        assert_eq!(run(View::Head), format!("{whole:?}"), "the head alone is as within the whole");
    }
    whole
}

fn request(series: &Series, name: &str, direction: Direction, text: &str) -> Said {
    message(series, (name, Part::Request), direction, text)
}

pub(crate) fn answer(series: &Series, name: &str, direction: Direction, text: &str) -> Said {
    let status = text.split_once("\"status\":").expect("a status").1;
    let digits: String = status.chars().take_while(char::is_ascii_digit).collect();
    message(series, (name, Part::Answer(Status::Is(digits.parse().unwrap()))), direction, text)
}

#[test]
fn parameters_are_renamed_and_unnamed_ones_stay() {
    let path = "/o: {get: {parameters: [<q:page_size:{type: integer}>], responses: {'200': {}}}}";
    let new = "/o: {get: {parameters: [<q:limit:{type: integer}>], responses: {'200': {}}}}";
    let api = series(
        &[path, new],
        &[
            "operations: {GET /o: {request: {fields: {query.page_size: query.limit, header.X-Tenant: header.X-Org}, added: {query.api: 2}}}}",
        ],
    );
    assert_eq!(
        request(
            &api,
            "GET /o",
            Upgrade,
            r#"{"query":{"page_size":"20","q":"x"},"header":{"x-tenant":"t","accept":"*/*"}}"#
        ),
        r#"{"query":{"limit":"20","q":"x","api":"2"},"header":{"x-org":"t","accept":"*/*"}}"#
    );
    assert_eq!(
        request(
            &api,
            "GET /o",
            Downgrade,
            r#"{"query":{"limit":"20","api":"2"},"header":{"x-org":"t"}}"#
        ),
        r#"{"query":{"page_size":"20"},"header":{"x-tenant":"t"}}"#
    );
    // Another constant than the one that is added is lost.
    assert_eq!(
        request(&api, "GET /o", Downgrade, r#"{"query":{"api":"3"}}"#),
        r#"{"query":{}} | dropped /query/api operations.GET /o.request.added.query.api"#
    );
    // What takes the name of one that was renamed goes.
    assert_eq!(
        request(&api, "GET /o", Upgrade, r#"{"query":{"page_size":"20","limit":"9"}}"#),
        r#"{"query":{"limit":"20","api":"2"}} | collision /query/limit #0"#
    );
}

/// What `unmapped: drop` takes from parameters is told like all that it takes; names that nothing writes pass.
#[test]
fn what_unmapped_drops_of_a_request_is_told() {
    let style = "style: deepObject, explode: true, schema: {type: object, properties: ";
    let old = format!(
        "'/o/{{id}}/{{part}}': {{get: {{parameters: [<q:a:{{type: integer}}>, <q:only_old:{{type: integer}}>, \
         {{in: query, name: f, {style} {{x: {{type: integer}}, y: {{type: integer}}}}}}}}], responses: {{'200': {{}}}}}}}}"
    );
    let new = format!(
        "'/o/{{id}}': {{get: {{parameters: [<q:b:{{type: integer}}>, \
         {{in: query, name: f, {style} {{y: {{type: integer}}}}}}}}], responses: {{'200': {{}}}}}}}}"
    );
    let rules = "unmapped: drop\noperations: {'GET /o/{id}/{part} -> GET /o/{id}': {request: {fields: {query.a: query.b}}}}";
    let api = series(&[&old, &new], &[rules]);
    let name = "GET /o/{id}/{part}";
    let sent = r#"{"path":{"id":"7","part":"p"},"query":{"a":"1","only_old":"2","b":"3","z":"4","f":{"x":"5","y":"6","z":"7"}}}"#;
    assert_eq!(
        request(&api, name, Upgrade, sent),
        r#"{"path":{"id":"7"},"query":{"b":"1","only_old":"2","z":"4","f":{"y":"6"}}} | dropped /path/part #0 | dropped /query/b #0 | dropped /query/f/x #0 | dropped /query/f/z #0"#
    );
}

#[test]
fn texts_are_values_of_documents_and_values_are_texts() {
    let old = format!(
        "/o: {{post: {{parameters: [<q:n:{{type: integer}}>, <q:on:{{type: boolean}}>, <q:tags:{{type: array, items: {{type: integer}}}}>], \
         requestBody: {{{JSON}{{type: object, properties: {{a: {{type: string}}}}}}}}}}}}, responses: {{'200': {{}}}}}}}}"
    );
    let new = format!(
        "/o: {{post: {{parameters: [<h:x-a:{{type: string}}>], requestBody: {{{JSON}{{type: object, properties: \
         {{n: {{type: integer}}, on: {{type: boolean}}, tags: {{type: array, items: {{type: integer}}}}}}}}}}}}}}, responses: {{'200': {{}}}}}}}}"
    );
    let api = series(
        &[&old, &new],
        &[
            "operations: {POST /o: {request: {fields: {query.n: body.n, query.on: body.on, query.tags: body.tags, body.a: header.x-a}}}}",
        ],
    );
    assert_eq!(
        request(
            &api,
            "POST /o",
            Upgrade,
            r#"{"query":{"n":"7","on":"true","tags":["1","2"]},"header":{},"body":{"a":"t"}}"#
        ),
        r#"{"query":{},"header":{"x-a":"t"},"body":{"n":7,"on":true,"tags":[1,2]}}"#
    );
    assert_eq!(
        request(
            &api,
            "POST /o",
            Downgrade,
            r#"{"query":{},"header":{"x-a":"t"},"body":{"n":1.50,"on":false,"tags":[1]}}"#
        ),
        r#"{"query":{"n":"1.50","on":"false","tags":["1"]},"header":{},"body":{"a":"t"}}"#
    );
    // A text that does not say what its place wants is carried as it is, and said; so are several.
    assert_eq!(
        request(&api, "POST /o", Upgrade, r#"{"query":{"n":["7","8"]},"header":{}}"#),
        r#"{"query":{},"header":{},"body":{"n":["7","8"]}} | unfit /query/n operations"#
    );
    assert_eq!(
        request(&api, "POST /o", Upgrade, r#"{"query":{"n":"x","on":"1"},"header":{}}"#),
        r#"{"query":{},"header":{},"body":{"n":"x","on":"1"}} | unfit /query/n operations | unfit /query/on operations"#
    );
}

#[test]
fn rules_of_types_reach_parameters() {
    let op = "'/o/{s}': {get: {parameters: [<p:s:{$ref: '#/components/schemas/State'}>, <q:state:{$ref: '#/components/schemas/State'}>, \
              <q:states:{type: array, items: {$ref: '#/components/schemas/State'}}>], responses: {'200': {}}}}";
    let api = series(&[op, op], &["types: {State: {fields: {'.': {map: {a: x, b: y}}}}}"]);
    assert_eq!(
        request(
            &api,
            "GET /o/{s}",
            Upgrade,
            r#"{"path":{"s":"a"},"query":{"state":"b","states":["a","q"]}}"#
        ),
        r#"{"path":{"s":"x"},"query":{"state":"y","states":["x","q"]}} | unknown /query/states/1 types.State.fields["."]"#
    );
    assert_eq!(
        request(&api, "GET /o/{s}", Downgrade, r#"{"path":{"s":"x"},"query":{"states":["y"]}}"#),
        r#"{"path":{"s":"a"},"query":{"states":["b"]}}"#
    );
}

#[test]
fn constants_and_lists_are_texts_at_texts() {
    let old = "/o: {get: {parameters: [<q:all:{type: boolean}>, <h:x-level:{type: integer}>], responses: {'200': {}}}}";
    let new = "/o: {get: {parameters: [<q:scope:{type: string}>, <h:x-level:{type: integer}>], responses: {'200': {}}}}";
    let api = series(
        &[old, new],
        &[
            "operations: {GET /o: {request: {fields: {query.all: {to: query.scope, map: {true: any, false: own}, absent: {old: false}}, \
           header.x-level: {pairs: [[1, 10], [2, 20]], else: {new: 99, old: 0}}}}}}",
        ],
    );
    assert_eq!(
        request(&api, "GET /o", Upgrade, r#"{"query":{"all":"true"},"header":{"x-level":"2"}}"#),
        r#"{"query":{"scope":"any"},"header":{"x-level":"20"}}"#
    );
    assert_eq!(
        request(&api, "GET /o", Upgrade, r#"{"query":{},"header":{"x-level":"7"}}"#),
        r#"{"query":{"scope":"own"},"header":{"x-level":"99"}} | narrowed /header/x-level operations.GET /o.request.fields.header.x-level"#
    );
    assert_eq!(
        request(
            &api,
            "GET /o",
            Downgrade,
            r#"{"query":{"scope":"any"},"header":{"x-level":"10"}}"#
        ),
        r#"{"query":{"all":"true"},"header":{"x-level":"1"}}"#
    );
}

#[test]
fn parameters_of_the_path_pair_by_name_and_else_by_position() {
    let old = "'/a/{id}/b/{n}': {get: {responses: {'200': {}}}}";
    let new = "'/x/{n}/{member}': {get: {responses: {'200': {}}}}";
    let key = "GET /a/{id}/b/{n} -> GET /x/{n}/{member}";
    let api = series(&[old, new], &[&format!("operations: {{'{key}': {{}}}}")]);
    assert_eq!(
        request(&api, "GET /a/{id}/b/{n}", Upgrade, r#"{"path":{"id":"1","n":"2"}}"#),
        r#"{"path":{"member":"1","n":"2"}}"#
    );
    assert_eq!(
        request(&api, "GET /x/{n}/{member}", Downgrade, r#"{"path":{"member":"1","n":"2"}}"#),
        r#"{"path":{"id":"1","n":"2"}}"#
    );
    // A rule says it otherwise; and what has no place goes, said.
    let rules = format!(
        "operations: {{'{key}': {{request: {{fields: {{path.id: path.n, path.n: query.n}}, added: {{path.member: me}}}}}}}}"
    );
    let api = series(&[old, new], &[&rules]);
    assert_eq!(
        request(&api, "GET /a/{id}/b/{n}", Upgrade, r#"{"path":{"id":"1","n":"2"},"query":{}}"#),
        r#"{"path":{"n":"1","member":"me"},"query":{"n":"2"}}"#
    );
}

#[test]
fn statuses_and_bodies_that_only_one_side_has() {
    let old = "/o: {delete: {responses: {'204': {}, '404': {}}}}";
    let new = format!(
        "/o: {{delete: {{responses: {{'200': {{{JSON}{{type: object, properties: {{gone: {{type: boolean}}}}}}}}}}}}, '404': {{}}}}}}}}"
    );
    let api = series(
        &[old, &new],
        &[
            "operations: {DELETE /o: {response: {fields: {status: {map: {204: 200}}}, added: {body: {gone: true}}}}}",
        ],
    );
    assert_eq!(
        answer(&api, "DELETE /o", Upgrade, r#"{"status":204,"header":{}}"#),
        r#"{"status":200,"header":{},"body":{"gone":true}}"#
    );
    assert_eq!(
        answer(&api, "DELETE /o", Downgrade, r#"{"status":200,"header":{},"body":{"gone":true}}"#),
        r#"{"status":204,"header":{}}"#
    );
    assert_eq!(
        answer(&api, "DELETE /o", Downgrade, r#"{"status":200,"header":{},"body":{"gone":false}}"#),
        r#"{"status":204,"header":{}} | dropped /body operations.DELETE /o.response.added.body"#
    );
}

#[test]
fn errors_have_rules_for_every_operation_and_for_one() {
    let error = |name: &str| {
        let schema = format!(
            "{JSON}{{type: object, properties: {{{name}: {{type: string}}, code: {{type: string}}}}}}}}}}"
        );
        format!(
            "/o: {{get: {{responses: {{'200': {{}}, '404': {{{schema}}}, default: {{{schema}}}}}}}}}"
        )
    };
    let api = series(
        &[&error("message"), &error("detail")],
        &["errors: {fields: {body.message: body.detail}, removed: {body.code: {$from: status, map: {404: missing}, else: other}}}
operations: {'*': {response: {added: {header.x-new: 1}}}, GET /o: {errors: {'404': {fields: {header.x-a: header.x-b}}}}}"],
    );
    assert_eq!(
        answer(
            &api,
            "GET /o",
            Downgrade,
            r#"{"status":404,"header":{"x-b":"1"},"body":{"detail":"no"}}"#
        ),
        r#"{"status":404,"header":{"x-a":"1"},"body":{"message":"no","code":"missing"}}"#
    );
    assert_eq!(
        answer(
            &api,
            "GET /o",
            Downgrade,
            r#"{"status":503,"header":{"x-b":"1"},"body":{"detail":"no"}}"#
        ),
        r#"{"status":503,"header":{"x-b":"1"},"body":{"message":"no","code":"other"}}"#
    );
    assert_eq!(
        answer(&api, "GET /o", Upgrade, r#"{"status":200,"header":{}}"#),
        r#"{"status":200,"header":{"x-new":"1"}}"#
    );
}

#[test]
fn an_answer_looks_at_its_request() {
    let old = format!(
        "'/o/{{id}}': {{get: {{responses: {{'200': {{{JSON}{{type: object, properties: {{id: {{type: integer}}, name: {{type: string}}}}}}}}}}}}}}}}}}"
    );
    let new = format!(
        "'/p/{{key}}': {{get: {{responses: {{'200': {{{JSON}{{type: object, properties: {{name: {{type: string}}}}}}}}}}}}}}}}}}"
    );
    let last = new.replace("/p/{key}", "/q/{k}");
    let api = series(
        &[&old, &new, &last],
        &[
            "operations: {'GET /o/{id} -> GET /p/{key}': {response: {removed: {body.id: {$from: request.path.key}}}}}",
            "operations: {'GET /p/{key} -> GET /q/{k}': {}}",
        ],
    );
    let back = |text: &str| answer(&api, "GET /q/{k}", Downgrade, text);
    assert_eq!(
        back(r#"{"status":200,"header":{},"request":{"path":{"k":"7"}},"body":{"name":"n"}}"#),
        r#"{"status":200,"header":{},"request":{"path":{"id":"7"}},"body":{"name":"n","id":7}}"#
    );
}

/// Names of fields ignore case, in the request of an answer too, and so do media types.
#[test]
fn fields_that_a_source_looks_at_ignore_case() {
    let contract = |more: &str| {
        format!(
            "/o: {{get: {{responses: {{'200': {{{JSON}{{type: object, properties: {{{more}a: {{type: string}}}}}}}}}}}}}}}}}}"
        )
    };
    let new = contract(
        "own: {type: string}, of: {type: string}, at: {type: string}, kind: {type: string}, sort: {type: string}, ",
    );
    let api = series(
        &[&contract(""), &new],
        &["operations: {GET /o: {response: {added: {
          body.own: {$from: header.X-OWN},
          body.of: {$from: request.header.X-Foo},
          body.at: {$text: '/{request.header.X-FOO}'},
          body.kind: {$from: request.header.Content-Type, map: {Text/Plain: text}, else: other},
          body.sort: {$from: header.Content-Type, map: {Application/JSON: json}, else: other}}}}}"],
    );
    assert_eq!(
        answer(
            &api,
            "GET /o",
            Upgrade,
            r#"{"status":200,"header":{"x-own":"o","content-type":"application/json"},"request":{"header":{"x-foo":"f","content-type":"text/plain"}},"body":{"a":"a"}}"#
        ),
        r#"{"status":200,"header":{"x-own":"o","content-type":"application/json"},"request":{"header":{"x-foo":"f","content-type":"text/plain"}},"body":{"a":"a","own":"o","of":"f","at":"/f","kind":"text","sort":"json"}}"#
    );
}

#[test]
fn contracts_of_swagger() {
    let old = "swagger: '2.0'
info: {title: t, version: '1'}
parameters: {Tags: {in: query, name: tags, type: array, items: {type: string}, collectionFormat: pipes}}
paths:
  /pets:
    parameters: [{$ref: '#/parameters/Tags'}]
    post:
      operationId: add
      parameters:
        - {in: body, name: pet, schema: {$ref: '#/definitions/Pet'}}
        - {in: query, name: ids, type: array, items: {type: integer}, collectionFormat: multi}
      responses:
        '201': {description: made, schema: {$ref: '#/definitions/Pet'}, headers: {X-Left: {type: integer}}}
        default: {description: no, schema: {type: object, properties: {message: {type: string}}}}
definitions:
  Pet:
    type: object
    discriminator: kind
    required: [kind]
    properties: {kind: {type: string}, owner: {type: string, x-nullable: true}}
  Cat: {allOf: [{$ref: '#/definitions/Pet'}, {type: object, properties: {lives: {type: integer}}}]}
  Dog: {allOf: [{$ref: '#/definitions/Pet'}, {type: object, properties: {bones: {type: integer}}}]}
";
    let new = "openapi: 3.0.3
info: {title: t, version: '2'}
paths:
  /pets:
    post:
      parameters:
        - {in: query, name: labels, schema: {type: array, items: {type: string}}}
        - {in: query, name: ids, style: form, explode: false, schema: {type: array, items: {type: integer}}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses:
        '201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}, headers: {X-Left: {schema: {type: integer}}}}
        default: {description: no, content: {application/json: {schema: {type: object, properties: {detail: {type: string}}}}}}
components:
  schemas:
    Pet:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind}
    Cat: {type: object, properties: {kind: {type: string, enum: [Cat]}, owner: {type: string, nullable: true}, count: {type: integer}}}
    Dog: {type: object, properties: {kind: {type: string, enum: [Dog]}, owner: {type: string, nullable: true}, count: {type: integer}}}
";
    let rules = "types: {Cat: {fields: {lives: count}}, Dog: {fields: {bones: count}}}
operations: {add: {request: {fields: {query.tags: query.labels}}}}
errors: {fields: {body.message: body.detail}}";
    let api = load(&[old.into(), new.into()], &both::heads(&[rules]));
    let api = api.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(
        request(
            &api,
            "add",
            Upgrade,
            r#"{"query":{"tags":["a"],"ids":["1"]},"body":{"kind":"Cat","owner":null,"lives":9}}"#
        ),
        r#"{"query":{"labels":["a"],"ids":["1"]},"body":{"kind":"Cat","owner":null,"count":9}}"#
    );
    let back = |text: &str| answer(&api, "POST /pets", Downgrade, text);
    assert_eq!(
        back(r#"{"status":201,"header":{"x-left":"1"},"body":{"kind":"Dog","count":2}}"#),
        r#"{"status":201,"header":{"x-left":"1"},"body":{"kind":"Dog","bones":2}}"#
    );
    assert_eq!(
        back(r#"{"status":500,"header":{},"body":{"detail":"no"}}"#),
        r#"{"status":500,"header":{},"body":{"message":"no"}}"#
    );
    let layout = |contract: usize, name: &str| {
        let operation = &api.contracts[contract].operations[0];
        let own = operation.parameters.iter().find(|p| &*p.param.name == name).unwrap();
        (own.param.style, own.param.explode)
    };
    assert_eq!(layout(0, "tags"), (Style::Pipe, false));
    assert_eq!(layout(0, "ids"), (Style::Form, true));
    assert_eq!(layout(1, "ids"), (Style::Form, false));
}
