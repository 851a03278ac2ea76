//! Clients of Alertmanager's API v1 before a real Alertmanager that is spoken to in v2 alone, by
//! `examples/alertmanager`. Its 0.25 still answers v1 itself: what the gateway answers is compared with
//! that, and what differs must be exactly what the README beside the example lists, with reasons.
//! `tests/run` fetches the package; nothing here needs the network.

#[path = "../shared/answers.rs"]
mod answers;
mod everywhere;
mod servers;
#[path = "../shared/servers.rs"]
mod shared_servers;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use answers::{Answer, Ask, Clients, Differences};
use everywhere::everywhere;
use servers::{alertmanager, before, tool};
use shared_servers::{Server, root};

const NOBODY: &str = "/silence/00000000-0000-4000-8000-000000000000";

const FORM: &str = "application/x-www-form-urlencoded";

const HOT: &str = r#"{"labels":{"alertname":"Hot","severity":"critical","cluster":"a"},"annotations":{"summary":"s"},"startsAt":"2020-01-01T10:00:00.123456789Z","endsAt":"2099-01-01T12:00:00+02:00","generatorURL":"http://x.example/g"}"#;
const WARM: &str = r#"{"labels":{"alertname":"Warm","severity":"warning","cluster":"a"},"startsAt":"2020-01-01T10:00:00Z","endsAt":"2099-01-01T12:00:00Z"}"#;
const COLD: &str = r#"{"labels":{"alertname":"Cold","severity":"info","cluster":"b"},"annotations":null,"startsAt":"2020-01-01T10:00:00Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"","more":1}"#;

