//! The HTTP server of one trial: a process of its own on 127.0.0.1, so that its work is no model's.
//! It answers only requests that carry the trial's token, waits as long as asked, and ends when the
//! runner closes its stdin or is no more.

use std::cell::RefCell;
use std::convert::Infallible;
use std::env;
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream};

use super::raw_stdout;
use crate::process_tree;
use crate::protocol::{Failure, SERVER_ARGUMENT, ServerAddress};
use crate::trial::ServerUse;
use crate::usage;
use crate::workload::MOST_HTTP_BYTES;

/// The header that carries the trial's token.
pub const TOKEN_HEADER: &str = "x-trial-token";
/// Connections for which there is room from the start.
const MOST_EXPECTED: u32 = 16_384;
/// Connections that may wait to be accepted. The system may allow fewer (`somaxconn`).
const BACKLOG: u32 = 4096;

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static OPEN: AtomicU64 = AtomicU64::new(0);
static MOST_OPEN: AtomicU64 = AtomicU64::new(0);

/// The runner's end: a live server. Dropping it ends the server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// Where it listens.
    pub address: ServerAddress,
}

impl Server {
    /// Starts a server on a free port.
    pub fn start() -> Result<Self, Failure> {
        let failed =
            |error: io::Error| Failure::new(format!("the HTTP server of the trial could not be started: {error}"));
        let mut child = Command::new(env::current_exe().map_err(failed)?)
            .arg(SERVER_ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(mut stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::new("the HTTP server was started without pipes"));
        };
        let token = token();
        let mut port = [0; 8];
        let greeted = stdin
            .write_all(format!("{token}\n").as_bytes())
            .and_then(|()| stdin.flush())
            .and_then(|()| stdout.read_exact(&mut port));
        if let Err(error) = greeted {
            let _ = child.kill();
            let _ = child.wait();
            return Err(failed(error));
        }
        let address = ServerAddress { port: u64::from_le_bytes(port) as u16, token };
        Ok(Self { child, stdin: Some(stdin), stdout, address })
    }

    /// What it has used so far.
    pub fn report(&mut self) -> Result<ServerUse, Failure> {
        let lost = |error: io::Error| Failure::new(format!("the HTTP server of the trial was lost: {error}"));
        let mut words = [0; 24];
        match &mut self.stdin {
            Some(stdin) => stdin.write_all(b"?").and_then(|()| stdin.flush()).map_err(lost)?,
            None => return Err(Failure::new("the HTTP server of the trial has ended")),
        }
        self.stdout.read_exact(&mut words).map_err(lost)?;
        let (words, _) = words.as_chunks::<8>();
        let [cpu, requests, most] = [0, 1, 2].map(|at| u64::from_le_bytes(words[at]));
        Ok(ServerUse { cpu_nanos: cpu.checked_sub(1), requests, most_connections: most })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its stdin closes and it ends by itself; the signal is for one that does not.
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// 128 bits that nobody guesses.
fn token() -> String {
    // Keyed by the system's own randomness, anew in each process.
    use std::hash::{BuildHasher as _, RandomState};
    let word = |salt: u64| RandomState::new().hash_one((salt, std::process::id()));
    format!("{:016x}{:016x}", word(1), word(2))
}

/// The hidden server subcommand. Returns the exit code.
#[must_use]
pub fn run_server() -> u8 {
    process_tree::die_with_parent();
    process_tree::make_room_for_files(MOST_EXPECTED);
    match serve() {
        Ok(()) => 0,
        Err(error) => {
            let _ = writeln!(io::stderr(), "the HTTP server could not listen on 127.0.0.1: {error}");
            1
        }
    }
}

fn serve() -> io::Result<()> {
    let mut token = String::new();
    io::stdin().lock().read_line(&mut token)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((std::net::Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = socket.listen(BACKLOG)?;
        answer_the_runner(listener.local_addr()?.port())?;
        let site = Rc::new(Site { token: token.trim().to_owned(), body: RefCell::default() });
        tokio::task::LocalSet::new()
            .run_until(async move {
                loop {
                    match listener.accept().await {
                        Ok((stream, _)) => {
                            tokio::task::spawn_local(connection(stream, Rc::clone(&site)));
                        }
                        // Out of file descriptors, most likely: others may close meanwhile.
                        Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
                    }
                }
            })
            .await
    })
}

/// Tells the port, then answers each question of the runner's until its end of the pipe closes.
fn answer_the_runner(port: u16) -> io::Result<()> {
    let mut output = raw_stdout::open()?;
    output.write_all(&u64::from(port).to_le_bytes())?;
    thread::Builder::new().name("runner-watch".into()).spawn(move || {
        let mut question = [0];
        while io::stdin().lock().read_exact(&mut question).is_ok() {
            let cpu = usage::of_this_process().cpu_nanos().map_or(0, |nanos| nanos + 1);
            let words = [cpu, REQUESTS.load(Relaxed), MOST_OPEN.load(Relaxed)];
            let bytes: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
            if output.write_all(&bytes).is_err() {
                break;
            }
        }
        std::process::exit(0);
    })?;
    Ok(())
}

/// What all connections share.
struct Site {
    token: String,
    /// The longest body asked for so far; others are slices of it.
    body: RefCell<Bytes>,
}

impl Site {
    fn body(&self, bytes: u64) -> Bytes {
        let bytes = bytes as usize;
        let mut body = self.body.borrow_mut();
        if body.len() < bytes {
            *body = (0..bytes).map(|at| b' ' + (at % 95) as u8).collect();
        }
        body.slice(..bytes)
    }
}

async fn connection(stream: TcpStream, site: Rc<Site>) {
    // Without this a reply may wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    MOST_OPEN.fetch_max(OPEN.fetch_add(1, Relaxed) + 1, Relaxed);
    let service = service_fn(move |request| answer(request, Rc::clone(&site)));
    // A connection that breaks off is the client's affair.
    let _ = http1::Builder::new().keep_alive(true).serve_connection(TokioIo::new(stream), service).await;
    OPEN.fetch_sub(1, Relaxed);
}

async fn answer(request: Request<Incoming>, site: Rc<Site>) -> Result<Response<Full<Bytes>>, Infallible> {
    let told = request.headers().get(TOKEN_HEADER).is_some_and(|told| told.as_bytes() == site.token.as_bytes());
    let refused = |status: StatusCode| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = status;
        response
    };
    if !told {
        return Ok(refused(StatusCode::FORBIDDEN));
    }
    let Some((latency_nanos, bytes)) = asked_for(request.uri().path()) else {
        return Ok(refused(StatusCode::NOT_FOUND));
    };
    if latency_nanos > 0 {
        tokio::time::sleep(Duration::from_nanos(latency_nanos)).await;
    }
    REQUESTS.fetch_add(1, Relaxed);
    Ok(Response::new(Full::new(site.body(bytes))))
}

/// `/LATENCY_NANOS/BYTES`.
fn asked_for(path: &str) -> Option<(u64, u64)> {
    let (latency, bytes) = path.strip_prefix('/')?.split_once('/')?;
    let bytes = bytes.parse().ok().filter(|bytes| *bytes <= MOST_HTTP_BYTES)?;
    Some((latency.parse().ok()?, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_latency_and_length() {
        assert_eq!(asked_for("/50000000/10000"), Some((50_000_000, 10_000)));
        for wrong in ["", "/", "/5", "/x/5", "/5/x", "/5/999999999999", "/5/5/5"] {
            assert_eq!(asked_for(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(token(), token());
        assert_eq!(token().len(), 32);
    }
}
