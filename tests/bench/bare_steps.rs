//! The bare programs for steps that need more than a core: one sequential, one with a pool of two threads, one with an
//! event loop.

use std::fs::File;
use std::hint::black_box;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use concurrency_lab::model::ModelId;
use concurrency_lab::protocol::SERVER_ARGUMENT;
use concurrency_lab::workload::Kernel;
use concurrency_lab::workload::kernel::{mix, start_state};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use super::{HTTP_BYTES, LOCKS, pairs};

const TOKEN: &str = "bare";
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A lock on cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct Apart(Mutex<()>);

/// `KIND MODEL TASKS AMOUNT BUFFER`: runs once and prints wall nanoseconds.
pub fn main(arguments: &[String], lab: &Path) {
    let model: ModelId = arguments[1].parse().expect("a model");
    let number = |index: usize| -> u64 { arguments[index].parse().expect("a number") };
    let (tasks, amount) = (number(2) as u32, number(3));
    let (server, url) = if arguments[0].starts_with("http") { serve(lab, amount) } else { (None, String::new()) };
    let folder = tempfile::tempdir().expect("a folder");
    let work = match arguments[0].as_str() {
        "http" => Work::Http(url, true),
        "http-new" => Work::Http(url, false),
        "file-read" => {
            let content = vec![7; amount as usize];
            (0..tasks)
                .for_each(|task| std::fs::write(folder.path().join(task.to_string()), &content).expect("written"));
            Work::Read(folder.path().to_owned())
        }
        "memory-random" => Work::Random((0..number(4) / 8).map(|word| word.wrapping_mul(GOLDEN)).collect(), amount),
        "rwlock" => Work::Readers(RwLock::default(), tokio::sync::RwLock::default(), amount),
        "locks" => {
            let locks = (0..LOCKS).map(|_| Apart::default()).collect();
            Work::Locks(locks, (0..LOCKS).map(|_| tokio::sync::Mutex::default()).collect(), amount)
        }
        "file" => Work::File(folder.path().to_owned(), vec![7; amount as usize]),
        "memory" => Work::Memory((0..number(4) / 8).collect(), amount as usize / 8),
        _ => Work::Critical(Mutex::default(), tokio::sync::Mutex::default(), amount),
    };
    let work = Arc::new(work);
    let nanos = match model {
        ModelId::Sequential => {
            let agent = agent(work.keeps_connections());
            timed(|| (0..tasks).for_each(|task| work.blocking(task, &agent)))
        }
        ModelId::ThreadPool => thread_pool(&work, tasks),
        _ => event_loop(&work, tasks),
    };
    println!("{nanos}");
    if let Some(mut server) = server {
        drop(server.stdin.take());
        server.wait().expect("the server ends");
    }
}

fn timed(work: impl FnOnce()) -> u128 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos()
}

