//! The HTTP server of one trial: a separate process on 127.0.0.1, so that its work is not counted for the model.
//! Contains the runner's handle and the loop that accepts connections; `site` answers requests. The server ends when the
//! runner closes its stdin or dies.

mod site;

use std::env;
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket};

use self::site::Site;
use super::raw_stdout;
use crate::failure::{Action, Failure, MissingPart};
use crate::process_tree;
use crate::protocol::{SERVER_ARGUMENT, ServerAddress};
use crate::trial::ServerUse;
use crate::usage;
use crate::workload::{Plan, PlanStep};

pub use self::site::TOKEN_HEADER;

/// Connections for which the table of open files has room from the start.
const MOST_EXPECTED: u32 = 16_384;
/// Connections that may wait to be accepted. The system may allow fewer (`somaxconn`).
const BACKLOG: u32 = 4096;

/// Age from which a connection without the token may be closed when file descriptors run out.
const STRANGERS_STAY: Duration = Duration::from_millis(250);
/// Interval between two attempts to accept a connection when file descriptors run out.
const RETRY_EVERY: Duration = Duration::from_millis(1);
/// Time without any accepted connection after which the server gives up.
const GIVES_UP_AFTER: Duration = Duration::from_secs(1);
/// Time within which a server that does not reply has ended.
const ENDS_WITHIN: Duration = Duration::from_millis(200);

/// Failed attempts to accept a connection for lack of file descriptors or memory.
static REFUSED: AtomicU64 = AtomicU64::new(0);
/// The system's error number of the last of them.
static REFUSED_BY: AtomicI32 = AtomicI32::new(0);

/// The runner's handle of a live server. Dropping it ends the server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// [`REFUSED`] at the last report.
    refused: Option<u64>,
    /// Address and token.
    pub address: ServerAddress,
}

impl Server {
    /// Starts a server on a free port, on these CPUs where they are not those of this process.
    ///
    /// # Errors
    /// Returns the system's error if the server can't be started or does not listen.
    pub fn start(cpus: Option<&[u32]>) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::system(Action::StartServer, &error);
        let mut command = Command::new(env::current_exe().map_err(failed)?);
        command.arg(SERVER_ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = process_tree::spawn_child_on(&mut command, cpus).map_err(failed)?;
        let (Some(mut stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::incomplete(MissingPart::Pipes));
        };
        let token = token();
        let mut port = [0; 8];
        let greeted = stdin
            .write_all(format!("{token}\n").as_bytes())
            .and_then(|()| stdin.flush())
            .and_then(|()| stdout.read_exact(&mut port));
        if let Err(error) = greeted {
            let _ = child.kill();
            let _ = process_tree::wait(&mut child);
            return Err(failed(error));
        }
        let address = ServerAddress { port: u64::from_le_bytes(port) as u16, token };
        Ok(Self { child, stdin: Some(stdin), stdout, refused: None, address })
    }

    /// Returns the server's usage so far.
    ///
    /// # Errors
    /// Returns a failure if the server has ended, or if connections had to wait for file descriptors since the last
    /// report: then the limit was measured and not the model.
    pub fn report(&mut self) -> Result<ServerUse, Failure> {
        let mut words = [0; 40];
        let Some(stdin) = &mut self.stdin else {
            return Err(Failure::incomplete(MissingPart::Server));
        };
        let asked = stdin.write_all(b"?").and_then(|()| stdin.flush());
        if let Err(error) = asked.and_then(|()| self.stdout.read_exact(&mut words)) {
            return Err(self.exit_failure().unwrap_or_else(|| Failure::system(Action::AskServer, &error)));
        }
        let (words, _) = words.as_chunks::<8>();
        let [cpu, requests, most, refused, error] = [0, 1, 2, 3, 4].map(|index| u64::from_le_bytes(words[index]));
        if self.refused.replace(refused).is_some_and(|before| before < refused) {
            return Err(could_not_accept(&io::Error::from_raw_os_error(error as i32)));
        }
        Ok(ServerUse { cpu_nanos: cpu.checked_sub(1), requests, most_connections: most })
    }

    /// Returns the failure of a server that has ended; `None` while it lives.
    fn exit_failure(&mut self) -> Option<Failure> {
        let deadline = Instant::now() + ENDS_WITHIN;
        loop {
            let reaped = process_tree::reaped_by_others(self.child.id()).map(Some);
            match reaped.map_or_else(|| self.child.try_wait(), Ok) {
                Ok(Some(status)) => return Some(Failure::ServerExited { exit: status.into() }),
                Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
                _ => return None,
            }
        }
    }
}

