//! Which of several backends takes a client, by weights: the same one as long as the weights stay, and
//! where one weight grows, clients only move to its backend (weighted rendezvous hashing). It does not
//! know where a backend is.

use std::cmp::Ordering;
use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use super::Key;

/// The backends of a rule, by weight.
#[derive(Clone, Debug)]
pub struct Split {
    /// Index and name of each backend, and its weight.
    pub shares: Vec<Share>,
    /// What a client is known by.
    pub by: By,
}

/// What a client is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// `by: header.X-Tenant`
    Key(Key),
    /// `by: client`: what the file of pins calls its identity.
    Client,
    /// The address that its connection comes from.
    Peer,
}

/// One backend of a split.
#[derive(Clone, Debug)]
pub struct Share {
    /// Index of the backend.
    pub to: usize,
    /// Its name: what decides is the same wherever it stands in the file.
    pub name: Box<str>,
    /// Its weight; 0: nobody goes there.
    pub weight: u32,
}

impl Split {
    /// The backends that somebody goes to.
    pub fn backends(&self) -> impl Iterator<Item = usize> {
        self.shares.iter().filter(|share| share.weight > 0).map(|share| share.to)
    }

    /// The backend of a client.
    pub fn pick(&self, client: &str) -> Option<usize> {
        let far = |share: &Share| distance(client, &share.name) / f64::from(share.weight);
        let all = self.shares.iter().filter(|share| share.weight > 0).map(|own| (far(own), own.to));
        let nearest = |one: &(f64, usize), other: &(f64, usize)| {
            one.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal)
        };
        all.min_by(nearest).map(|(_, to)| to)
    }
}

/// How far a client is from a backend of weight 1: distributed exponentially, so that the nearest of
/// several, each divided by its weight, is each of them as often as its weight says. Greater weights
/// only bring nearer.
fn distance(client: &str, backend: &str) -> f64 {
    // Keys of its own would be others in another process.
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write(client.as_bytes());
    // No text has this byte, so two pairs are never one.
    hasher.write_u8(0xff);
    hasher.write(backend.as_bytes());
    let hash = hasher.finish();
    let half = |bits: u64| f64::from(u32::try_from(bits).unwrap_or(u32::MAX));
    let (low, high) = (half(hash & 0xffff_ffff), half(hash >> 32));
    let unit = 2f64.powi(-32);
    // Between 0 and 1, and neither of them.
    let share = (high + (low + 0.5) * unit) * unit;
    -share.ln()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(weights: &[u32]) -> Split {
        let share = |(to, weight): (usize, &u32)| Share {
            to,
            name: format!("backend-{to}").into(),
            weight: *weight,
        };
        Split { shares: weights.iter().enumerate().map(share).collect(), by: By::Peer }
    }

    #[test]
    fn clients_are_split_by_weight() {
        for weights in
            [&[90, 10][..], &[1, 1, 1, 1], &[0, 5, 0, 15], &[1, 999], &[4_000_000_000, 0]]
        {
            let (split, clients) = (split(weights), 20_000);
            let mut counts = vec![0_u32; weights.len()];
            for client in 0..clients {
                counts[split.pick(&format!("client {client}")).unwrap()] += 1;
            }
            let all: f64 = weights.iter().copied().map(f64::from).sum();
            for (weight, count) in weights.iter().zip(counts) {
                let expected = f64::from(clients) * f64::from(*weight) / all;
                // Five standard deviations; the clients are always the same ones.
                let most = 5.0 * expected.sqrt() + 1e-9;
                assert!((f64::from(count) - expected).abs() <= most, "{weights:?} {count}");
            }
        }
    }

    #[test]
    fn the_same_in_every_process() {
        let split = split(&[3, 2, 1]);
        let picked = |client| split.pick(client).unwrap();
        assert_eq!(["acme", "globex", "initech", "", "é"].map(picked), [0, 0, 0, 2, 1]);
        assert_eq!(super::tests::split(&[0, 0]).pick("acme"), None);
    }

    proptest! {
        #[test]
        fn who_moves_moves_to_the_weight_that_grew(
            weights in prop::collection::vec(0..1000_u32, 1..6),
            at in 0..6_usize,
            steps in prop::collection::vec(1..500_u32, 1..8),
            client in ".*",
        ) {
            let at = at % weights.len();
            let mut weights = weights;
            let mut before = split(&weights).pick(&client);
            for step in steps {
                weights[at] += step;
                let after = split(&weights).pick(&client);
                prop_assert!(after == before || after == Some(at), "{before:?} {after:?}");
                before = after;
            }
        }

        #[test]
        fn where_a_backend_stands_does_not_matter(
            weights in prop::collection::vec(1..1000_u32, 1..6),
            client in ".*",
        ) {
            let forwards = split(&weights);
            let mut backwards = forwards.clone();
            backwards.shares.reverse();
            prop_assert_eq!(forwards.pick(&client), backwards.pick(&client));
        }
    }
}