/// What clients write; every one is asked of an Alertmanager itself, and of another by the gateway.
fn writes() -> Vec<Ask<'static>> {
    let alerts = |what, body: &str| Ask::with("POST", "/alerts", what, body);
    let silences = |what, body: &str| Ask::with("POST", "/silences", what, body);
    let silence = |what, change: Value| {
        let mut body = json!({
            "matchers": [{ "name": "alertname", "value": "Hot", "isRegex": false }],
            "startsAt": "2098-01-01T10:00:00Z", "endsAt": "2099-01-01T10:00:00Z",
            "createdBy": "me", "comment": "c",
        });
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        silences(what, &body.to_string())
    };
    let other = |end| {
        let matchers = json!([{ "name": "cluster", "value": "z" }]);
        json!({ "matchers": matchers, "startsAt": "2020-01-01T10:00:00Z", "endsAt": end })
    };
    let mut all = vec![
        alerts("alerts", &format!("[{HOT},{WARM},{COLD}]")),
        alerts("none", "[]"),
        alerts("null", "null"),
        alerts("no list", "{}"),
        alerts("no JSON", "{"),
        alerts("no body", ""),
        alerts("no labels", "[{}]"),
        alerts("empty labels", r#"[{"labels":{}}]"#),
        alerts("bad label name", r#"[{"labels":{"0bad":"x"}}]"#),
        alerts("label of a number", r#"[{"labels":{"alertname":1}}]"#),
        alerts("label of a list", r#"[{"labels":{"alertname":[]}}]"#),
        alerts("a text", r#""x""#),
        alerts("bad time", r#"[{"labels":{"alertname":"x"},"startsAt":"nope"}]"#),
        alerts(
            "end before start",
            r#"[{"labels":{"alertname":"x"},"startsAt":"2020-01-02T00:00:00Z","endsAt":"2020-01-01T00:00:00Z"}]"#,
        ),
        alerts("bad URL", r#"[{"labels":{"alertname":"Odd"},"generatorURL":"not a url"}]"#),
        // As its own client of Go posts, and as `curl -d` does.
        Ask { kind: None, ..alerts("no Content-Type", &format!("[{HOT}]")) },
        Ask { kind: Some(FORM), ..alerts("curl's Content-Type", &format!("[{WARM}]")) },
        Ask { kind: Some(FORM), ..alerts("a form", "labels=x") },
        silence("pending", json!({})),
        silences(
            "with defaults",
            r#"{"matchers":[{"name":"cluster","value":"b"}],"endsAt":"2099-03-01T10:00:00Z"}"#,
        ),
        silence(
            "regex",
            json!({ "startsAt": "2020-01-01T10:00:00Z", "endsAt": "2099-02-01T12:00:00+02:00",
                    "matchers": [{ "name": "cluster", "value": "b|c", "isRegex": true }] }),
        ),
        Ask { kind: None, ..silence("no Content-Type", other("2099-04-01T10:00:00Z")) },
        Ask { kind: Some(FORM), ..silence("curl's Content-Type", other("2099-05-01T10:00:00Z")) },
        silences("nothing", "{}"),
        silences("no JSON", "{"),
        silences("no body", ""),
        silences("no end", r#"{"startsAt":"2098-01-01T10:00:00Z"}"#),
        silences("no start", r#"{"endsAt":"2098-01-01T10:00:00Z"}"#),
        silence("no matchers", json!({ "matchers": [] })),
        silence(
            "bad regex",
            json!({ "matchers": [{ "name": "a", "value": "(", "isRegex": true }] }),
        ),
        silence(
            "empty matcher",
            json!({ "matchers": [{ "name": "a", "value": "", "isRegex": false }] }),
        ),
        silence("end before start", json!({ "endsAt": "2097-01-01T10:00:00Z" })),
        silence("end at start", json!({ "endsAt": "2098-01-01T10:00:00Z" })),
        silence(
            "past",
            json!({ "startsAt": "2020-01-01T10:00:00Z", "endsAt": "2021-01-01T10:00:00Z" }),
        ),
        silence("unknown id", json!({ "id": NOBODY.trim_start_matches("/silence/") })),
        silence("bad id", json!({ "id": "nope" })),
    ];
    all.push(Ask::of("DELETE", NOBODY).named("DELETE /silence/{sid}: unknown"));
    all.push(Ask::of("DELETE", "/silence/nope").named("DELETE /silence/{sid}: bad id"));
    all
}

/// What clients read; every one is asked of one Alertmanager, by the gateway, and itself.
fn reads() -> Vec<Ask<'static>> {
    let filters = [
        r#"{alertname="Hot"}"#,
        r#"alertname="Hot""#,
        "alertname=Hot",
        r#"{alertname="Hot",severity="critical"}"#,
        r#"{alertname="Hot", severity=~"crit.*", cluster!="b"}"#,
        r#"alertname="Hot",severity="critical""#,
        r#"{alertname=~"Hot|x,y"}"#,
        r#"{cluster="b"}"#,
        r#"{alertname="Hot",}"#,
        r#"alertname="Hot", "#,
        r#"{alertname="Hot",,}"#,
        "{,}",
        "{ }",
        r#"{alertname="Hot",,severity="critical"}"#,
        "{bad",
        "{}",
        "",
    ];
    let mut all = vec![Ask::get("/status"), Ask::get("/receivers"), Ask::get("/alerts")];
    for path in ["/alerts", "/silences"] {
        for filter in filters {
            let encoded = percent_encoding::percent_encode(
                filter.as_bytes(),
                percent_encoding::NON_ALPHANUMERIC,
            );
            let name = format!("GET {path}?filter={filter}");
            all.push(Ask::get(&format!("{path}?filter={encoded}")).named(&name));
        }
    }
    for query in [
        "receiver=pager",
        "receiver=pag",
        "receiver=(",
        "active=false",
        "active=true",
        "silenced=false",
        "silenced=",
        "inhibited=false",
        "unprocessed=false",
        "active=nope",
        // As long as a value may be that is told whole.
        "active=0123456789012345678901234567890123456789012345678901234567890123",
        "unknown=1",
        "silenced=nope",
        "inhibited=nope",
        "unprocessed=nope",
        "active=false&active=true",
        "active=true&active=nope",
        "filter=cluster%3Db&filter=severity%3Dcritical",
        "filter=&filter=severity%3Dcritical",
        "receiver=team&receiver=nope",
        "silenced=false&inhibited=false&receiver=team",
    ] {
        let name = format!("GET /alerts?{}", query.replace("%3D", "="));
        all.push(Ask::get(&format!("/alerts?{query}")).named(&name));
    }
    all.extend([
        Ask::get("/silences"),
        Ask::get(NOBODY).named("GET /silence/{sid}: unknown"),
        Ask::get("/silence/nope").named("GET /silence/{sid}: bad id"),
        Ask::get("/nope"),
        Ask::get("/alerts/groups"),
    ]);
    for (method, path) in [
        ("PUT", "/alerts"),
        ("DELETE", "/receivers"),
        ("PATCH", "/silence/nope"),
        ("POST", "/nope"),
        ("OPTIONS", "/alerts"),
        ("OPTIONS", "/nope"),
        ("HEAD", "/receivers"),
        ("HEAD", "/nope"),
    ] {
        all.push(Ask::of(method, path));
    }
    all
}

/// The id of every silence that was set is another; what differs beside it stays.
fn ids(answer: &mut Answer) -> Option<String> {
    let id = answer.body["data"]["silenceId"].as_str()?.to_owned();
    answer.body["data"]["silenceId"] = json!("an id");
    Some(id)
}

/// Where a server, or the gateway, answers a version.
fn api(address: &str, version: &str) -> String {
    format!("{address}/api/{version}")
}

#[test]
fn clients_of_v1_see_what_the_page_says() {
    let clients = Clients::new(&[]);
    let (native, behind) = (alertmanager(""), alertmanager("127.0.0.1:0"));
    let gateway = before(&behind);
    let through = api(&gateway.address, "v1");
    let at = |server: &Server| api(&server.address, "v1");
    let mut differences = Differences::new(everywhere);

    let mut silences = Vec::new();
    for ask in writes() {
        let mut one = clients.ask(&at(&native), &ask);
        let mut two = clients.ask(&through, &ask);
        silences.extend(ids(&mut one).zip(ids(&mut two)));
        differences.answers(&ask.name, &one, &two);
    }
    let [(one, two), ..] = &silences[..] else { panic!("no silence was set") };
    assert_eq!(silences.len(), 5);

    // What the gateway wrote is what the other got; only version 2 shows both alike.
    for (path, number) in [("/alerts", 3), ("/silences", 5)] {
        let [one, two] = [&native, &behind].map(|server| written(&clients, server, path));
        assert_eq!(one.as_array().unwrap().len(), number, "{one}");
        let mut differ = Differences::new(everywhere);
        differ.values(path, "", (&one, &two));
        differ.are_listed("");
    }

    let read = |ask: &Ask<'_>, differences: &mut Differences| {
        // Version 1 itself tells what version 2 has found out about alerts.
        let two = clients.ask(&through, ask);
        differences.answers(&ask.name, &clients.ask(&at(&behind), ask), &two);
    };
    for ask in reads() {
        read(&ask, &mut differences);
    }
    // Its router has none of the headers of its own code, and what the gateway says more is not compared.
    let nope = clients.ask(&through, &Ask::get("/nope"));
    let own = |name: &str| name == "cache-control" || name.starts_with("access-control-");
    assert!(!nope.headers.iter().any(|(name, _)| own(name)), "{:?}", nope.headers);
    // To a browser version 2 says for itself who may read it.
    let browser = Clients::new(&[
        ("origin", "http://x.example"),
        // Without a preflight it would be of no consequence.
        ("access-control-request-method", "DELETE"),
    ]);
    let preflight = Ask::of("OPTIONS", "/silence/nope");
    for ask in [Ask::get("/receivers"), Ask::get("/alerts?receiver=("), preflight] {
        let [one, two] = [&at(&behind), &through].map(|at| browser.ask(at, &ask));
        differences.answers(&ask.name, &one, &two);
    }
    let silence = Ask::get(&format!("/silence/{two}")).named("GET /silence/{sid}");
    read(&silence, &mut differences);

    let delete = |id: &str| Ask::of("DELETE", &format!("/silence/{id}"));
    let [one, two] =
        [(at(&native), one), (through.clone(), two)].map(|(at, id)| clients.ask(&at, &delete(id)));
    differences.answers("DELETE /silence/{sid}", &one, &two);
    assert_eq!(two.body, json!({ "status": "success" }));
    read(&Ask::get("/silences").named("GET /silences: one is expired"), &mut differences);

    // One that is no member of a cluster.
    let alone = before(&native);
    let status = Ask::get("/status").named("GET /status: no cluster");
    let two = clients.ask(&api(&alone.address, "v1"), &status);
    assert_eq!(two.body["data"]["clusterStatus"], Value::Null);
    differences.answers(&status.name, &clients.ask(&at(&native), &status), &two);

    let page = fs::read_to_string(root().join("examples/alertmanager/README.md")).unwrap();
    differences.are_listed(&page);
}

/// What was written, in version 2, without what the server made itself.
fn written(clients: &Clients, server: &Server, path: &str) -> Value {
    let answer = clients.ask(&api(&server.address, "v2"), &Ask::get(path));
    let Value::Array(mut all) = answer.body else { panic!() };
    // Accepted by version 1 alone.
    all.retain(|one| one["labels"]["alertname"] != "Odd");
    for one in &mut all {
        let one = one.as_object_mut().unwrap();
        one.remove("updatedAt");
        one.remove("id");
        // Where a client says none, or a silence has begun, it is the time of the server.
        let made = |time: &Value| !time.as_str().unwrap().contains("-01-01T10:00:00");
        one.retain(|key, value| key != "startsAt" || !made(value));
        if one.get("labels").is_some_and(|labels| labels["alertname"] == "Cold") {
            one.remove("endsAt");
        }
        if let Some(by) = one.get_mut("status").and_then(|status| status.get_mut("silencedBy")) {
            *by = json!(by.as_array().unwrap().len());
        }
    }
    Value::Array(all)
}

/// `amtool` of the same package speaks version 2.
#[test]
fn amtool_works_through_the_gateway() {
    let clients = Clients::new(&[]);
    let server = alertmanager("");
    let gateway = before(&server);
    let run = |address: &str, arguments: &[&str]| {
        let output = Command::new(tool("amtool"))
            .arg(format!("--alertmanager.url=http://{address}"))
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{error}");
        said
    };
    let amtool = |arguments: &[&str]| run(&gateway.address, arguments);

    amtool(&["alert", "add", "alertname=Hot", "severity=critical", "--annotation=summary=s"]);
    let id = amtool(&["silence", "add", "alertname=Hot", "-c", "why", "-a", "me", "-d", "2h"]);
    let silences = amtool(&["silence", "query", "alertname=Hot", "-q"]);
    assert_eq!(silences, id);
    assert_eq!(amtool(&["silence", "query", "alertname=Cold", "-q"]), "");
    let alerts = ["alert", "query", "-s", "-i", "-u", "-a", "-o", "json", "alertname=Hot"];
    let found: Value = serde_json::from_str(&amtool(&alerts)).unwrap();
    assert_eq!(found[0]["status"]["silencedBy"], json!([id.trim()]));
    for arguments in [
        &alerts[..],
        &["silence", "query", "-o", "json"],
        &["cluster", "show"],
        &["config", "show"],
        &["config", "routes", "test", "severity=critical"],
    ] {
        let said = amtool(arguments);
        assert!(!said.is_empty(), "{arguments:?}");
        assert_eq!(said, run(&server.address, arguments), "{arguments:?}");
    }
    let updated = amtool(&["silence", "update", id.trim(), "-c", "other", "-d", "3h"]);
    assert!(updated.contains("other"), "{updated}");
    amtool(&["silence", "expire", id.trim()]);
    let left = clients.ask(&api(&server.address, "v2"), &Ask::get("/silences"));
    let states: BTreeSet<&str> = left
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["status"]["state"].as_str().unwrap())
        .collect();
    assert!(states.contains("expired"), "{states:?}");
}
