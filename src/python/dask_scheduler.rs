//! The address of a dask scheduler that others run. It comes from the command line only: whoever runs the scheduler and
//! its workers can run code in the client, which unpickles what they send.

use std::fmt;
use std::str::FromStr;

/// Port of a dask scheduler that was started without one.
const DEFAULT_PORT: u16 = 8786;
/// Longest name of a host: that of the domain name system.
const LONGEST_HOST: usize = 253;

/// Address of a dask scheduler: "tcp://192.0.2.1:8786". It holds no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaskScheduler {
    /// Name or IP address, an IPv6 address in brackets.
    host: String,
    port: u16,
}

/// The reason why a text is no address of a dask scheduler.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; allowed is [tcp://]HOST[:PORT], as in tcp://192.0.2.1:8786")]
pub struct InvalidScheduler {
    /// The mistake.
    pub problem: SchedulerProblem,
}

/// A mistake in the address of a dask scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SchedulerProblem {
    /// Another protocol than TCP.
    #[error("the protocol is not tcp")]
    Protocol,
    /// A user name or password.
    #[error("dask takes no user name or password over tcp")]
    Credentials,
    /// No host, or one with characters that no host has.
    #[error("the host is missing, or is no name or IP address")]
    Host,
    /// No number from 1 to 65535.
    #[error("the port is no number from 1 to 65535")]
    Port,
}

impl FromStr for DaskScheduler {
    type Err = InvalidScheduler;

    fn from_str(text: &str) -> Result<Self, InvalidScheduler> {
        Self::parse(text).map_err(|problem| InvalidScheduler { problem })
    }
}

impl DaskScheduler {
    fn parse(text: &str) -> Result<Self, SchedulerProblem> {
        let address = match text.split_once("://") {
            Some(("tcp", address)) => address,
            Some(_) => return Err(SchedulerProblem::Protocol),
            None => text,
        };
        if address.contains('@') {
            return Err(SchedulerProblem::Credentials);
        }
        let address = address.strip_suffix('/').unwrap_or(address);
        // An IPv6 address has colons of its own.
        let end = match address.starts_with('[') {
            true => address.find(']').ok_or(SchedulerProblem::Host)? + 1,
            false => 0,
        };
        let (host, port) = match address[end..].split_once(':') {
            Some((rest, port)) => (&address[..end + rest.len()], Some(port)),
            None => (address, None),
        };
        let port = match port {
            None => DEFAULT_PORT,
            // `parse` would take a sign.
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|port| *port > 0).ok_or(SchedulerProblem::Port)?
            }
            Some(_) => return Err(SchedulerProblem::Port),
        };
        let is_host = match host.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
            Some(inner) => inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok()),
            None => {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                !host.is_empty() && host.len() <= LONGEST_HOST && host.bytes().all(allowed)
            }
        };
        if is_host { Ok(Self { host: host.to_owned(), port }) } else { Err(SchedulerProblem::Host) }
    }
}

impl fmt::Display for DaskScheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tcp://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_whole() {
        for (text, shown) in [
            ("tcp://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
            ("cluster.example:1", "tcp://cluster.example:1"),
            ("localhost", "tcp://localhost:8786"),
            ("tcp://[::1]:99/", "tcp://[::1]:99"),
            ("[::1]", "tcp://[::1]:8786"),
        ] {
            let address: DaskScheduler = text.parse().expect(text);
            assert_eq!(address.to_string(), shown);
            assert_eq!(shown.parse(), Ok(address), "{shown}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        use SchedulerProblem::{Credentials, Host, Port, Protocol};
        for (text, problem) in [
            ("tls://host:1", Protocol),
            ("inproc://1", Protocol),
            ("tcp://user:secret@host:1", Credentials),
            ("secret@host", Credentials),
            ("", Host),
            ("tcp://", Host),
            (":8786", Host),
            ("two words:1", Host),
            ("host/path", Host),
            ("[::1", Host),
            ("[x]:1", Host),
            ("::1", Port),
            ("host:", Port),
            ("host:0", Port),
            ("host:+1", Port),
            ("host:65536", Port),
            ("host:8786/status", Port),
        ] {
            let refused = text.parse::<DaskScheduler>().expect_err(text);
            assert_eq!(refused.problem, problem, "{text}");
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
        let sentence = "the protocol is not tcp; allowed is [tcp://]HOST[:PORT], as in tcp://192.0.2.1:8786";
        assert_eq!("udp://x".parse::<DaskScheduler>().expect_err("no").to_string(), sentence);
    }
}
