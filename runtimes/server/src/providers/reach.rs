//! Which addresses an identity provider may be at.

use std::net::{IpAddr, Ipv4Addr};

use brigade_identity::Issuer;
use http::Uri;

/// How far a request for an issuer's document goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// To this machine alone: plain HTTP, for development.
    Local,
    /// To addresses of the public internet.
    Public,
    /// To private addresses too, for an issuer that may be there.
    Private,
}

impl Reach {
    /// How far a request to this address goes.
    pub(super) fn of(uri: &Uri, issuer: &Issuer) -> Result<Self, &'static str> {
        match uri.scheme_str() {
            Some("https") if issuer.private => Ok(Self::Private),
            Some("https") => Ok(Self::Public),
            Some("http") if issuer.url.is_local() => Ok(Self::Local),
            Some(_) | None => Err("keys are fetched over https only"),
        }
    }

    /// Whether it goes there.
    pub(super) fn takes(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self {
            Self::Local => address.is_loopback(),
            Self::Public => is_public(address),
            Self::Private => !is_never(address),
        }
    }
}

/// Whether an address is of the public internet.
///
/// Source: the registries of special-purpose addresses (RFC 6890),
/// <https://www.iana.org/assignments/iana-ipv4-special-registry> and `iana-ipv6-special-registry`.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.segments() {
            // NAT64 (RFC 6052): an IPv4 address, as networks without IPv4 write it.
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
            }
            // Teredo, benchmarking, ORCHID and others; documentation; 6to4, which has any IPv4 address within.
            [0x2001, 0..0x200, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..0x1000, ..] => false,
            [first, ..] => first & 0xe000 == 0x2000,
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        // This network, private, loopback, link-local (with it, clouds' metadata), multicast and beyond.
        [0 | 10 | 127 | 224.., ..] | [172, 16..32, ..] | [192, 168, ..] | [169, 254, ..] => false,
        // Shared by carriers (RFC 6598), protocol assignments, 6to4's relays, benchmarking, documentation.
        [100, 64..128, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => false,
        [198, 51, 100, _] | [203, 0, 113, _] => false,
        _ => true,
    }
}

/// Whether an address is no provider's, however private it may be: nowhere, everyone, or a cloud's metadata.
fn is_never(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[0] == 0 || v4.is_link_local() || v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => match v6.segments() {
            // NAT64, as above.
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                is_never(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)).into())
            }
            // EC2's own services over IPv6, in what is otherwise anyone's private space: metadata, credentials of pods.
            [0xfd00, 0xec2, ..] => true,
            _ => v6.is_unspecified() || v6.is_unicast_link_local() || v6.is_multicast(),
        },
    }
}

#[cfg(test)]
mod tests {
    use brigade_identity::IssuerUrl;

    use super::{Issuer, Reach};

    #[test]
    fn r_jwk_01_addresses_that_are_not_public_are_refused() {
        let check = |address: &str, expect: [bool; 3]| {
            let ip = address.parse().unwrap();
            assert_eq!(
                [Reach::Local, Reach::Public, Reach::Private].map(|reach| reach.takes(ip)),
                expect,
                "{address}"
            );
        };
        let (local, public, private, never) =
            ([true, false, true], [false, true, true], [false, false, true], [false; 3]);
        for address in ["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"] {
            check(address, local);
        }
        for address in
            ["1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.0.1.1", "223.255.0.1"]
        {
            check(address, public);
        }
        for address in
            ["2606:4700::1", "2001:4860:4860::8888", "2a00::1", "64:ff9b::1.1.1.1", "::ffff:1.1.1.1"]
        {
            check(address, public);
        }
        let ours = [
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.192",
            "198.18.0.1",
            "203.0.113.1",
            "fd12::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:a00:1::",
            "2001::1",
            "2001:db8::1",
            "::127.0.0.1",
            "100::1",
        ];
        for address in ours {
            check(address, private);
        }
        let nobodys = [
            "169.254.169.254",
            "169.254.170.2",
            "::ffff:169.254.169.254",
            "fe80::1",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "64:ff9b::169.254.169.254",
            "64:ff9b::0.0.0.0",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "ff02::1",
        ];
        for address in nobodys {
            check(address, never);
        }
    }

    #[test]
    fn plain_http_is_for_issuers_of_this_machine() {
        let check = |url: &str, issuer: &str, private: bool, expect: Option<Reach>| {
            let issuer = Issuer { private, ..Issuer::new(IssuerUrl::parse(issuer).unwrap()) };
            assert_eq!(Reach::of(&url.parse().unwrap(), &issuer).ok(), expect, "{url} {issuer:?}");
        };
        check("https://a.example/k", "https://a.example", false, Some(Reach::Public));
        check("https://a.example/k", "https://a.example", true, Some(Reach::Private));
        check("http://a.example/k", "https://a.example", true, None);
        check("http://127.0.0.1/k", "https://a.example", true, None);
        check("http://127.0.0.1/k", "http://127.0.0.1:1", false, Some(Reach::Local));
        check("https://a.example/k", "http://127.0.0.1:1", false, Some(Reach::Public));
        check("ftp://a.example/k", "https://a.example", false, None);
        check("/k", "https://a.example", false, None);
    }
}
