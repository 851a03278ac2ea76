//! Who is at the other end of a connection of a client, as the backend and the log are told of it: made
//! once for all that is asked there. It trusts nothing that is asked, but from whom the configuration says.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::HeaderValue;
use ipnet::IpNet;

/// Networks of proxies that are believed what they say of their clients.
#[derive(Clone, Debug, Default)]
pub struct Trusted(pub Vec<IpNet>);

impl Trusted {
    fn holds(&self, ip: IpAddr) -> bool {
        // An address of version 4 may come as one of version 6 (RFC 4291, 2.5.5.2).
        let ip = ip.to_canonical();
        self.0.iter().any(|own| own.contains(&ip))
    }
}

/// The other end of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    address: SocketAddr,
    /// It is a proxy that is believed.
    pub(super) is_trusted: bool,
    /// `127.0.0.1:5000`
    text: Box<str>,
    /// `127.0.0.1`
    ip: HeaderValue,
    /// `for=127.0.0.1`, `for="[::1]"` (RFC 7239, 6).
    node: Box<str>,
    /// A host that was asked, and what is told of it: mostly the same is asked again.
    told: Mutex<Option<(Box<str>, HeaderValue)>>,
}

/// As long as the name of a host may be (RFC 1035, 2.3.4), with a port: nothing longer is kept.
const HOST: usize = 255 + 6;

impl Peer {
    pub(super) fn new(address: SocketAddr, trusted: &Trusted) -> Self {
        let ip = address.ip();
        let node = match ip {
            IpAddr::V4(ip) => format!("for={ip}"),
            IpAddr::V6(ip) => format!("for=\"[{ip}]\""),
        };
        // A value that is shared is copied without an allocation.
        let shared = Bytes::from_owner(ip.to_string());
        let ip = HeaderValue::from_maybe_shared(shared);
        let ip = ip.unwrap_or(HeaderValue::from_static("unknown"));
        let (text, node) = (address.to_string().into(), node.into());
        let is_trusted = trusted.holds(address.ip());
        Self { address, is_trusted, text, ip, node, told: Mutex::default() }
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

    /// As `Forwarded` tells it, with the host that was asked, if it asked one.
    pub(super) fn forwarded(&self, host: Option<&HeaderValue>) -> HeaderValue {
        let text = host.and_then(|host| host.to_str().ok()).filter(|host| !host.is_empty());
        let Some(host) = text else { return self.told_of("") };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match &*told {
            Some((known, value)) if **known == *host => value.clone(),
            _ => {
                let value = self.told_of(&format!(";host=\"{host}\""));
                *told = Some((host.into(), value.clone())).filter(|_| host.len() <= HOST);
                value
            }
        }
    }

    fn told_of(&self, host: &str) -> HeaderValue {
        // A value that is shared is copied without an allocation.
        let shared = Bytes::from_owner([&self.node, host, ";proto=http"].concat());
        HeaderValue::from_maybe_shared(shared).unwrap_or(HeaderValue::from_static("for=unknown"))
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
            let peer = Peer::new(address.parse().unwrap(), &Trusted::default());
            assert_eq!((peer.forwarded_for().to_str().ok(), &*peer.node), (Some(ip), node));
            assert_eq!(peer.text(), address);
            // One host after the other, and none between.
            for host in ["x", "x", "", "y:80", "x"] {
                let told = peer.forwarded(HeaderValue::from_str(host).ok().as_ref());
                let host =
                    if host.is_empty() { String::new() } else { format!(";host=\"{host}\"") };
                assert_eq!(told.to_str().unwrap(), format!("{node}{host};proto=http"));
            }
            assert_eq!(peer.forwarded(None).to_str().unwrap(), format!("{node};proto=http"));
        }
    }
}
