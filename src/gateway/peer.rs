//! Who is at the other end of a connection of a client, as the backend and the log are told of it: made
//! once for all that is asked there. It trusts nothing that is asked.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::HeaderValue;

/// The other end of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    address: SocketAddr,
    /// `127.0.0.1:5000`
    text: Box<str>,
    /// `127.0.0.1`
    ip: HeaderValue,
    /// `for=127.0.0.1`, `for="[::1]"` (RFC 7239, 6).
    node: Box<str>,
}

impl Peer {
    pub(super) fn new(address: SocketAddr) -> Self {
        let ip = address.ip();
        let node = match ip {
            IpAddr::V4(ip) => format!("for={ip}"),
            IpAddr::V6(ip) => format!("for=\"[{ip}]\""),
        };
        // A value that is shared is copied without an allocation.
        let shared = Bytes::from_owner(ip.to_string());
        let ip = HeaderValue::from_maybe_shared(shared);
        let ip = ip.unwrap_or(HeaderValue::from_static("unknown"));
        Self { address, text: address.to_string().into(), ip, node: node.into() }
    }

    pub(super) fn ip(&self) -> IpAddr {
        self.address.ip()
    }

    /// As the log tells it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// As `X-Forwarded-For` tells it.
    pub(super) fn forwarded_for(&self) -> &HeaderValue {
        &self.ip
    }

    /// As `Forwarded` tells it.
    pub(super) fn node(&self) -> &str {
        &self.node
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_told_as_each_reader_has_it() {
        for (address, ip, node) in [
            ("127.0.0.1:80", "127.0.0.1", "for=127.0.0.1"),
            ("[::1]:80", "::1", "for=\"[::1]\""),
            ("[fe80::1%2]:80", "fe80::1", "for=\"[fe80::1]\""),
        ] {
            let peer = Peer::new(address.parse().unwrap());
            assert_eq!((peer.forwarded_for().to_str().ok(), peer.node()), (Some(ip), node));
            assert_eq!(peer.text(), address);
        }
    }
}
