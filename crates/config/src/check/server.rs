//! The section `server`.

use std::net::SocketAddr;
use std::time::Duration;

use brigade_s3::{Addressing, Domain};

use super::Check;
use crate::{KeyPath, Limits, Problem, Server, Tls, document, duration};

impl Check<'_> {
    pub(super) fn server(&mut self, server: document::Server) -> Server {
        let section = KeyPath::of(["server"]);
        let listen = self.address(&section.key("listen"), &server.listen);
        let admin = server.admin.and_then(|admin| self.address(&section.key("admin"), &admin));
        if listen.is_some_and(|listen| listen.port() != 0 && Some(listen) == admin) {
            self.problem(&section.key("admin"), Problem::SameAddress);
        }
        let domains = server.domains.iter().enumerate();
        let domains =
            domains.filter_map(|(index, domain)| self.domain(&section.key("domains").index(index), domain));
        let addressing = Addressing::new(domains.collect());
        Server {
            listen: listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0))),
            admin,
            addressing,
            region: self.region(&section.key("region"), server.region),
            tls: server.tls.map(|tls| self.tls(&section.key("tls"), tls)),
            threads: server.threads,
            limits: Limits {
                max_connections: server.max_connections,
                header_timeout: self.duration(&section.key("header_timeout"), &server.header_timeout),
                idle_timeout: self.duration(&section.key("idle_timeout"), &server.idle_timeout),
                drain_timeout: self.duration(&section.key("drain_timeout"), &server.drain_timeout),
            },
        }
    }

    fn address(&mut self, path: &KeyPath, address: &str) -> Option<SocketAddr> {
        let written = self.written(path);
        self.good(path, address.parse().map_err(|_| Problem::Address { written }))
    }

    fn domain(&mut self, path: &KeyPath, domain: &str) -> Option<Domain> {
        let written = self.written(path);
        self.good(path, Domain::parse(domain).map_err(|_| Problem::Domain { written }))
    }

    fn tls(&mut self, path: &KeyPath, tls: document::Tls) -> Tls {
        self.solid(&path.key("cert"), &tls.cert);
        self.solid(&path.key("key"), &tls.key);
        Tls { cert: tls.cert.into(), key: tls.key.into() }
    }

    pub(super) fn duration(&mut self, path: &KeyPath, text: &str) -> Duration {
        let length = duration::parse(text).filter(|length| !length.is_zero());
        length.unwrap_or_else(|| {
            let written = self.written(path);
            self.problem(path, Problem::Duration { written });
            Duration::ZERO
        })
    }
}
