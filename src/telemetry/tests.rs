//! Which lines a value of the variable lets through.

use tracing::Level;

use super::*;

#[test]
fn a_level_is_about_our_own_lines() {
    let on = |said: &str, target: &str, level| {
        levels(said).is_some_and(|targets| targets.would_enable(target, &level))
    };
    assert!(on("", "access", Level::INFO) && !on("", "losses", Level::DEBUG));
    assert!(on("debug", "losses", Level::DEBUG));
    assert!(on("Debug", "fishplate::snapshot", Level::DEBUG));
    assert!(on("debug", "h2", Level::INFO) && !on("debug", "h2", Level::DEBUG));
    assert!(!on("warn", "access", Level::INFO) && !on("warn", "h2", Level::INFO));
    assert!(!on("off", "fishplate", Level::ERROR));
    assert!(on("info,losses=debug", "losses", Level::DEBUG));
    assert!(!on("info,losses=debug", "fishplate", Level::DEBUG));
    assert!(on("info, losses=debug", "losses", Level::DEBUG));
    for slip in ["losses=loud", "inof", "verbose", "warning", "info,access", "info,,h2=debug"] {
        assert!(levels(slip).is_none(), "{slip}");
    }
}

#[test]
fn lines_look_as_who_reads_them_would_have_it() {
    assert_eq!((form("", true), form("", false)), (Some(Form::Text), Some(Form::Json)));
    assert_eq!((form("json", true), form(" text ", false)), (Some(Form::Json), Some(Form::Text)));
    assert_eq!((form("Text", true), form("human", false)), (None, None));
}
