//! How fast messages are translated: the list of orders of the shipped mappings beside
//! `serde_json::Value` (parse, the same edit by hand, write), and many hops beside one. Prints
//! ratios of rounds that take turns; it asserts that the results are equal, never a time. Run by
//! anything but `cargo bench` it only asserts.
#![expect(clippy::disallowed_types, reason = "a bench measures wall-clock time")]

mod api;
mod chain;
mod orders;

use std::hint::black_box;
use std::time::{Duration, Instant};

use api::Api;
use chain::Holds;
use fishplate::plan::Plan;
use fishplate::translate::{Limits, translate};
use fishplate::version::Direction;
use serde_json::Value;

/// Rounds of each comparison, if `cargo bench` asks for it.
const ROUNDS: usize = 101;
/// Bytes that each side goes through in a round, at least.
const ROUND: usize = 200_000;

fn main() {
    assert_plain_baseline();
    let [first, second, third] = ["2023-01-15", "2024-06-01", "2025-03-01"];
    println!("orders: fishplate beside serde_json::Value (parse, edit, write)");
    println!(
        "{:<26} {:>9} {:>11} {:>11} {:>8} {:>8}",
        "", "bytes", "fishplate", "serde_json", "median", "least"
    );
    for (versions, edits) in [
        (&[first, second][..], [orders::one_hop_up as fn(&mut Value), orders::one_hop_down]),
        (&[first, second, third][..], [orders::two_hops_up, orders::two_hops_down]),
    ] {
        let api = orders::api(versions);
        for (direction, edit) in [Direction::Upgrade, Direction::Downgrade].into_iter().zip(edits) {
            let plan = api.answer(0, direction);
            for size in [1_000, 10_000, 100_000, 1_000_000] {
                let version = match direction {
                    Direction::Upgrade => versions[0],
                    Direction::Downgrade => versions[versions.len() - 1],
                };
                let input = orders::list(version, size);
                check(&plan, &input, edit);
                let (ours, theirs) = race(
                    rounds(input.len()),
                    || drop(black_box(ours(&plan, black_box(&input)))),
                    || drop(black_box(theirs(black_box(&input), edit))),
                );
                let name = format!("{} hop(s) {direction:?}", versions.len() - 1);
                report(&name, input.len(), &ours, &theirs);
            }
        }
    }
    println!("\nthe same difference: 100 hops beside one");
    println!(
        "{:<26} {:>9} {:>11} {:>11} {:>8} {:>8}",
        "", "bytes", "one hop", "100 hops", "median", "most"
    );
    for holds in [Holds::Orders, Holds::Either] {
        let (one, hundred) = (chain::api(1, holds), chain::api(100, holds));
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            chain_race((&one, &hundred), direction, holds);
        }
    }
    println!("\nthe same bytes: 100 levels down beside one");
    let plan = chain::nest().answer(0, Direction::Upgrade);
    let (near, far) = (chain::nested(1, 1_000_000), chain::nested(100, 1_000_000));
    compare(
        "Nested",
        near.len(),
        || drop(black_box(ours(&plan, black_box(&near)))),
        || drop(black_box(ours(&plan, black_box(&far)))),
    );
}

fn ours(plan: &Plan, input: &[u8]) -> Vec<u8> {
    translate(plan, input, &Limits::default()).unwrap().bytes
}

fn theirs(input: &[u8], edit: fn(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(input).unwrap();
    edit(&mut value);
    serde_json::to_vec(&value).unwrap()
}

/// The baseline is what its name says: numbers as floats, members sorted.
fn assert_plain_baseline() {
    let value: Value = serde_json::from_str("{\"b\":1.10,\"a\":1}").unwrap();
    assert_eq!(value.to_string(), "{\"a\":1,\"b\":1.1}");
}

/// Both give the same document, and nothing is lost on the way.
fn check(plan: &Plan, input: &[u8], edit: fn(&mut Value)) {
    let done = translate(plan, input, &Limits::default()).unwrap();
    assert_eq!(done.lost(), 0, "{:?}", done.losses(plan, input).first());
    let ours: Value = serde_json::from_slice(&done.bytes).unwrap();
    let theirs: Value = serde_json::from_slice(&theirs(input, edit)).unwrap();
    assert_eq!(ours, theirs);
}

fn chain_race((one, hundred): (&Api, &Api), direction: Direction, holds: Holds) {
    let (one, hundred) = (one.answer(0, direction), hundred.answer(0, direction));
    let input = chain::list(direction, holds, 100_000);
    assert_eq!(ours(&one, &input), ours(&hundred, &input));
    compare(
        &format!("{holds:?} {direction:?}"),
        input.len(),
        || drop(black_box(ours(&one, black_box(&input)))),
        || drop(black_box(ours(&hundred, black_box(&input)))),
    );
}

/// Prints how many times longer the second takes.
fn compare(name: &str, bytes: usize, one: impl FnMut(), other: impl FnMut()) {
    let (one, other) = race(rounds(bytes), one, other);
    let ratios = ratios(&other, &one);
    println!(
        "{name:<26} {bytes:>9} {:>11} {:>11} {:>7.2}x {:>7.2}x",
        speed(bytes, median(&one)),
        speed(bytes, median(&other)),
        ratios[ratios.len() / 2],
        ratios[ratios.len() - 1],
    );
}

fn rounds(bytes: usize) -> u32 {
    u32::try_from((ROUND / bytes).max(1)).unwrap()
}

/// Times two things in turns: for each round, what one run of each took.
fn race(times: u32, mut a: impl FnMut(), mut b: impl FnMut()) -> (Vec<Duration>, Vec<Duration>) {
    fn time(times: u32, work: &mut impl FnMut()) -> Duration {
        let begin = Instant::now();
        for _ in 0..times {
            work();
        }
        begin.elapsed() / times
    }
    let mut all = (Vec::new(), Vec::new());
    let measured = std::env::args().any(|argument| argument == "--bench");
    for round in 0..if measured { ROUNDS } else { 1 } {
        // Who goes first changes, so that neither always runs in what the other leaves behind.
        if round % 2 == 0 {
            all.0.push(time(times, &mut a));
            all.1.push(time(times, &mut b));
        } else {
            all.1.push(time(times, &mut b));
            all.0.push(time(times, &mut a));
        }
    }
    all
}

/// By round, how many times longer the first took; ascending.
fn ratios(longer: &[Duration], shorter: &[Duration]) -> Vec<f64> {
    let mut all: Vec<f64> =
        longer.iter().zip(shorter).map(|(l, s)| l.as_secs_f64() / s.as_secs_f64()).collect();
    all.sort_by(f64::total_cmp);
    all
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}

fn speed(bytes: usize, time: Duration) -> String {
    let bytes = u32::try_from(bytes).unwrap();
    format!("{:.0} MB/s", f64::from(bytes) / time.as_secs_f64() / 1e6)
}

fn report(name: &str, bytes: usize, ours: &[Duration], theirs: &[Duration]) {
    let ratios = ratios(theirs, ours);
    println!(
        "{name:<26} {bytes:>9} {:>11} {:>11} {:>7.1}x {:>7.1}x",
        speed(bytes, median(ours)),
        speed(bytes, median(theirs)),
        ratios[ratios.len() / 2],
        ratios[0],
    );
}
