//! Requests of which a contract lists `*/*`: they are documents, whatever they say of themselves.

use crate::harness::{Backend, Gateway};
use crate::media::{answer, post};
use crate::messages::place;

const ANYTHING: &str = "
paths:
  /notes:
    post:
      requestBody:
        content:
          '*/*': { schema: { $ref: '#/components/schemas/Note' } }
          text/csv: {}
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } } }
components: { schemas: { Note: { type: object, properties: { by: { type: string } } } } }
";
const NAMED: &str = "
paths:
  /notes:
    post:
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Note' } }, text/csv: {} } }
      responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } } }
components: { schemas: { Note: { type: object, properties: { author: { type: string } } } } }
";

/// A request of which a contract lists `*/*` is a document, whatever it says of itself, and also nothing; the
/// other version is told what it is.
#[tokio::test]
async fn a_body_of_any_type_is_a_document() {
    let backend = Backend::start(|_| answer(200, "application/json", r#"{"author":"bo"}"#)).await;
    let rename = "types: { Note: { fields: { by: author } } }\n";
    let only = ANYTHING.replace("          text/csv: {}\n", "");
    let form = "application/x-www-form-urlencoded";
    for old in [ANYTHING, &only] {
        let place = place(old, NAMED, rename, (&backend.address, "v2"));
        let gateway = Gateway::start(&place.0);
        for (kind, told) in [
            ("", "application/json"),
            (form, "application/json"),
            ("text/plain; charset=utf-8", "application/json"),
            ("application/json; v=1", "application/json; v=1"),
            ("application/vnd.note+json", "application/vnd.note+json"),
        ] {
            let said = post(&gateway, kind, r#"{"by":"bo"}"#).await;
            assert_eq!((said.status.as_u16(), &*said.text), (200, r#"{"by":"bo"}"#), "{kind}");
            let asked = backend.last();
            assert_eq!(asked.body, r#"{"author":"bo"}"#, "{kind}");
            assert_eq!(asked.headers["content-type"], told, "{kind}");
        }
        // A body that there is none of is called nothing.
        assert_eq!(post(&gateway, "", "").await.status, 200);
        assert_eq!(backend.last().headers.get("content-type"), None);
        let count = backend.count();
        assert_eq!(post(&gateway, form, "by=bo").await.status, 400, "it is no document");
        assert_eq!(post(&gateway, "application/merge-patch+json", "{}").await.status, 415);
        let two = gateway.get("/api/notes").method("POST").header("content-type", form);
        let two = gateway.ask(two.header("content-type", "text/plain"), r#"{"by":"bo"}"#).await;
        assert_eq!(two.status, 415);
        assert_eq!(backend.count(), count);
        // What is more special goes first.
        let csv = post(&gateway, "text/csv", "by\nbo").await;
        let (status, sent) = if old == ANYTHING { (200, "by\nbo") } else { (400, "") };
        assert_eq!(csv.status, status);
        assert!(status == 400 || backend.last().body == sent, "{csv:?}");
    }
    // A client of the version that says what it is has to.
    let place = place(
        NAMED,
        &NAMED.replace("author", "name"),
        "types: { Note: { fields: { author: name } } }\n",
        (&backend.address, "v2"),
    );
    let gateway = Gateway::start(&place.0);
    for kind in ["", form] {
        assert_eq!(post(&gateway, kind, r#"{"author":"bo"}"#).await.status, 415, "{kind}");
    }
}

/// Beside JSON, and between versions that both list `*/*`, where nothing need be told or translated.
#[tokio::test]
async fn a_body_of_any_type_beside_others() {
    let backend = Backend::start(|asked| answer(200, "application/json", asked.body.clone())).await;
    let both = ANYTHING.replace(
        "text/csv: {}",
        "application/json: { schema: { $ref: '#/components/schemas/Note' } }",
    );
    let rename = "types: { Note: { fields: { by: author } } }\n";
    for (old, new, rules, there, told) in [
        (&*both, NAMED, rename, r#"{"author":"bo"}"#, Some("application/json")),
        (ANYTHING, &*ANYTHING.replace("by:", "author:"), rename, r#"{"author":"bo"}"#, None),
        (ANYTHING, ANYTHING, "", r#"{"by":"bo"}"#, None),
        // It streams, but is called what it has to be.
        (
            ANYTHING,
            &*NAMED.replace("author:", "by:"),
            "",
            r#"{"by":"bo"}"#,
            Some("application/json"),
        ),
    ] {
        let place = place(old, new, rules, (&backend.address, "v2"));
        let gateway = Gateway::start(&place.0);
        for kind in ["", "image/png"] {
            let said = post(&gateway, kind, r#"{"by":"bo"}"#).await;
            assert_eq!(said.status, 200, "{said:?}");
            let asked = backend.last();
            let own = Some(kind).filter(|kind| !kind.is_empty());
            let came = asked.headers.get("content-type").map(|kind| kind.to_str().unwrap());
            assert_eq!(asked.body, there, "{kind} {new}");
            assert_eq!(came, told.or(own), "{kind} {new}");
        }
    }
}
