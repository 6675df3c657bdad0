//! The bare programs: one for each model, as a programmer would write it by hand, without the lab.

use std::hint::black_box;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Instant;

use super::pairs;
use concurrency_lab::model::ModelId;
use concurrency_lab::protocol::NO_OP_ARGUMENT;
use concurrency_lab::workload::Kernel;
use concurrency_lab::workload::kernel::start_state;

const WORKER: &str = "worker";
const WORKERS: usize = pairs::WORKERS as usize;

#[inline]
fn task(index: u32, units: u64) -> u64 {
    black_box(Kernel::Splitmix.run(units, start_state(1, index)))
}

/// `MODEL TASKS UNITS`: runs once and prints wall nanoseconds; `worker UNITS`: one pool worker.
pub fn main(arguments: &[String], lab: &Path) {
    if arguments[0] == WORKER {
        return worker(arguments[1].parse().expect("units"));
    }
    let model: ModelId = arguments[0].parse().expect("a model");
    let (tasks, units) = (arguments[1].parse().expect("tasks"), arguments[2].parse().expect("units"));
    let nanos = match model {
        ModelId::Sequential => timed(|| {
            for index in 0..tasks {
                task(index, units);
            }
        }),
        ModelId::Threads => threads(tasks, units),
        ModelId::ThreadPool => thread_pool(tasks, units),
        ModelId::Rayon => rayon_scope(tasks, units),
        ModelId::Async => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
            timed(|| spawn_all(&runtime, tasks, units))
        }
        ModelId::AsyncMulti => async_multi(tasks, units),
        ModelId::AsyncBlocking => async_blocking(tasks, units),
        ModelId::ProcessPool => process_pool(tasks, units),
        ModelId::Processes => processes(tasks, units, lab),
        python => panic!("{}: the bench `python` has plain scripts", python.name()),
    };
    println!("{nanos}");
}

fn timed(work: impl FnOnce()) -> u128 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos()
}

fn threads(tasks: u32, units: u64) -> u128 {
    timed(|| {
        let left = Arc::new(AtomicU32::new(tasks));
        let main = thread::current();
        for index in 0..tasks {
            let (left, main) = (Arc::clone(&left), main.clone());
            thread::spawn(move || {
                task(index, units);
                if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                    main.unpark();
                }
            });
        }
        while left.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    })
}

fn thread_pool(tasks: u32, units: u64) -> u128 {
    let (send, receive) = crossbeam_channel::unbounded::<u32>();
    let ready = Arc::new(Barrier::new(WORKERS + 1));
    let pool: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (receive, ready) = (receive.clone(), Arc::clone(&ready));
            thread::spawn(move || {
                ready.wait();
                for index in receive {
                    task(index, units);
                }
            })
        })
        .collect();
    ready.wait();
    timed(|| {
        for index in 0..tasks {
            send.send(index).expect("workers listen");
        }
        drop(send);
        for thread in pool {
            thread.join().expect("no panic");
        }
    })
}

fn rayon_scope(tasks: u32, units: u64) -> u128 {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(WORKERS).build().expect("a pool");
    pool.broadcast(|_| ());
    timed(|| {
        pool.scope(|scope| {
            for index in 0..tasks {
                scope.spawn(move |_| {
                    task(index, units);
                });
            }
        });
    })
}

fn spawn_all(runtime: &tokio::runtime::Runtime, tasks: u32, units: u64) {
    runtime.block_on(async {
        let mut handles = Vec::with_capacity(tasks as usize);
        for index in 0..tasks {
            handles.push(tokio::spawn(async move {
                task(index, units);
            }));
        }
        for handle in handles {
            handle.await.expect("no panic");
        }
    });
}

fn async_multi(tasks: u32, units: u64) -> u128 {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let barrier = Arc::new(Barrier::new(WORKERS));
        let handles: Vec<_> = (0..WORKERS)
            .map(|_| {
                let barrier = Arc::clone(&barrier);
                tokio::spawn(async move {
                    barrier.wait();
                })
            })
            .collect();
        for handle in handles {
            handle.await.expect("no panic");
        }
    });
    timed(|| spawn_all(&runtime, tasks, units))
}

fn async_blocking(tasks: u32, units: u64) -> u128 {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(WORKERS)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let barrier = Arc::new(Barrier::new(WORKERS));
        let handles: Vec<_> = (0..WORKERS)
            .map(|_| {
                let barrier = Arc::clone(&barrier);
                tokio::task::spawn_blocking(move || {
                    barrier.wait();
                })
            })
            .collect();
        for handle in handles {
            handle.await.expect("no panic");
        }
    });
    timed(|| {
        runtime.block_on(async {
            let mut handles = Vec::with_capacity(tasks as usize);
            for index in 0..tasks {
                handles.push(tokio::task::spawn_blocking(move || {
                    task(index, units);
                }));
            }
            for handle in handles {
                handle.await.expect("no panic");
            }
        });
    })
}

fn process_pool(tasks: u32, units: u64) -> u128 {
    let program = std::env::current_exe().expect("this executable");
    let next = Arc::new(AtomicU32::new(0));
    let (done, all_done) = mpsc::channel();
    let ready = Arc::new(Barrier::new(WORKERS + 1));
    let feeders: Vec<_> = (0..WORKERS)
        .map(|_| {
            let mut child = Command::new(&program)
                .args([pairs::BARE, WORKER, &units.to_string()])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("a worker starts");
            let mut stdin = child.stdin.take().expect("piped");
            let mut stdout = child.stdout.take().expect("piped");
            let (next, done, ready) = (Arc::clone(&next), done.clone(), Arc::clone(&ready));
            thread::spawn(move || {
                let mut reply = [0; 8];
                let mut run = |index: u32| {
                    stdin.write_all(&index.to_le_bytes()).expect("the worker listens");
                    stdout.read_exact(&mut reply).expect("the worker replies");
                };
                run(0);
                ready.wait();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= tasks {
                        break;
                    }
                    run(index);
                }
                done.send(()).expect("main listens");
                drop(stdin);
                child.wait().expect("the worker ends");
            })
        })
        .collect();
    ready.wait();
    let nanos = timed(|| {
        for _ in 0..WORKERS {
            all_done.recv().expect("feeders report");
        }
    });
    for feeder in feeders {
        feeder.join().expect("no panic");
    }
    nanos
}

fn worker(units: u64) {
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut request = [0; 4];
    while input.read_exact(&mut request).is_ok() {
        let state = task(u32::from_le_bytes(request), units);
        output.write_all(&state.to_le_bytes()).and_then(|()| output.flush()).expect("the feeder listens");
    }
}

fn processes(tasks: u32, units: u64, lab: &Path) -> u128 {
    timed(|| {
        let children: Vec<_> = (0..tasks)
            .map(|_| {
                Command::new(lab)
                    .args([NO_OP_ARGUMENT, &units.to_string()])
                    .stdout(Stdio::null())
                    .spawn()
                    .expect("a process starts")
            })
            .collect();
        for mut child in children {
            child.wait().expect("a process ends");
        }
    })
}
