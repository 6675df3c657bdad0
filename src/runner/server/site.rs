//! Connections and requests of the trial's server: answers only requests with the trial's token, after the latency that
//! they ask for. Connections that have not sent the token ("strangers") are tracked, so that they can be closed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

use crate::workload::MOST_HTTP_BYTES;

/// Header with the trial's token.
pub const TOKEN_HEADER: &str = "x-trial-token";

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static OPEN: AtomicU64 = AtomicU64::new(0);
static MOST_OPEN: AtomicU64 = AtomicU64::new(0);

/// Returns the number of requests answered so far.
pub(super) fn requests() -> u64 {
    REQUESTS.load(Relaxed)
}

/// Returns the largest number of the trial's connections that were open at the same time.
pub(super) fn most_connections() -> u64 {
    MOST_OPEN.load(Relaxed)
}

/// State shared by all connections.
pub(super) struct Site {
    token: String,
    /// The longest body requested so far; others are slices of it.
    body: RefCell<Bytes>,
    /// Open connections in the order of their arrival.
    open: RefCell<BTreeMap<u64, Open>>,
    strangers: Cell<usize>,
    next: Cell<u64>,
}

struct Open {
    since: Instant,
    /// True once a request with the token has arrived.
    known: bool,
    task: AbortHandle,
}

impl Site {
    pub(super) fn new(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            body: RefCell::default(),
            open: RefCell::default(),
            strangers: Cell::new(0),
            next: Cell::new(0),
        }
    }

    /// Answers the requests of a connection on a new task.
    pub(super) fn serve(self: &Rc<Self>, stream: TcpStream) {
        let number = self.next.replace(self.next.get() + 1);
        let visit = Visit { site: Rc::clone(self), number };
        let task = tokio::task::spawn_local(connection(stream, visit)).abort_handle();
        self.open.borrow_mut().insert(number, Open { since: Instant::now(), known: false, task });
        self.strangers.set(self.strangers.get() + 1);
    }

    /// Number of connections that have not sent the token.
    pub(super) const fn strangers(&self) -> usize {
        self.strangers.get()
    }

    /// Closes the connections without the token that are older than `older_than`. Returns their number.
    pub(super) fn close_strangers(&self, older_than: Duration) -> usize {
        if self.strangers.get() == 0 {
            return 0;
        }
        let open = self.open.borrow();
        let old = open.values().take_while(|one| one.since.elapsed() > older_than).filter(|one| !one.known);
        old.map(|one| one.task.abort()).count()
    }

    pub(super) fn close_all(&self) {
        self.open.borrow().values().for_each(|one| one.task.abort());
    }

    fn token_received(&self, number: u64) {
        if let Some(one) = self.open.borrow_mut().get_mut(&number)
            && !one.known
        {
            one.known = true;
            self.strangers.set(self.strangers.get() - 1);
            MOST_OPEN.fetch_max(OPEN.fetch_add(1, Relaxed) + 1, Relaxed);
        }
    }

    fn closed(&self, number: u64) {
        match self.open.borrow_mut().remove(&number) {
            Some(Open { known: true, .. }) => {
                OPEN.fetch_sub(1, Relaxed);
            }
            Some(_) => self.strangers.set(self.strangers.get() - 1),
            None => {}
        }
    }

    fn body(&self, bytes: u64) -> Bytes {
        let bytes = bytes as usize;
        let mut body = self.body.borrow_mut();
        if body.len() < bytes {
            *body = (0..bytes).map(|index| b' ' + (index % 95) as u8).collect();
        }
        body.slice(..bytes)
    }
}

/// Reports the end of a connection, also if its task is aborted.
struct Visit {
    site: Rc<Site>,
    number: u64,
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.site.closed(self.number);
    }
}

async fn connection(stream: TcpStream, visit: Visit) {
    // Without this a reply may wait for the acknowledgement of the previous one.
    let _ = stream.set_nodelay(true);
    let known = Cell::new(false);
    let service = service_fn(|request| {
        let is_first = !known.get() && visit.site.has_token(&request);
        if is_first {
            known.set(true);
            visit.site.token_received(visit.number);
        }
        answer(request, Rc::clone(&visit.site))
    });
    // The client sees a connection that breaks off, and reports it.
    let _ = http1::Builder::new().keep_alive(true).serve_connection(TokioIo::new(stream), service).await;
}

impl Site {
    fn has_token(&self, request: &Request<Incoming>) -> bool {
        request.headers().get(TOKEN_HEADER).is_some_and(|token| token.as_bytes() == self.token.as_bytes())
    }
}

async fn answer(request: Request<Incoming>, site: Rc<Site>) -> Result<Response<Full<Bytes>>, Infallible> {
    let refused = |status: StatusCode| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = status;
        response
    };
    if !site.has_token(&request) {
        let mut response = refused(StatusCode::FORBIDDEN);
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return Ok(response);
    }
    let Some((latency_nanos, bytes)) = parse_path(request.uri().path()) else {
        return Ok(refused(StatusCode::NOT_FOUND));
    };
    if latency_nanos > 0 {
        tokio::time::sleep(Duration::from_nanos(latency_nanos)).await;
    }
    REQUESTS.fetch_add(1, Relaxed);
    Ok(Response::new(Full::new(site.body(bytes))))
}

/// Parses a path `/LATENCY_NANOS/BYTES`.
fn parse_path(path: &str) -> Option<(u64, u64)> {
    let (latency, bytes) = path.strip_prefix('/')?.split_once('/')?;
    let bytes = bytes.parse().ok().filter(|bytes| *bytes <= MOST_HTTP_BYTES)?;
    Some((latency.parse().ok()?, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_latency_and_length() {
        assert_eq!(parse_path("/50000000/10000"), Some((50_000_000, 10_000)));
        for wrong in ["", "/", "/5", "/x/5", "/5/x", "/5/999999999999", "/5/5/5"] {
            assert_eq!(parse_path(wrong), None, "{wrong}");
        }
    }
}
