//! The `http` step: a blocking client for threads and processes, an async one for event loops. Both reuse their
//! connections, as programs do, unless the step asks for a new one each time. The server is in `runner/server`.

use std::io::Read as _;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::flavour::Flavour;
use crate::failure::{StepAction, StepProblem};
use crate::protocol::ServerAddress;
use crate::runner::server::TOKEN_HEADER;

/// Idle time of a connection before it is closed: longer than any trial.
const MAX_IDLE: Duration = Duration::from_secs(24 * 3600);
/// Longest single read of a body.
const READ_BYTES: usize = 16 * 1024;
/// Header of a request after which both sides close the connection.
const CLOSE: (&str, &str) = ("connection", "close");

/// Client of the trial's server for one step.
#[derive(Debug)]
pub(super) struct Client {
    port: u16,
    token: String,
    bytes: u64,
    keep_alive: bool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Blocking(ureq::Agent),
    Async(HyperClient<HttpConnector, Empty<Bytes>>),
}

impl Client {
    pub(super) fn new(server: &ServerAddress, bytes: u64, keep_alive: bool, flavour: Flavour) -> Self {
        let idle = if keep_alive { usize::MAX } else { 0 };
        let kind = match flavour {
            Flavour::Blocking | Flavour::SeparateProcess => Kind::Blocking(blocking_agent(idle)),
            Flavour::EventLoop => {
                let mut connector = HttpConnector::new();
                connector.set_nodelay(true);
                let client = HyperClient::builder(TokioExecutor::new())
                    .pool_max_idle_per_host(idle)
                    .pool_idle_timeout(MAX_IDLE)
                    .build(connector);
                Kind::Async(client)
            }
        };
        Self { port: server.port, token: server.token.clone(), bytes, keep_alive, kind }
    }

    fn url(&self, latency_nanos: u64) -> String {
        format!("http://127.0.0.1:{}/{latency_nanos}/{}", self.port, self.bytes)
    }

    fn verify(&self, status: u16, received: u64) -> Result<u64, StepProblem> {
        if status != 200 {
            Err(StepProblem::HttpStatus { status })
        } else if received != self.bytes {
            Err(StepProblem::BodyLength { received, expected: self.bytes })
        } else {
            Ok(received)
        }
    }

    /// Sends one blocking GET. Returns the number of bytes received.
    pub(super) fn fetch(&self, latency_nanos: u64) -> Result<u64, StepProblem> {
        let Kind::Blocking(agent) = &self.kind else {
            return Err(StepProblem::WrongResource);
        };
        let failed = |error: ureq::Error| StepProblem::RequestFailed { message: error.to_string() };
        let mut request = agent.get(self.url(latency_nanos)).header(TOKEN_HEADER, &self.token);
        if !self.keep_alive {
            request = request.header(CLOSE.0, CLOSE.1);
        }
        let mut response = request.call().map_err(failed)?;
        let mut buffer = [0; READ_BYTES];
        let mut received = 0;
        let mut body = response.body_mut().as_reader();
        loop {
            match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => received += count as u64,
                Err(error) => return Err(StepProblem::system(StepAction::ReceiveBody, &error)),
            }
        }
        self.verify(response.status().as_u16(), received)
    }

    /// Sends one GET on an event loop. Returns the number of bytes received.
    pub(super) async fn fetch_async(&self, latency_nanos: u64) -> Result<u64, StepProblem> {
        let Kind::Async(client) = &self.kind else {
            return Err(StepProblem::WrongResource);
        };
        let mut request = hyper::Request::get(self.url(latency_nanos)).header(TOKEN_HEADER, &self.token);
        if !self.keep_alive {
            request = request.header(CLOSE.0, CLOSE.1);
        }
        let request =
            request.body(Empty::new()).map_err(|error| StepProblem::RequestFailed { message: error.to_string() })?;
        let response = client.request(request).await.map_err(|error| {
            // The cause is more specific than "client error".
            let cause =
                std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {}", root_cause(cause)));
            StepProblem::RequestFailed { message: format!("{error}{cause}") }
        })?;
        let status = response.status().as_u16();
        let mut body = response.into_body();
        let mut received = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| StepProblem::RequestFailed { message: error.to_string() })?;
            received += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        self.verify(status, received)
    }
}

fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

fn blocking_agent(idle: usize) -> ureq::Agent {
    ureq::Agent::config_builder()
        // Only 127.0.0.1, whatever proxies the environment names.
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_idle_connections(idle)
        .max_idle_connections_per_host(idle)
        .max_idle_age(MAX_IDLE)
        // The default buffers of a thousand threads would take 256 MB.
        .input_buffer_size(READ_BYTES)
        .output_buffer_size(4 * 1024)
        .build()
        .into()
}
