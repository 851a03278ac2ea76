//! URLs of backends.

use super::{BadTarget, Target};

#[test]
fn paths_go_out_as_they_came() {
    let target = Target::parse("http://127.0.0.1:9/base/").unwrap();
    let uri = target.uri("/a%2Fb//../c", Some("x=%20&x=2")).unwrap();
    assert_eq!(uri.to_string(), "/base/a%2Fb//../c?x=%20&x=2");
    assert_eq!(Target::parse("https://x"), Err(BadTarget::Scheme));
    assert_eq!(Target::parse("http://x:65536"), Err(BadTarget::Port));
    assert_eq!(Target::parse("http://x:0/a"), Err(BadTarget::Port));
    assert_eq!(Target::parse("http://me:secret@x:80"), Err(BadTarget::User));
    assert_eq!(Target::parse("http://x/a?b"), Err(BadTarget::Query));
    assert_eq!(Target::parse("http://x/a#b"), Err(BadTarget::Fragment));
    assert!(Target::parse("http://[::1]:80").is_ok());
    assert!(Target::parse("http://x").is_ok());
    assert_eq!(Target::parse("x/y"), Err(BadTarget::NotAbsolute));
}