/// Starts the lab's own server, since only the clients are compared.
fn serve(lab: &Path, latency_nanos: u64) -> (Option<Child>, String) {
    let mut server = Command::new(lab)
        .arg(SERVER_ARGUMENT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    writeln!(server.stdin.as_mut().expect("piped"), "{TOKEN}").expect("sent");
    let mut port = [0; 8];
    server.stdout.as_mut().expect("piped").read_exact(&mut port).expect("a port");
    let port = u64::from_le_bytes(port);
    (Some(server), format!("http://127.0.0.1:{port}/{latency_nanos}/{HTTP_BYTES}"))
}

fn agent(keep: bool) -> ureq::Agent {
    let idle = if keep { 1000 } else { 0 };
    ureq::Agent::config_builder().proxy(None).max_idle_connections_per_host(idle).build().into()
}

enum Work {
    Http(String, bool),
    Read(PathBuf),
    Random(Vec<u64>, u64),
    Readers(RwLock<()>, tokio::sync::RwLock<()>, u64),
    Locks(Vec<Apart>, Vec<tokio::sync::Mutex<()>>, u64),
    File(PathBuf, Vec<u8>),
    Memory(Vec<u64>, usize),
    Critical(Mutex<()>, tokio::sync::Mutex<()>, u64),
}

fn stream(buffer: &[u64], task: u32, words: usize) {
    // The same positions as in the lab: the distance between tasks decides how much of their data is in the cache.
    let fraction = u64::from(task).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let mut position = ((fraction * buffer.len() as u64) >> 32) as usize;
    let mut left = words;
    let mut lanes = [0_u64; 8];
    while left > 0 {
        let piece = &buffer[position..buffer.len().min(position + left)];
        for chunk in piece.as_chunks::<8>().0 {
            for (lane, word) in lanes.iter_mut().zip(chunk) {
                *lane = lane.wrapping_add(*word);
            }
        }
        left -= piece.len();
        position = 0;
    }
    black_box(lanes);
}

fn compute(task: u32, units: u64) {
    black_box(Kernel::Splitmix.run(units, start_state(1, task)));
}

fn at_random(buffer: &[u64], task: u32, bytes: u64) {
    let (lines, _) = buffer.as_chunks::<8>();
    let mut state = mix(u64::from(task).wrapping_add(GOLDEN));
    let mut sum = 0_u64;
    for _ in 0..bytes / 64 {
        let line = &lines[(((state >> 32) * lines.len() as u64) >> 32) as usize];
        let together = line.iter().fold(0_u64, |sum, word| sum.wrapping_add(*word));
        sum = sum.wrapping_add(together);
        state = (state ^ together).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    }
    black_box(sum);
}

fn sum_of(mut file: File) {
    let mut buffer = vec![0; 64 * 1024];
    let mut sum = 0_u64;
    loop {
        match file.read(&mut buffer).expect("read") {
            0 => break,
            count => sum += buffer[..count].iter().map(|byte| u64::from(*byte)).sum::<u64>(),
        }
    }
    black_box(sum);
}

async fn sum_of_async(mut file: tokio::fs::File) {
    let mut buffer = vec![0; 64 * 1024];
    let mut sum = 0_u64;
    loop {
        match file.read(&mut buffer).await.expect("read") {
            0 => break,
            count => sum += buffer[..count].iter().map(|byte| u64::from(*byte)).sum::<u64>(),
        }
    }
    black_box(sum);
}

impl Work {
    const fn keeps_connections(&self) -> bool {
        !matches!(self, Self::Http(_, false))
    }

    fn blocking(&self, task: u32, agent: &ureq::Agent) {
        match self {
            Self::Http(url, keep) => {
                let mut request = agent.get(url).header("x-trial-token", TOKEN);
                if !keep {
                    request = request.header("connection", "close");
                }
                let mut response = request.call().expect("an answer");
                let mut buffer = [0; 16 * 1024];
                let mut body = response.body_mut().as_reader();
                while body.read(&mut buffer).expect("a body") > 0 {}
            }
            Self::File(folder, content) => {
                let path = folder.join(task.to_string());
                let mut file =
                    File::options().create(true).truncate(true).read(true).write(true).open(path).expect("a file");
                file.write_all(content).expect("written");
                file.rewind().expect("rewound");
                sum_of(file);
            }
            Self::Read(folder) => sum_of(File::open(folder.join(task.to_string())).expect("a file")),
            Self::Random(buffer, bytes) => at_random(buffer, task, *bytes),
            Self::Readers(lock, _, units) => {
                let _guard = lock.read().expect("no panic");
                compute(task, *units);
            }
            Self::Locks(locks, _, units) => {
                let _guard = locks[task as usize % locks.len()].0.lock().expect("no panic");
                compute(task, *units);
            }
            Self::Memory(buffer, words) => stream(buffer, task, *words),
            Self::Critical(mutex, _, units) => {
                let _guard = mutex.lock().expect("no panic");
                compute(task, *units);
            }
        }
    }

    async fn awaited(&self, task: u32, client: &Client<HttpConnector, Empty<Bytes>>) {
        match self {
            Self::Http(url, keep) => {
                let mut request = hyper::Request::get(url).header("x-trial-token", TOKEN);
                if !keep {
                    request = request.header("connection", "close");
                }
                let request = request.body(Empty::new());
                let response = client.request(request.expect("a request")).await.expect("an answer");
                let mut body = response.into_body();
                while let Some(frame) = body.frame().await {
                    black_box(frame.expect("a frame"));
                }
            }
            Self::File(folder, content) => {
                let path = folder.join(task.to_string());
                let mut options = tokio::fs::File::options();
                options.create(true).truncate(true).read(true).write(true);
                let mut file = options.open(path).await.expect("a file");
                file.write_all(content).await.expect("written");
                file.flush().await.expect("written");
                file.rewind().await.expect("rewound");
                sum_of_async(file).await;
            }
            Self::Read(folder) => {
                sum_of_async(tokio::fs::File::open(folder.join(task.to_string())).await.expect("a file")).await;
            }
            Self::Random(buffer, bytes) => at_random(buffer, task, *bytes),
            Self::Readers(_, lock, units) => {
                let _guard = lock.read().await;
                compute(task, *units);
            }
            Self::Locks(_, locks, units) => {
                let _guard = locks[task as usize % locks.len()].lock().await;
                compute(task, *units);
            }
            Self::Memory(buffer, words) => stream(buffer, task, *words),
            Self::Critical(_, mutex, units) => {
                let _guard = mutex.lock().await;
                compute(task, *units);
            }
        }
    }
}

fn thread_pool(work: &Arc<Work>, tasks: u32) -> u128 {
    let (send, receive) = crossbeam_channel::unbounded::<u32>();
    let workers = pairs::WORKERS as usize;
    let (ready, agent) = (Arc::new(Barrier::new(workers + 1)), agent(work.keeps_connections()));
    let pool: Vec<_> = (0..workers)
        .map(|_| {
            let (receive, ready, work, agent) = (receive.clone(), Arc::clone(&ready), Arc::clone(work), agent.clone());
            thread::spawn(move || {
                ready.wait();
                for task in receive {
                    work.blocking(task, &agent);
                }
            })
        })
        .collect();
    ready.wait();
    timed(|| {
        for task in 0..tasks {
            send.send(task).expect("workers listen");
        }
        drop(send);
        for thread in pool {
            thread.join().expect("no panic");
        }
    })
}

fn event_loop(work: &Arc<Work>, tasks: u32) -> u128 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let idle = if work.keeps_connections() { usize::MAX } else { 0 };
    let client = Client::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(3600))
        .pool_max_idle_per_host(idle)
        .build(connector);
    runtime.block_on(async { tokio::spawn(async {}).await.expect("no panic") });
    timed(|| {
        runtime.block_on(async {
            let handles: Vec<_> = (0..tasks)
                .map(|task| {
                    let (work, client) = (Arc::clone(work), client.clone());
                    tokio::spawn(async move { work.awaited(task, &client).await })
                })
                .collect();
            for handle in handles {
                handle.await.expect("no panic");
            }
        });
    })
}