/// Returns the failure of the trial's server if it has one, else `failure`: a failed server is the cause of failed
/// requests.
pub fn explain(server: Option<&mut Server>, failure: Failure) -> Failure {
    let Some(server) = server else { return failure };
    // A live server replies at once.
    server.report().err().unwrap_or(failure)
}

/// Checks that the server answered every request of the first pass, and no others.
pub(in crate::runner) fn check_request_count(plan: &Plan, requests: u64) -> Result<(), Failure> {
    let fetches = |step: &usize| matches!(plan.steps[*step], PlanStep::Http { .. });
    let expected = if plan.classes.is_empty() {
        (0..plan.steps.len()).filter(fetches).count() as u64 * u64::from(plan.tasks)
    } else {
        (0..plan.tasks).map(|task| plan.steps_of(task).filter(fetches).count() as u64).sum()
    };
    let repeated = plan
        .classes
        .list
        .iter()
        .any(|class| class.repeat && (class.first_step..class.first_step + class.steps).any(|step| fetches(&step)));
    // How many requests a class that repeats makes is not known before.
    if requests == expected || (repeated && requests > expected) {
        return Ok(());
    }
    Err(Failure::RequestsMissing { answered: requests, expected })
}

fn could_not_accept(error: &io::Error) -> Failure {
    if process_tree::is_out_of_files(error) {
        Failure::ServerOutOfFiles { limit: process_tree::open_file_limit() }
    } else {
        Failure::system(Action::AcceptConnection, error)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server ends when its stdin closes; the signal is for one that does not.
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = process_tree::wait(&mut self.child);
    }
}

/// Returns 128 random bits in hexadecimal.
fn token() -> String {
    // Hash keys come from the system's randomness, new in each process.
    use std::hash::{BuildHasher as _, RandomState};
    let word = |salt: u64| RandomState::new().hash_one((salt, std::process::id()));
    format!("{:016x}{:016x}", word(1), word(2))
}

/// Runs the hidden server subcommand. Returns the exit code.
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
        report_to_runner(listener.local_addr()?.port())?;
        let site = Rc::new(Site::new(token.trim()));
        tokio::task::LocalSet::new().run_until(accept_all(listener, site)).await;
        Ok(())
    })
}

/// Accepts connections until the process ends.
async fn accept_all(listener: TcpListener, site: Rc<Site>) {
    let mut stuck_since: Option<Instant> = None;
    loop {
        let error = match listener.accept().await {
            Ok((stream, _)) => {
                stuck_since = None;
                site.serve(stream);
                continue;
            }
            Err(error) => error,
        };
        match error.kind() {
            // The client closed the connection meanwhile.
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted => continue,
            _ => {}
        }
        // Other local users may hold connections open: those without the token are closed to make room.
        if site.close_strangers(STRANGERS_STAY) == 0 && site.strangers() == 0 {
            REFUSED_BY.store(error.raw_os_error().unwrap_or(0), Relaxed);
            REFUSED.fetch_add(1, Relaxed);
            if stuck_since.get_or_insert_with(Instant::now).elapsed() > GIVES_UP_AFTER {
                break;
            }
        }
        tokio::time::sleep(RETRY_EVERY).await;
    }
    // Waiting clients fail at once, and the runner asks for the reason.
    drop(listener);
    site.close_all();
    std::future::pending().await
}

/// Sends the port, then a report for each request of the runner until it closes the pipe.
fn report_to_runner(port: u16) -> io::Result<()> {
    let mut output = raw_stdout::open()?;
    output.write_all(&u64::from(port).to_le_bytes())?;
    thread::Builder::new().name("runner-watch".into()).spawn(move || {
        let mut request = [0];
        while io::stdin().lock().read_exact(&mut request).is_ok() {
            let cpu = usage::of_this_process().cpu_nanos().map_or(0, |nanos| nanos + 1);
            let refused_by = REFUSED_BY.load(Relaxed).unsigned_abs().into();
            let words = [cpu, site::requests(), site::most_connections(), REFUSED.load(Relaxed), refused_by];
            let bytes: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
            if output.write_all(&bytes).is_err() {
                break;
            }
        }
        std::process::exit(0);
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        assert_ne!(token(), token());
        assert_eq!(token().len(), 32);
    }
}
